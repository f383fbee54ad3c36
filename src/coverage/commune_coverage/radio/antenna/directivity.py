"""Gain of the sector antennas of a tile towards its places, as the compiled functions take it.

Relative to the main beam, in which the radiated power is stated: from the antenna's height over the receiver and the
way to it along flat ground follow the direction in the antenna's own angles, and from those its cuts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.antenna.patterns import AZIMUTHS_DEG, ELEVATIONS_DEG, STEPS_PER_DEG, AntennaPattern

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL_ROUND = -1
_DEG = 180.0 / math.pi
_SPARE = 1 + 1e-9
"""On a bound: what rounding may make of equal gains."""
_SPARE_DEG = 1e-6


class Directivity(NamedTuple):
    """Where antennas point and how they radiate.

    Attributes
    ----------
    antenna : (transmitters,) int64
        Row of the transmitter's antenna in the tables, ALL_ROUND where its direction is not known; of no length where
        none is known.
    east, north : (transmitters,) float64
        Unit vector along the ground to where it points.
    cos_tilt, sin_tilt : (transmitters,) float64
        Of the mechanical tilt, downwards.
    electrical_tilt_deg : (transmitters,) float64, degrees
        By what the vertical cut is turned downwards.
    over_receiver_m : (transmitters,) float64, m
        Height over the receivers.
    horizontal : (antennas, azimuths) float64
        Gain relative to the main beam, 1 at most, at AZIMUTHS_DEG.
    vertical : (antennas, elevations) float64
        The same at ELEVATIONS_DEG.
    horizontal_range : (antennas, 360, 2) float64
        Least and greatest gain of the horizontal cut in each degree.
    vertical_range : (antennas, 180, 2) float64
        The same of the vertical cut.
    min_gain : (antennas,) float64
        Gain that both cuts together leave at least.
    """

    antenna: Integers
    east: Floats
    north: Floats
    cos_tilt: Floats
    sin_tilt: Floats
    electrical_tilt_deg: Floats
    over_receiver_m: Floats
    horizontal: Floats
    vertical: Floats
    horizontal_range: Floats
    vertical_range: Floats
    min_gain: Floats

    def of_rows(self, rows: Integers) -> Directivity:
        """Directivity of some transmitters.

        Parameters
        ----------
        rows : (n,) int64
            Rows of transmitters.

        Returns
        -------
        Directivity
            Theirs, with the same tables.
        """
        if not len(self.antenna):
            return self
        return self._replace(
            antenna=self.antenna[rows],
            east=self.east[rows],
            north=self.north[rows],
            cos_tilt=self.cos_tilt[rows],
            sin_tilt=self.sin_tilt[rows],
            electrical_tilt_deg=self.electrical_tilt_deg[rows],
            over_receiver_m=self.over_receiver_m[rows],
        )


class Mounting(NamedTuple):
    """How the antennas of transmitters hang.

    Attributes
    ----------
    antenna : (transmitters,) int64
        Row of the antenna among the patterns, ALL_ROUND for none.
    azimuth_deg : (transmitters,) float64, degrees
        Where it points, clockwise from the north of the metric system.
    mechanical_tilt_deg, electrical_tilt_deg : (transmitters,) float64, degrees
        Downwards.
    over_receiver_m : (transmitters,) float64, m
        Height over the receivers.
    """

    antenna: Integers
    azimuth_deg: Floats
    mechanical_tilt_deg: Floats
    electrical_tilt_deg: Floats
    over_receiver_m: Floats


_NONE = np.zeros(0)
OMNIDIRECTIONAL = Directivity(
    np.zeros(0, dtype=np.int64), _NONE, _NONE, _NONE, _NONE, _NONE, _NONE,
    np.zeros((0, len(AZIMUTHS_DEG))), np.zeros((0, len(ELEVATIONS_DEG))), np.zeros((0, 360, 2)), np.zeros((0, 180, 2)),
    _NONE,
)  # fmt: skip
"""Of transmitters whose directions nobody knows: all radiate alike in all of them."""


def make_directivity(mounting: Mounting, patterns: list[AntennaPattern]) -> Directivity:
    """Lay out antennas and patterns for the compiled functions.

    Parameters
    ----------
    mounting : Mounting
        How the antennas hang.
    patterns : list of AntennaPattern
        Patterns of the antennas.

    Returns
    -------
    Directivity
        OMNIDIRECTIONAL where no transmitter has an antenna.
    """
    antenna = mounting.antenna
    if not (antenna != ALL_ROUND).any():
        return OMNIDIRECTIONAL
    horizontal = np.array([10 ** (-pattern.horizontal_db / 10) for pattern in patterns])
    vertical = np.array([10 ** (-pattern.vertical_db / 10) for pattern in patterns])
    azimuth, tilt = np.radians(mounting.azimuth_deg), np.radians(mounting.mechanical_tilt_deg)
    return Directivity(
        antenna,
        np.sin(azimuth),
        np.cos(azimuth),
        np.cos(tilt),
        np.sin(tilt),
        mounting.electrical_tilt_deg,
        mounting.over_receiver_m,
        horizontal,
        vertical,
        _range_by_degree(horizontal),
        _range_by_degree(vertical),
        np.array([10 ** (-pattern.max_attenuation_db / 10) for pattern in patterns]),
    )


def _range_by_degree(cuts: Floats) -> Floats:
    """Least and greatest gain of each degree of cuts, its both ends included, (cuts, degrees, 2)."""
    degree = cuts[:, :-1].reshape(len(cuts), -1, STEPS_PER_DEG)
    whole = np.concatenate([degree, cuts[:, STEPS_PER_DEG::STEPS_PER_DEG, np.newaxis]], axis=2)
    return np.stack([whole.min(axis=2), whole.max(axis=2)], axis=2)


@inlined
def directional_gain(directivity: Directivity, transmitter: int, dx_m: float, dy_m: float) -> float:
    """Gain of a transmitter towards a place, relative to its main beam.

    Parameters
    ----------
    directivity : Directivity
        Antennas of the tile.
    transmitter : int
        Row of the transmitter.
    dx_m, dy_m : float, m
        From the place east and north to the transmitter.

    Returns
    -------
    float
        Above 0, at most 1; 1 where its direction is not known.
    """
    gain = 1.0
    if directivity.antenna.size > 0 and directivity.antenna[transmitter] >= 0:
        gain = _sector_gain(directivity, transmitter, dx_m, dy_m)
    return gain


@compiled
def _sector_gain(directivity: Directivity, transmitter: int, dx_m: float, dy_m: float) -> float:
    row = directivity.antenna[transmitter]
    along, right, down = _in_antenna_axes(directivity, transmitter, dx_m, dy_m)
    azimuth = math.atan2(right, along) * _DEG
    elevation = math.atan2(down, math.hypot(along, right)) * _DEG - directivity.electrical_tilt_deg[transmitter]
    across = _between(directivity.horizontal[row], (azimuth + 360.0 if azimuth < 0 else azimuth) * STEPS_PER_DEG)
    whole = across * _between(directivity.vertical[row], (elevation + 90.0) * STEPS_PER_DEG)
    return float(max(whole, directivity.min_gain[row]))


@inlined
def _in_antenna_axes(
    directivity: Directivity, transmitter: int, dx_m: float, dy_m: float
) -> tuple[float, float, float]:
    """Way from a transmitter to a place along its tilted axis, to the right of it, and down from both."""
    east, north = directivity.east[transmitter], directivity.north[transmitter]
    cos_tilt, sin_tilt = directivity.cos_tilt[transmitter], directivity.sin_tilt[transmitter]
    ahead, right = -(dx_m * east + dy_m * north), dy_m * east - dx_m * north
    below = directivity.over_receiver_m[transmitter]
    return ahead * cos_tilt + below * sin_tilt, right, below * cos_tilt - ahead * sin_tilt


@inlined
def _between(cut: Floats, step: float) -> float:
    """Gain of a cut between two of its steps; at its ends beyond them."""
    last = len(cut) - 1
    step = min(max(step, 0.0), float(last))
    first = min(int(step), last - 1)
    return cut[first] + (cut[first + 1] - cut[first]) * (step - first)


@inlined
def gain_bounds(
    directivity: Directivity, transmitter: int, dx_m: float, dy_m: float, radius_m: float
) -> tuple[float, float]:
    """Bounds of the gain of a transmitter towards all places in a circle.

    Parameters
    ----------
    directivity : Directivity
        Antennas of the tile.
    transmitter : int
        Row of the transmitter.
    dx_m, dy_m : float, m
        From the middle of the circle east and north to the transmitter.
    radius_m : float, m
        Radius of the circle.

    Returns
    -------
    low, high : float
        No gain in the circle is below the first or above the second; both 1 where the direction is not known.

    Notes
    -----
    In the axes of a tilted antenna a circle on flat ground is an ellipse within a circle of the same radius, whose
    depth below the antenna changes by the sine of the tilt.
    """
    low, high = 1.0, 1.0
    if directivity.antenna.size > 0 and directivity.antenna[transmitter] >= 0:
        low, high = _sector_bounds(directivity, transmitter, dx_m, dy_m, radius_m)
    return low, high


@compiled
def _sector_bounds(
    directivity: Directivity, transmitter: int, dx_m: float, dy_m: float, radius_m: float
) -> tuple[float, float]:
    row = directivity.antenna[transmitter]
    along, right, down = _in_antenna_axes(directivity, transmitter, dx_m, dy_m)
    distance_m, tilted = math.hypot(along, right), radius_m * abs(directivity.sin_tilt[transmitter])
    if distance_m <= radius_m:
        return directivity.min_gain[row] / _SPARE, _SPARE
    half = math.asin(radius_m / distance_m) * _DEG
    middle = math.atan2(right, along) * _DEG
    least, greatest = _range_of(directivity.horizontal_range[row], middle - half, middle + half, True)
    near_m, far_m, tilt = distance_m - radius_m, distance_m + radius_m, directivity.electrical_tilt_deg[transmitter]
    upper, lower = down - tilted, down + tilted
    up = math.atan2(upper, far_m if upper > 0 else near_m) * _DEG - tilt
    low = math.atan2(lower, near_m if lower > 0 else far_m) * _DEG - tilt
    weakest, strongest = _range_of(directivity.vertical_range[row], up + 90.0, low + 90.0, False)
    floor = directivity.min_gain[row]
    return max(least * weakest, floor) / _SPARE, max(greatest * strongest, floor) * _SPARE


@compiled
def _range_of(by_degree: Floats, from_deg: float, to_deg: float, is_closed: bool) -> tuple[float, float]:
    """Least and greatest gain of a cut in all degrees between two angles; at its ends beyond them unless it closes."""
    degrees = len(by_degree)
    least, greatest = 1.0, 0.0
    for degree in range(math.floor(from_deg - _SPARE_DEG), math.floor(to_deg + _SPARE_DEG) + 1):
        at = degree % degrees if is_closed else min(max(degree, 0), degrees - 1)
        least, greatest = min(least, by_degree[at, 0]), max(greatest, by_degree[at, 1])
    return least, greatest
