"""3GPP TR 38.901 table 7.4.1-1: rural macro, urban macro, urban micro, with and without line of sight.

Distances along the ground become slant distances by the antennas' heights. A model without _los or _nlos in its name
is the mean of both in dB, weighted by the probability of line of sight (table 7.4.2-1); its shadowing is the one
without line of sight. UMa is stated for antennas at 25 m and UMi at 10 m; they are used here for 20 to 50 m and 5 to
20 m, which is wider: an assumption. So is RMa's mean from 5 km, where its part without sight ends, to 10 km.
Receivers of UMa end at 13 m, for above them its environment height and its probability of line of sight change. RMa's
shadowing in sight is 4 dB up to the break point and 6 dB beyond; 6 dB is taken throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model, Range

LIGHT_M_PER_S = 3.0e8
"""As the notes of table 7.4.1-1 round it."""

STREET_WIDTH_M, BUILDING_HEIGHT_M, ENVIRONMENT_HEIGHT_M = 20.0, 5.0, 1.0
"""Defaults of RMa, and the effective environment height of UMa (receivers up to 13 m) and UMi."""

_NEAREST_M = 10.0


def _along(distance_m: Floats) -> Floats:
    return np.maximum(np.asarray(distance_m, dtype=np.float64), 1.0)


def _slant(distance_m: Floats, link: Link) -> Floats:
    return np.hypot(_along(distance_m), link.antenna_height_m - link.receiver_height_m)


def rma_los_db(distance_m: Floats, link: Link) -> Floats:
    """Rural macro with line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    PL1 up to the break point 2 pi hBS hUT fc / c, then 40 dB a decade; 500 MHz to 30 GHz, 10 m to 10 km. The line
    beyond starts at the break point's slant distance, so that the loss has no step there; read to the letter,
    from its distance along the ground, it is higher by less than 0.05 dB.
    """
    break_m = 2 * math.pi * link.antenna_height_m * link.receiver_height_m * link.frequency_mhz * 1e6 / LIGHT_M_PER_S
    rise = link.antenna_height_m - link.receiver_height_m
    before, after = np.minimum(_slant(distance_m, link), math.hypot(break_m, rise)), _slant(distance_m, link)
    loss = (
        20 * np.log10(40 * math.pi * before * link.frequency_mhz / 1000 / 3)
        + min(0.03 * BUILDING_HEIGHT_M**1.72, 10) * np.log10(before)
        - min(0.044 * BUILDING_HEIGHT_M**1.72, 14.77)
        + 0.002 * math.log10(BUILDING_HEIGHT_M) * before
    )
    return np.asarray(loss + 40 * np.log10(after / before))


def rma_nlos_db(distance_m: Floats, link: Link) -> Floats:
    """Rural macro without line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    The greater of line of sight and PL'RMa-NLOS, street 20 m wide, buildings 5 m high; 10 m to 5 km.
    """
    height = link.antenna_height_m
    loss = (
        161.04
        - 7.1 * math.log10(STREET_WIDTH_M)
        + 7.5 * math.log10(BUILDING_HEIGHT_M)
        - (24.37 - 3.7 * (BUILDING_HEIGHT_M / height) ** 2) * math.log10(height)
        + (43.42 - 3.1 * math.log10(height)) * (np.log10(_slant(distance_m, link)) - 3)
        + 20 * math.log10(link.frequency_mhz / 1000)
        - (3.2 * math.log10(11.75 * link.receiver_height_m) ** 2 - 4.97)
    )
    return np.maximum(loss, rma_los_db(distance_m, link))


def _street_los_db(distance_m: Floats, link: Link, start: float, slope: float, fall: float) -> Floats:
    """Loss ``start + slope log10 d`` up to the break point 4 h'BS h'UT fc / c, then 40 dB a decade, without a step."""
    ghz, rise = link.frequency_mhz / 1000, link.antenna_height_m - link.receiver_height_m
    above = (link.antenna_height_m - ENVIRONMENT_HEIGHT_M) * max(link.receiver_height_m - ENVIRONMENT_HEIGHT_M, 0.0)
    break_m = 4 * above * ghz * 1e9 / LIGHT_M_PER_S
    slant = _slant(distance_m, link)
    near = start + slope * np.log10(slant) + 20 * math.log10(ghz)
    far = start + 40 * np.log10(slant) + 20 * math.log10(ghz) - fall * math.log10(break_m**2 + rise**2)
    return np.where(_along(distance_m) <= break_m, near, far)


def uma_los_db(distance_m: Floats, link: Link) -> Floats:
    """Urban macro with line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    PL1 = 28 + 22 log10 d + 20 log10 fc up to the break point, PL2 = 28 + 40 log10 d + 20 log10 fc - 9 log10(d'BP^2 +
    (hBS - hUT)^2) beyond; 10 m to 5 km.
    """
    return _street_los_db(distance_m, link, 28.0, 22.0, 9.0)


def uma_nlos_db(distance_m: Floats, link: Link) -> Floats:
    """Urban macro without line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    The greater of line of sight and 13.54 + 39.08 log10 d + 20 log10 fc - 0.6 (hUT - 1.5); 10 m to 5 km.
    """
    ghz = link.frequency_mhz / 1000
    loss = 13.54 + 39.08 * np.log10(_slant(distance_m, link)) + 20 * math.log10(ghz)
    return np.maximum(loss - 0.6 * (link.receiver_height_m - 1.5), uma_los_db(distance_m, link))


def umi_los_db(distance_m: Floats, link: Link) -> Floats:
    """Urban micro with line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    PL1 = 32.4 + 21 log10 d + 20 log10 fc up to the break point, PL2 = 32.4 + 40 log10 d + 20 log10 fc
    - 9.5 log10(d'BP^2 + (hBS - hUT)^2) beyond; 10 m to 5 km.
    """
    return _street_los_db(distance_m, link, 32.4, 21.0, 9.5)


def umi_nlos_db(distance_m: Floats, link: Link) -> Floats:
    """Urban micro without line of sight.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.

    Returns
    -------
    float64, dB
        Median loss in the shape of ``distance_m``.

    Notes
    -----
    The greater of line of sight and 35.3 log10 d + 22.4 + 21.3 log10 fc - 0.3 (hUT - 1.5); 10 m to 5 km.
    """
    ghz = link.frequency_mhz / 1000
    loss = 35.3 * np.log10(_slant(distance_m, link)) + 22.4 + 21.3 * math.log10(ghz)
    return np.maximum(loss - 0.3 * (link.receiver_height_m - 1.5), umi_los_db(distance_m, link))


def rma_los_share(distance_m: Floats) -> Floats:
    """Probability of line of sight, rural macro.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.

    Returns
    -------
    float64
        Probability in the shape of ``distance_m``.

    Notes
    -----
    Table 7.4.2-1: 1 up to 10 m, then exp(-(d - 10) / 1000).
    """
    return np.exp(-np.maximum(_along(distance_m) - 10, 0) / 1000)


def _street_los_share(distance_m: Floats, fall_m: float) -> Floats:
    along = np.maximum(_along(distance_m), 18.0)
    return np.asarray(18 / along + np.exp(-along / fall_m) * (1 - 18 / along))


def uma_los_share(distance_m: Floats) -> Floats:
    """Probability of line of sight, urban macro.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.

    Returns
    -------
    float64
        Probability in the shape of ``distance_m``.

    Notes
    -----
    Table 7.4.2-1: 1 up to 18 m, then 18/d + exp(-d / 63) (1 - 18/d), receivers up to 13 m.
    """
    return _street_los_share(distance_m, 63.0)


def umi_los_share(distance_m: Floats) -> Floats:
    """Probability of line of sight, urban micro.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.

    Returns
    -------
    float64
        Probability in the shape of ``distance_m``.

    Notes
    -----
    Table 7.4.2-1: 1 up to 18 m, then 18/d + exp(-d / 36) (1 - 18/d).
    """
    return _street_los_share(distance_m, 36.0)


Loss = Callable[[Floats, Link], Floats]


class _Scenario(NamedTuple):
    """One scenario of table 7.4.1-1; pairs are with and without line of sight."""

    name: str
    losses: tuple[Loss, Loss]
    los_share: Callable[[Floats], Floats]
    sigmas_db: tuple[float, float]
    max_distance_m: tuple[float, float]
    frequency_mhz: Range
    antenna_height_m: Range
    receiver_height_m: Range


def _models(scenario: _Scenario) -> tuple[Model, Model, Model]:
    """Make the models with line of sight, without it, and the mean of both."""

    def mean_db(distance_m: Floats, link: Link) -> Floats:
        share = scenario.los_share(distance_m)
        return share * scenario.losses[0](distance_m, link) + (1 - share) * scenario.losses[1](distance_m, link)

    def model(suffix: str, loss_db: Loss, sigma_db: float, max_distance_m: float) -> Model:
        return Model(
            f"tr38901_{scenario.name}{suffix}",
            "3GPP TR 38.901 table 7.4.1-1",
            loss_db,
            sigma_db,
            scenario.frequency_mhz,
            (_NEAREST_M, max_distance_m),
            scenario.antenna_height_m,
            scenario.receiver_height_m,
        )

    los, nlos = (
        model(suffix, loss_db, sigma_db, max_distance_m)
        for suffix, loss_db, sigma_db, max_distance_m in zip(
            ("_los", "_nlos"), scenario.losses, scenario.sigmas_db, scenario.max_distance_m, strict=True
        )
    )
    return los, nlos, model("", mean_db, scenario.sigmas_db[1], scenario.max_distance_m[0])


_RMA = _Scenario(
    name="rma",
    losses=(rma_los_db, rma_nlos_db),
    los_share=rma_los_share,
    sigmas_db=(6.0, 8.0),
    max_distance_m=(10_000.0, 5000.0),
    frequency_mhz=(500.0, 30_000.0),
    antenna_height_m=(10.0, 150.0),
    receiver_height_m=(1.0, 10.0),
)
_UMA = _Scenario(
    name="uma",
    losses=(uma_los_db, uma_nlos_db),
    los_share=uma_los_share,
    sigmas_db=(4.0, 6.0),
    max_distance_m=(5000.0, 5000.0),
    frequency_mhz=(500.0, 100_000.0),
    antenna_height_m=(20.0, 50.0),
    receiver_height_m=(1.5, 13.0),
)
_UMI = _Scenario(
    name="umi",
    losses=(umi_los_db, umi_nlos_db),
    los_share=umi_los_share,
    sigmas_db=(4.0, 7.82),
    max_distance_m=(5000.0, 5000.0),
    frequency_mhz=(500.0, 100_000.0),
    antenna_height_m=(5.0, 20.0),
    receiver_height_m=(1.5, 22.5),
)
TR38901_MODELS = (*_models(_RMA), *_models(_UMA), *_models(_UMI))
