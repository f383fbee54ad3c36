"""The law of the SINR: by hand, by integration, by limits, and against simulations that others made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from typer.testing import CliRunner

import commune_coverage as cc
from commune_coverage.cli.app import app
from commune_coverage.cli.link import read_sinr_cases
from commune_coverage.core.errors import UnreadableFileError

TENTHS = np.array([0.1, 0.5, 0.9])
CASE: dict[str, Any] = {
    "median_dbm": [-90.0, -95.0],
    "sigma_db": 8.0,
    "correlation": 0.5,
    "load": 0.5,
    "noise_dbm": -98.0,
}


def test_one_cell_over_noise_is_a_normal_law() -> None:
    found = cc.radio.sinr_quantiles([-90.0], 8.0, 0.5, 0.5, -98.0, TENTHS)
    assert found == pytest.approx(norm.ppf(TENTHS, loc=8.0, scale=8.0), abs=0.05)
    assert cc.radio.sinr_exceedance([-90.0], 8.0, 0.5, 0.5, -98.0, [8.0, 0.0]) == pytest.approx(
        [0.5, norm.cdf(1.0)], abs=0.002
    )


def test_two_cells_without_noise_are_a_folded_normal_law() -> None:
    apart_db = 8.0 * np.sqrt(2 * (1 - 0.5))
    found = cc.radio.sinr_quantiles([-90.0, -95.0], 8.0, 0.5, 0.5, -np.inf, TENTHS)
    below = [norm.cdf((x - 5) / apart_db) - norm.cdf((-x - 5) / apart_db) for x in found + 10 * np.log10(0.5)]
    assert below == pytest.approx(TENTHS, abs=0.003)


def test_without_shadowing_it_is_the_ratio_of_the_medians() -> None:
    median_dbm, load = np.array([-90.0, -93.0, -np.inf, -100.0]), np.array([1.0, 0.25, 1.0, 0.5])
    others_mw = 0.25 * 10**-9.3 + 0.5 * 10**-10.0 + 10**-9.8
    by_hand = -90 - 10 * np.log10(others_mw)
    assert cc.radio.sinr_quantiles(median_dbm, 0.0, 0.5, load, -98.0, TENTHS) == pytest.approx([by_hand] * 3, abs=1e-9)


def test_wholly_correlated_cells_move_together() -> None:
    found = cc.radio.sinr_quantiles([-90.0, -95.0], 8.0, 1.0, 1.0, -np.inf, TENTHS)
    assert found == pytest.approx([5.0] * 3, abs=1e-9)


def test_places_come_in_their_shape_and_one_without_cells_has_no_signal() -> None:
    places = np.array([[[-90.0, -95.0], [-np.inf, -np.inf]], [[-95.0, -90.0], [-90.0, -np.inf]]])
    found = cc.radio.sinr_quantiles(places, 8.0, 0.5, 0.5, -98.0, TENTHS)
    assert found.shape == (2, 2, 3)
    assert (found[0, 1] == -np.inf).all()
    assert (found[0, 0] == found[1, 0]).all()
    assert (cc.radio.sinr_quantiles([-90.0], 8.0, 0.5, 0.5, -np.inf, TENTHS) == np.inf).all()
    assert (cc.radio.sinr_quantiles([-np.inf] * 2, 8.0, 0.5, 0.5, -np.inf, TENTHS) == -np.inf).all()
    assert cc.radio.sinr_exceedance(places, 8.0, 0.5, 0.5, -98.0, [0.0])[0, 1, 0] == 0.0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-120, -60), min_size=1, max_size=12), st.floats(0, 12), st.floats(0, 1), st.floats(0, 0.9))
def test_more_noise_or_load_never_helps_and_more_probable_is_higher(medians, sigma_db, correlation, load) -> None:
    def quantiles(load, noise_dbm):
        return cc.radio.sinr_quantiles(medians, sigma_db, correlation, load, noise_dbm, TENTHS)

    found = quantiles(load, -100.0)
    assert (np.diff(found) >= 0).all()
    assert (quantiles(load + 0.1, -100.0) <= found + 1e-9).all()
    assert (quantiles(load, -97.0) <= found + 1e-9).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"median_dbm": []},
        {"median_dbm": [np.nan]},
        {"median_dbm": [np.inf]},
        {"sigma_db": -1.0},
        {"sigma_db": np.nan},
        {"correlation": 1.1},
        {"load": 2.0},
        {"noise_dbm": np.nan},
        {"probabilities": [0.0]},
        {"probabilities": [1.5]},
    ],
)
def test_what_cannot_be_is_refused(changed) -> None:
    with pytest.raises(ValueError, match="|".join(changed)):
        cc.radio.sinr_quantiles(**({**CASE, "probabilities": [0.5]} | changed))


def test_the_command_prints_the_cases_in_order(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"draws": 5, "cases": [CASE, {**CASE, "median_dbm": [-90.0], "noise_dbm": -84.0}]}))
    done = CliRunner().invoke(app, ["link", "--sinr", str(path)])
    assert done.exit_code == 0, done.output
    _, lonely = json.loads(done.stdout)["cases"]
    assert lonely["p50"] == pytest.approx(-6.0, abs=0.05)
    assert lonely["p90"] == pytest.approx(-6.0 + norm.ppf(0.9) * 8, abs=0.1)
    assert lonely["covered_probability_at_minus_6_db"] == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("asked", [[], ["profiles.json", "--sinr", "cases.json"]])
def test_one_of_the_two_files_is_asked_for(asked: list[str]) -> None:
    done = CliRunner().invoke(app, ["link", *asked])
    assert done.exit_code == 2
    assert "one of the two" in " ".join(done.output.split())


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"cases": [{"sigma_db": 3}]}', json.dumps({"cases": [{**CASE, "load": 7}]})]
)
def test_what_is_no_case_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(UnreadableFileError) as caught:
        read_sinr_cases(tmp_path / "c.json")
    assert "\n" not in str(caught.value)


def test_simulations_of_others(shared_data: Path) -> None:
    path = shared_data / "reference" / "sinr_quantiles.json"
    done = CliRunner().invoke(app, ["link", "--sinr", str(path)])
    for ours, case in zip(json.loads(done.stdout)["cases"], json.loads(path.read_text())["cases"], strict=True):
        for name, theirs in case["sinr_db"].items():
            assert ours[name] == pytest.approx(theirs, abs=0.15)
        theirs = case["covered_probability_at_minus_6_db"]
        assert ours["covered_probability_at_minus_6_db"] == pytest.approx(theirs, abs=0.01)
