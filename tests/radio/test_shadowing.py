"""Margins of shadowing against simulations of many cells whose shadowing is shared in part."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import ndtri

from commune_coverage.radio.link_budget import sinr
from commune_coverage.radio.shadowing import (
    DIFFERENCES_DB,
    EXCESSES_DB,
    MAX_DB,
    Margins,
    margin_index,
    margins,
    ratios_at,
)
from commune_coverage.radio.sinr import sinr_quantiles


def _at(table: Margins, difference_db: float, excess_db: float = 0.0) -> tuple[float, float, float]:
    """Margins in dB, and what both take more, for a server that leads by so much."""
    other = 10 ** (-difference_db / 10)
    position = margin_index(1.0, other, other * 10 ** (excess_db / 10))
    noise, interference, both = ratios_at(table.ratios[None], 0, *position)
    return 10 * np.log10(noise), 10 * np.log10(interference), both


def law_db(median_dbm, sigma_db, rho, load, noise_dbm, missed):
    """The SINR that is missed so often, by the tables of the engine."""
    median_mw = np.sort(10 ** (np.asarray(median_dbm) / 10))[::-1]
    others = float(median_mw[1:].sum())
    position = margin_index(float(median_mw[0]), float(median_mw[1]) if len(median_mw) > 1 else 0.0, others)
    against = ratios_at(margins(sigma_db, 0.0, rho, 1 - missed).ratios[None], 0, *position)
    return 10 * np.log10(sinr(float(median_mw[0]), 10 ** (noise_dbm / 10), others * load, 1.0, against)[0])


@pytest.mark.parametrize(("sigma", "penetration", "rho"), [(10.0, 0.0, 0.5), (8.0, 6.0, 0.5), (6.0, 0.0, 0.0)])
@pytest.mark.parametrize("difference", [0.0, 4.0, 12.0, 30.0])
def test_margins_of_two_cells_equal_a_simulation(sigma, penetration, rho, difference):
    rng = np.random.default_rng(1)
    common, one, other, wall = rng.normal(size=(4, 600_000))
    first = sigma * (np.sqrt(rho) * common + np.sqrt(1 - rho) * one)
    second = sigma * (np.sqrt(rho) * common + np.sqrt(1 - rho) * other) - difference
    noise, interference, _ = _at(margins(sigma, penetration, rho, 0.9), difference)
    received = np.maximum(first, second) + penetration * wall
    assert noise == pytest.approx(-np.quantile(received, 0.1), abs=0.15)
    ahead = np.abs(first - second)
    assert interference == pytest.approx(difference - np.quantile(ahead, 0.1), abs=0.15)


@pytest.mark.parametrize("missed", [0.1, 0.5, 0.9])
def test_the_tables_follow_the_law_of_many_cells(missed):
    """Masts on a plane at random, path loss by 35 dB a decade: the law by simulation of every cell is the oracle."""
    rng, errors, earlier = np.random.default_rng(7), [], []
    for _ in range(60):
        metres = np.sort(10_000 * np.sqrt(rng.random(40)))
        median_dbm = 10 - 35 * np.log10(metres)
        sigma, load, noise_dbm = rng.choice([6.0, 8.0, 10.0]), rng.choice([0.2, 0.5, 1.0]), rng.uniform(-125, -95)
        oracle = sinr_quantiles(median_dbm, sigma, 0.5, load, noise_dbm, [missed])[0]
        errors.append(law_db(median_dbm, sigma, 0.5, load, noise_dbm, missed) - oracle)
        median_mw = 10 ** (median_dbm / 10)
        plain = median_mw[0] / (median_mw[1:].sum() * load + 10 ** (noise_dbm / 10))
        earlier.append(10 * np.log10(plain) - oracle)
    assert abs(np.mean(errors)) < 0.25
    assert np.sqrt(np.mean(np.square(errors))) < 0.4
    assert np.max(np.abs(errors)) < 1.2
    if missed == 0.5:
        assert np.sqrt(np.mean(np.square(earlier))) > 1.5


def test_the_tables_follow_sets_of_cells_that_others_simulated(shared_data):
    cases = json.loads((shared_data / "reference/sinr_quantiles.json").read_text())["cases"]
    alike = [case for case in cases if case["correlation"] >= 0.5]
    for name, missed in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        errors = [
            law_db(one["median_dbm"], one["sigma_db"], one["correlation"], one["load"], one["noise_dbm"], missed)
            - one["sinr_db"][name]
            for one in alike
        ]
        assert len(errors) == 39
        assert abs(np.mean(errors)) < 0.3
        assert np.sqrt(np.mean(np.square(errors))) < 0.5


def test_alone_the_margin_is_the_normal_quantile():
    noise, interference, _ = _at(margins(10.0, 0.0, 0.5, 0.9), MAX_DB)
    assert noise == pytest.approx(10 * ndtri(0.9), abs=1e-3)
    assert interference == pytest.approx(10 * ndtri(0.9), abs=1e-3)
    assert margin_index(1.0, 0.0, 0.0) == ((len(DIFFERENCES_DB) - 1), 0.0)


def test_without_scatter_there_is_no_margin():
    for difference in (0.0, 7.0, 20.0):
        assert _at(margins(0.0, 0.0, 0.5, 0.9), difference, 5.0) == pytest.approx((0, 0, 0), abs=1e-9)


def test_a_stronger_server_never_does_worse_against_noise():
    table = margins(10.0, 0.0, 0.5, 0.9)
    assert (np.diff(table.noise_db, axis=0) >= -0.02).all()
    assert (np.diff(DIFFERENCES_DB[:, None] - table.noise_db, axis=0) > -0.02).all()


@pytest.mark.parametrize("sigma", [6.0, 8.0, 10.0])
def test_a_stricter_probability_never_asks_less(sigma):
    """Of noise, of interference and of both at any weight."""
    strict, mild = (margins(sigma, 0.0, 0.5, probability) for probability in (0.95, 0.9))
    assert (strict.noise_db >= mild.noise_db).all()
    assert (strict.interference_db >= mild.interference_db).all()
    for weight in np.logspace(-2, 2, 9):
        asks = [
            one + weight * two + 4 * both * one * weight * two / (one + weight * two)
            for one, two, both in (np.moveaxis(table.ratios, 2, 0) for table in (strict, mild))
        ]
        assert (asks[0] >= asks[1]).all()


def test_more_cells_in_the_sum_shift_the_median_down():
    """The sum of many shadowed cells has a median over the sum of their medians: the reason for the second index."""
    table = margins(8.0, 0.0, 0.5, 0.5)
    high = table.interference_db[DIFFERENCES_DB >= 20]
    assert (high[:, -1] > high[:, 0] + 1).all()
    assert table.interference_db.shape == (len(DIFFERENCES_DB), len(EXCESSES_DB))
