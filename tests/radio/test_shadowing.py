"""Margins of shadowing against a simulation of two cells whose paths fade together in part."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from commune_coverage.radio.shadowing import DIFFERENCES_DB, MAX_DB, Margins, margin_index, margins, ratios_at


def _at(table: Margins, *differences_db: float) -> tuple[np.ndarray, np.ndarray]:
    """Both margins in dB for a server that leads by so much."""
    steps = [margin_index(1.0, 10 ** (-difference / 10)) for difference in differences_db]
    noise, others = 10 * np.log10(np.array([ratios_at(table.ratios[None], 0, step) for step in steps]).T)
    return noise, others


@pytest.mark.parametrize(("sigma", "penetration", "rho"), [(10.0, 0.0, 0.5), (8.0, 6.0, 0.5), (6.0, 0.0, 0.0)])
@pytest.mark.parametrize("difference", [0.0, 4.0, 12.0, 30.0])
def test_margins_equal_a_simulation(sigma: float, penetration: float, rho: float, difference: float) -> None:
    rng = np.random.default_rng(1)
    common, one, other, wall = rng.normal(size=(4, 600_000))
    first = sigma * (np.sqrt(rho) * common + np.sqrt(1 - rho) * one)
    second = sigma * (np.sqrt(rho) * common + np.sqrt(1 - rho) * other) - difference
    noise, interference = _at(margins(sigma, penetration, rho, 0.9), difference)
    received = np.maximum(first, second) + penetration * wall
    assert noise[0] == pytest.approx(-np.quantile(received, 0.1), abs=0.08)
    ahead = np.abs(first - second)
    assert interference[0] == pytest.approx(difference - np.quantile(ahead, 0.1), abs=0.08)


def test_alone_the_margin_is_the_normal_quantile() -> None:
    noise, interference = _at(margins(10.0, 0.0, 0.5, 0.9), MAX_DB, np.inf)
    assert noise == pytest.approx(10 * ndtri(0.9), abs=1e-3)
    assert interference == pytest.approx(10 * ndtri(0.9), abs=1e-2)


def test_without_scatter_there_is_no_margin() -> None:
    noise, interference = _at(margins(0.0, 0.0, 0.5, 0.9), 0.0, 7.0, 20.0)
    assert noise == pytest.approx(0, abs=1e-6)
    assert interference == pytest.approx(0, abs=1e-6)


def test_a_stronger_server_never_does_worse() -> None:
    """Its level against noise, and its lead over the other, rise with the difference of the two."""
    table = margins(10.0, 0.0, 0.5, 0.9)
    assert (np.diff(DIFFERENCES_DB - table.interference_db) > 0).all()
    assert (np.diff(table.noise_db) >= -1e-9).all()
    assert (np.diff(DIFFERENCES_DB - table.noise_db) > 0).all()
