"""Antenna patterns at the points that 3GPP prints, and cuts that were measured."""

from __future__ import annotations

import numpy as np
import pytest

from commune_coverage.radio.antenna.patterns import (
    AZIMUTHS_DEG,
    ELEVATIONS_DEG,
    TR36814_HORIZONTAL,
    TR36814_VERTICAL,
    TR36942_HORIZONTAL,
    TR38901_HORIZONTAL,
    TR38901_VERTICAL,
    AntennaPattern,
    ParabolicCut,
    combined_attenuation_db,
    measured_pattern,
    parabolic_pattern,
)


@pytest.mark.parametrize(
    ("cut", "beamwidth_deg", "max_db"),
    [
        (TR36942_HORIZONTAL, 65, 20),
        (TR36814_HORIZONTAL, 70, 25),
        (TR36814_VERTICAL, 10, 20),
        (TR38901_HORIZONTAL, 65, 30),
        (TR38901_VERTICAL, 65, 30),
    ],
)
def test_cuts_of_3gpp_have_3_db_at_half_their_beamwidth_and_their_greatest_attenuation_behind(
    cut: ParabolicCut, beamwidth_deg: float, max_db: float
) -> None:
    assert cut.attenuation_db(0.0) == 0
    assert cut.attenuation_db([-beamwidth_deg / 2, beamwidth_deg / 2]).tolist() == [3, 3]
    assert cut.attenuation_db(beamwidth_deg) == 12
    assert cut.attenuation_db(180.0) == max_db


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "attenuation_db"),
    # TR 36.814 table A.2.1.1-2 by hand: 12 (azimuth / 70)^2 up to 25, 12 (elevation / 10)^2 up to 20, 25 together
    [
        (0, 0, 0.0),
        (35, 0, 3.0),
        (325, 5, 6.0),
        (70, 10, 24.0),
        (70, 11, 25.0),
        (0, 90, 20.0),
        (0, -90, 20.0),
        (180, 0, 25.0),
        (180, 90, 25.0),
        (-35, -5, 6.0),
        (395, 5, 6.0),
    ],
)
def test_the_pattern_of_tr_36814_by_hand(azimuth_deg: float, elevation_deg: float, attenuation_db: float) -> None:
    pattern = parabolic_pattern(TR36814_HORIZONTAL, TR36814_VERTICAL)
    assert pattern.attenuation_db(azimuth_deg, elevation_deg) == pytest.approx(attenuation_db, abs=1e-9)


def test_both_cuts_add_up_to_the_greatest_attenuation() -> None:
    assert combined_attenuation_db([0, 10, 29, 30], [0, 5, 1, 30], 30).tolist() == [0, 15, 30, 30]
    pattern = parabolic_pattern(TR38901_HORIZONTAL, TR38901_VERTICAL)
    assert pattern.attenuation_db(180, 90) == 30
    assert pattern.attenuation_db(32.5, 32.5) == pytest.approx(6.0, abs=1e-9)


def test_without_a_vertical_cut_all_elevations_are_alike_and_360_degrees_are_all_round() -> None:
    flat = parabolic_pattern(TR36942_HORIZONTAL)
    assert flat.attenuation_db(40, ELEVATIONS_DEG).tolist() == pytest.approx([12 * (40 / 65) ** 2] * 1801)
    round_about = parabolic_pattern(ParabolicCut(360.0, 20.0), TR36814_VERTICAL)
    assert (round_about.attenuation_db(AZIMUTHS_DEG, 0.0) == 0).all()
    assert round_about.attenuation_db(123, 5) == pytest.approx(3.0)


@pytest.mark.parametrize("beamwidth_deg", [20.0, 33.0, 65.0, 90.0])
def test_gains_between_the_steps_are_those_of_the_formula(beamwidth_deg: float) -> None:
    """Straight lines between gains, as the compiled functions read them, within 0.1 dB."""
    pattern = parabolic_pattern(ParabolicCut(beamwidth_deg, 30.0), ParabolicCut(8.0, 20.0))
    rng = np.random.default_rng(1)
    azimuth, elevation = rng.uniform(0, 360, 20_000), rng.uniform(-90, 90, 20_000)
    for at, nodes, cut_db, exact in (
        (azimuth, AZIMUTHS_DEG, pattern.horizontal_db, ParabolicCut(beamwidth_deg, 30.0)),
        (elevation, ELEVATIONS_DEG, pattern.vertical_db, ParabolicCut(8.0, 20.0)),
    ):
        read_db = -10 * np.log10(np.interp(at, nodes, 10 ** (-cut_db / 10)))
        signed = np.where(at > 180, at - 360, at)
        assert np.abs(read_db - exact.attenuation_db(signed)).max() < 0.1


def _measured() -> AntennaPattern:
    """Four angles around and eight from the horizon down, the weakest attenuation not 0."""
    return measured_pattern(
        np.array([0.0, 90, 180, 270]), np.array([1.0, 11, 31, 11]),
        np.array([0.0, 6, 12, 90, 180, 270, 348, 354]), np.array([2.0, 0, 2, 20, 26, 20, 10, 5]),
    )  # fmt: skip


def test_a_measured_pattern_is_read_at_its_angles_and_between_them() -> None:
    pattern = _measured()
    assert pattern.attenuation_db([0, 90, 180, 270], 6).tolist() == [0, 10, 30, 10]
    assert pattern.attenuation_db([45, 135, 315, 359.5], 6) == pytest.approx([5, 20, 5, 10 * 0.5 / 90])
    assert pattern.attenuation_db(0, [0, 6, 12, 90, -6, -12, -90, 9]).tolist() == [2, 0, 2, 20, 5, 10, 20, 1]
    assert pattern.max_attenuation_db == 30
    assert pattern.attenuation_db(180, 90) == 30


def test_a_measured_pattern_of_one_cut_leaves_all_elevations_alike() -> None:
    pattern = measured_pattern(np.array([0.0, 180]), np.array([0.0, 24]), np.zeros(0), np.zeros(0))
    assert pattern.attenuation_db(90, [-90, 0, 45]).tolist() == [12, 12, 12]
    assert pattern.max_attenuation_db == 24
