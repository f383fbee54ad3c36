"""Random countries as the kernels take them: places, transmitters on masts, gain tables, hills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from commune_coverage.core.jit import read_only
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km
from commune_coverage.radio.diffraction.profile import Antennas, Ground, flat_ground
from commune_coverage.radio.diffraction.terrain_gain import round_earth_table
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.tile import Places, Tile, Transmitters, corners_of

Floats = npt.NDArray[np.float64]

SIDE_M, CELL_M, REACH_M = 40_000.0, 400.0, 15_000.0
EARTH_KM = effective_earth_km(45)
FREQUENCIES_GHZ = np.array([0.9, 1.8, 2.6])


@dataclass(frozen=True)
class RandomCountry:
    places: Places
    transmitters: Transmitters
    gains: Gains
    antennas: Antennas
    ground: Ground

    @property
    def tile(self) -> Tile:
        corners = corners_of(self.places)
        return read_only(Tile(self.places, corners, self.transmitters, self.antennas, self.ground, self.gains))


def random_country(seed: int, has_terrain: bool, places: int = 400, sites: int = 60) -> RandomCountry:
    """Three carriers over one square, three environments by block; some masts carry several carriers."""
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(0, SIDE_M, (2, places))
    key = np.floor(y_m / 1000) * 1000 + np.floor(x_m / 1000)
    order = np.argsort(key, kind="stable")
    x_m, y_m, key = x_m[order], y_m[order], key[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    where = Places(
        x_m,
        y_m,
        y_m / CELL_M,
        x_m / CELL_M,
        np.append(starts, places).astype(np.int64),
        rng.integers(0, 3, len(starts)),
    )
    mast_x, mast_y = rng.uniform(0, SIDE_M, (2, sites))
    site = np.concatenate([np.flatnonzero(rng.random(sites) < share) for share in (1.0, 0.6, 0.4)])
    carrier = np.repeat(np.arange(3), [np.sum(np.r_[True, np.diff(part) > 0]) for part in _parts(site)])
    transmitters = Transmitters(
        np.searchsorted(carrier, np.arange(4)).astype(np.int64),
        FREQUENCIES_GHZ,
        10 ** (-np.array([[3.0, 15, 25]] * 3) / 10),
        mast_x[site],
        mast_y[site],
        10 ** (rng.uniform(50, 65, len(site)) / 10),
        rng.integers(0, 4, len(site)),
        site.astype(np.int64),
        site.astype(np.int64),
    )
    antennas = Antennas(mast_y / CELL_M, mast_x / CELL_M, rng.uniform(15, 60, sites), 1.5)
    return RandomCountry(where, transmitters, random_gains(rng), antennas, hills(rng) if has_terrain else flat_ground())


def _parts(site: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return np.split(site, np.flatnonzero(np.diff(site) <= 0) + 1)


def random_gains(rng: np.random.Generator) -> Gains:
    """Four pathloss classes in three environments: power laws from 1 m, cut at the reach."""
    laws = zip(rng.uniform(30, 50, 12), rng.uniform(30, 40, 12), strict=True)
    made = [make_table(start + slope * np.log10(table_distances_m()), REACH_M) for start, slope in laws]
    smooth = np.min([round_earth_table(ghz, 15.0, 1.5, EARTH_KM) for ghz in FREQUENCIES_GHZ], axis=0)
    tables, reaches_m = (np.array(values) for values in zip(*made, strict=True))
    return Gains(tables, reaches_m, np.tile(smooth, (4, 1)))


def hills(rng: np.random.Generator) -> Ground:
    """Smooth hills of some hundred metres on a grid of CELL_M."""
    side = int(SIDE_M / CELL_M) + 1
    height = ndimage.gaussian_filter(rng.normal(0, 1, (side, side)), 4)
    return Ground((400 * (height - height.min()) / np.ptp(height)).astype(np.float32), CELL_M, EARTH_KM)
