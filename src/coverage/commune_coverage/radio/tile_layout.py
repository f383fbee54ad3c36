"""Tables of places and transmitters laid out as the arrays that compiled code walks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.jit import inlined
from commune_coverage.population.urbanisation import NAMES, cell_keys, first_occurrence
from commune_coverage.radio.diffraction.profile import Ground
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.losses.clutter import clutter_loss_db

NO_SERVER = -1
ENVIRONMENTS = 3


class Places(NamedTuple):
    """n places sorted by block, with their row and column on the ground.

    ``block_start`` has blocks + 1 entries, ``environment`` one for each block.
    """

    x_m: Floats
    y_m: Floats
    row: Floats
    column: Floats
    block_start: Integers
    environment: Integers


class Transmitters(NamedTuple):
    """Transmitters sorted by channel; ``kind`` names their gain tables, ``mast`` where they hang.

    ``clutter`` (channels, environments) is the gain, at most 1, that what stands about the receiver leaves.
    """

    channel_start: Integers
    frequency_ghz: Floats
    clutter: Floats
    x_m: Floats
    y_m: Floats
    power_mw: Floats
    kind: Integers
    mast: Integers
    site: Integers


class Antennas(NamedTuple):
    """Positions on the ground and antennas above it; ``receiver_m`` is the receiver's height."""

    row: Floats
    column: Floats
    antenna_m: Floats
    receiver_m: float


@inlined
def middle_of_block(places: Places, block: int) -> tuple[float, float, float]:
    """Middle of a block's places, and the distance of the farthest corner from it."""
    first = places.block_start[block]
    west = east = places.x_m[first]
    south = north = places.y_m[first]
    for place in range(first, places.block_start[block + 1]):
        west, east = min(west, places.x_m[place]), max(east, places.x_m[place])
        south, north = min(south, places.y_m[place]), max(north, places.y_m[place])
    half_x, half_y = (east - west) / 2, (north - south) / 2
    return west + half_x, south + half_y, math.hypot(half_x, half_y) + 0.001


Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
RowsColumns = Callable[[Floats, Floats], tuple[Floats, Floats]]
_CLUTTER_FROM_M = 2000.0
"""ITU-R P.2108 gives one loss for all distances beyond it."""


@dataclass(frozen=True)
class Tile:
    """A tile ready for the kernels. ``order`` sorts the tile's places by block.

    ``near`` are the transmitters' rows in the whole network, ``channels`` the network's channels among them.
    """

    places: Places
    transmitters: Transmitters
    antennas: Antennas
    ground: Ground
    order: Integers
    near: Integers
    channels: Integers


def no_ground(lon: Floats, _lat: Floats) -> tuple[Floats, Floats]:
    """Rows and columns where there is no ground to stand on."""
    return np.zeros(len(lon)), np.zeros(len(lon))


def lay_out(
    places: pd.DataFrame,
    network: pd.DataFrame,
    channels: pd.DataFrame,
    radios: Radios,
    ground: Ground,
    rows_columns: RowsColumns,
    reach_m: Floats,
) -> Tile:
    """One tile's places with the transmitters of ``network`` whose ``reach_m`` takes in their bounding box."""
    near = within_reach(network, places, reach_m)
    transmitters = network.iloc[near]
    present = np.unique(transmitters["channel"].to_numpy(np.int64))
    sites = transmitters[["x_m", "y_m", "antenna_height_m"]].to_numpy()
    _, first, mast = np.unique(sites, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy()), kind="stable")
    hung = transmitters.iloc[first]
    row, column = rows_columns(hung["lon"].to_numpy(), hung["lat"].to_numpy())
    return Tile(
        _places(places.iloc[order], rows_columns),
        lay_out_transmitters(transmitters, channels, present, radios)._replace(mast=mast.ravel().astype(np.int64)),
        Antennas(row, column, hung["antenna_height_m"].to_numpy(np.float64), radios.conditions.receiver_height_m),
        ground,
        order,
        near,
        present,
    )


def lay_out_transmitters(
    transmitters: pd.DataFrame, channels: pd.DataFrame, present: Integers, radios: Radios
) -> Transmitters:
    """Transmitters of the channels ``present``, by channel; all hang on one mast."""
    frequency_mhz = channels["frequency_mhz"].to_numpy()[present]
    row = np.searchsorted(present, transmitters["channel"].to_numpy(np.int64))
    return Transmitters(
        np.searchsorted(row, np.arange(len(present) + 1)).astype(np.int64),
        frequency_mhz / 1000,
        _clutter(frequency_mhz, radios),
        transmitters["x_m"].to_numpy(np.float64),
        transmitters["y_m"].to_numpy(np.float64),
        10 ** (transmitters["eirp_dbm"].to_numpy(np.float64) / 10),
        transmitters["kind"].to_numpy(np.int64),
        np.zeros(len(transmitters), dtype=np.int64),
        transmitters["site"].to_numpy(np.int64),
    )


def within_reach(transmitters: pd.DataFrame, places: pd.DataFrame, reach_m: Floats) -> Integers:
    """Rows of the transmitters that have the places' bounding box within the reach of each."""
    near = np.ones(len(transmitters), dtype=bool)
    for axis in ("x_m", "y_m"):
        at = transmitters[axis].to_numpy()
        near &= (at >= places[axis].min() - reach_m) & (at <= places[axis].max() + reach_m)
    return np.flatnonzero(near)


def _places(places: pd.DataFrame, rows_columns: RowsColumns) -> Places:
    x_m, y_m = places["x_m"].to_numpy(np.float64), places["y_m"].to_numpy(np.float64)
    starts = first_occurrence(cell_keys(x_m, y_m))
    row, column = rows_columns(places["lon"].to_numpy(), places["lat"].to_numpy())
    environment = places["environment"].to_numpy(np.int64)[starts]
    return Places(x_m, y_m, row, column, np.append(starts, len(x_m)).astype(np.int64), environment)


def _clutter(frequency_mhz: Floats, radios: Radios) -> Floats:
    """Gain that the surroundings of a receiver leave beside terrain, (channels, environments)."""
    gains = np.ones((len(frequency_mhz), len(NAMES)))
    for column, name in enumerate(NAMES):
        stated = radios.environments[name].terrain_clutter
        for row, mhz in enumerate(frequency_mhz):
            loss = float(clutter_loss_db(_CLUTTER_FROM_M, mhz, 0.5)) if stated == "p2108" else float(stated)
            gains[row, column] = 10 ** (-loss / 10)
    return gains
