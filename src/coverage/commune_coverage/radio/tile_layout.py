"""Tables of places and transmitters laid out as the arrays that compiled functions take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.jit import read_only
from commune_coverage.core.scale import UNSCALED, Scale
from commune_coverage.population.urbanisation import CELL_M, NAMES, cell_keys, first_occurrence
from commune_coverage.radio.antenna.directivity import Directivity
from commune_coverage.radio.antenna.sectors import interfering_groups
from commune_coverage.radio.diffraction.profile import Antennas, Ground
from commune_coverage.radio.interference.distant_cells import BLOCK_MARGIN_M
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.losses.clutter import clutter_loss_db
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.path_gain_tables import Gains
from commune_coverage.radio.service.parameters import TransmitterParameters
from commune_coverage.radio.tile import UNKNOWN_LAND, EnvironmentGrid, Places, Tile, Transmitters, corners_of
from commune_coverage.radio.transmitters import farthest_m

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
RowsColumns = Callable[[Floats, Floats], tuple[Floats, Floats]]
_CLUTTER_FROM_M = 2000.0
"""ITU-R P.2108 gives one loss for all distances beyond it."""


class Surface(NamedTuple):
    """Elevation around a tile and the way from degrees to its grid.

    Attributes
    ----------
    ground : Ground
        Elevation grid, empty where there is none.
    rows_columns : callable
        Longitude and latitude, degrees, to row and column of the grid.
    """

    ground: Ground
    rows_columns: RowsColumns


@dataclass(frozen=True)
class TileLayout:
    """A tile and the rows of the tables that its arrays stand for.

    Attributes
    ----------
    tile : Tile
        Arrays for the compiled functions.
    order : (places,) int64
        Row in the table of places of each place of the tile.
    near : (transmitters,) int64
        Row in the whole network of each transmitter of the tile.
    carriers : (carriers,) int64
        Row in the whole network of each carrier of the tile.
    surface : Surface
        Elevation around the tile.
    true_per_m : float
        True metres in a metre of the metric system, the same for the whole tile and the transmitters that reach it.
    """

    tile: Tile
    order: Integers
    near: Integers
    carriers: Integers
    surface: Surface
    true_per_m: float = 1.0

    def with_transmitters(
        self, transmitters: pd.DataFrame, network: NetworkModel, gains: Gains, directivity: Directivity
    ) -> Tile:
        """Put other transmitters in place of those of the tile.

        Parameters
        ----------
        transmitters : DataFrame
            Transmitters sorted by carrier, of the carriers of the tile.
        network : NetworkModel
            Carriers and link budgets.
        gains : Gains
            Gain tables of the other transmitters.
        directivity : Directivity
            Where they point.

        Returns
        -------
        Tile
            The same places on the same ground.
        """
        antennas, mast = _antennas(transmitters, network.radios.conditions.receiver_height_m, self.surface.rows_columns)
        laid_out = lay_out_transmitters(transmitters, network.carriers, self.carriers, network.radios)
        return self.tile._replace(
            transmitters=to_true_metres(laid_out._replace(mast=mast), self.true_per_m),
            antennas=antennas,
            gains=gains,
            directivity=directivity,
        )


Positioned = TypeVar("Positioned", Places, Transmitters, TransmitterParameters)


def to_true_metres(record: Positioned, true_per_m: float) -> Positioned:
    """Correct positions by the scale of a tile.

    Parameters
    ----------
    record : Places, Transmitters or TransmitterParameters
        Fields ``x_m`` and ``y_m``, (n,) float64 in the metric system, m.
    true_per_m : float
        True metres in a metre of the metric system.

    Returns
    -------
    Places, Transmitters or TransmitterParameters
        Whose distances from each other are true; the same record for a scale of 1.
    """
    if true_per_m == 1.0:
        return record
    return record._replace(x_m=record.x_m * true_per_m, y_m=record.y_m * true_per_m)


def no_ground(lon: Floats, _lat: Floats) -> tuple[Floats, Floats]:
    """Rows and columns where there is no elevation grid.

    Parameters
    ----------
    lon : (n,) float64, degrees
        Longitudes.
    _lat : (n,) float64, degrees
        Latitudes; not read.

    Returns
    -------
    row, column : (n,) float64
        Zeros.
    """
    return np.zeros(len(lon)), np.zeros(len(lon))


def lay_out(places: pd.DataFrame, network: NetworkModel, surface: Surface) -> TileLayout:
    """Lay out the places of a tile and the transmitters that reach it.

    Parameters
    ----------
    places : DataFrame
        Columns ``x_m``, ``y_m`` (m), ``lon``, ``lat`` (degrees) and ``environment``.
    network : NetworkModel
        The whole network.
    surface : Surface
        Elevation around the places.

    Returns
    -------
    TileLayout
        Arrays of the tile, with their rows in the tables.
    """
    true_per_m = network.scale.in_middle(places["x_m"], places["y_m"])
    near = within_reach(network.transmitters, places, farthest_m(network.transmitters, network.gains), network.scale)
    transmitters, radios = network.transmitters.iloc[near], network.radios
    present = np.unique(transmitters["carrier"].to_numpy(np.int64))
    antennas, mast = _antennas(transmitters, radios.conditions.receiver_height_m, surface.rows_columns)
    order = np.argsort(cell_keys(places["x_m"].to_numpy(), places["y_m"].to_numpy()), kind="stable")
    of_places = to_true_metres(_places(places.iloc[order], surface.rows_columns), true_per_m)
    of_transmitters = lay_out_transmitters(transmitters, network.carriers, present, radios)._replace(mast=mast)
    of_transmitters = to_true_metres(of_transmitters, true_per_m)
    directivity = network.directivity.of_rows(near)
    corners, land = corners_of(of_places), _land(places, network, true_per_m)
    tile = Tile(of_places, corners, of_transmitters, antennas, surface.ground, network.gains, directivity, land)
    return TileLayout(read_only(tile), order, near, present, surface, true_per_m)


def _land(places: pd.DataFrame, network: NetworkModel, true_per_m: float) -> EnvironmentGrid:
    """Environments as far from the places as any transmitter reaches."""
    if network.urbanisation is None:
        return UNKNOWN_LAND
    reach_m = (network.max_range_m + BLOCK_MARGIN_M) / true_per_m
    bounds = [
        float(end) for axis in ("x_m", "y_m") for end in (places[axis].min() - reach_m, places[axis].max() + reach_m)
    ]
    classes, west_m, south_m = network.urbanisation.window(*bounds)
    return EnvironmentGrid(classes, west_m * true_per_m, south_m * true_per_m, CELL_M * true_per_m)


def _antennas(
    transmitters: pd.DataFrame, receiver_m: float, rows_columns: RowsColumns
) -> tuple[Antennas, npt.NDArray[np.int64]]:
    """Positions and heights without repetition, and the row of each transmitter among them."""
    sites = transmitters[["x_m", "y_m", "antenna_height_m"]].to_numpy()
    _, first, mast = np.unique(sites, axis=0, return_index=True, return_inverse=True)
    table = transmitters.iloc[first]
    row, column = rows_columns(table["lon"].to_numpy(), table["lat"].to_numpy())
    antennas = Antennas(row, column, table["antenna_height_m"].to_numpy(np.float64), receiver_m)
    return antennas, mast.ravel().astype(np.int64)


def lay_out_transmitters(
    transmitters: pd.DataFrame, carriers: pd.DataFrame, present: Integers, radios: Radios
) -> Transmitters:
    """Lay out transmitters by carrier, all on mast 0.

    Parameters
    ----------
    transmitters : DataFrame
        Transmitters sorted by carrier, of carriers in ``present``.
    carriers : DataFrame
        All carriers of the network.
    present : (carriers,) int64
        Rows of the carriers to lay out, rising.
    radios : Radios
        Link budgets.

    Returns
    -------
    Transmitters
        One row a transmitter.
    """
    frequency_mhz = carriers["frequency_mhz"].to_numpy()[present]
    row = np.searchsorted(present, transmitters["carrier"].to_numpy(np.int64))
    return Transmitters(
        np.searchsorted(row, np.arange(len(present) + 1)).astype(np.int64),
        frequency_mhz / 1000,
        _clutter(frequency_mhz, radios),
        transmitters["x_m"].to_numpy(np.float64),
        transmitters["y_m"].to_numpy(np.float64),
        10 ** (transmitters["eirp_dbm"].to_numpy(np.float64) / 10),
        transmitters["pathloss_class"].to_numpy(np.int64),
        np.zeros(len(transmitters), dtype=np.int64),
        interfering_groups(transmitters),
    )


def within_reach(
    transmitters: pd.DataFrame, places: pd.DataFrame, reach_m: Floats, scale: Scale = UNSCALED
) -> Integers:
    """Rows of the transmitters that reach the bounding box of the places.

    Parameters
    ----------
    transmitters, places : DataFrame
        Columns ``x_m`` and ``y_m``, m.
    reach_m : (transmitters,) float64, m
        Reach of each transmitter.
    scale : Scale, optional
        By what distances in the metric system are corrected.

    Returns
    -------
    (n,) int64
        Rows of ``transmitters``, rising.
    """
    reach_m = reach_m / scale.in_middle(places["x_m"], places["y_m"])
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
    """Gain that clutter at the receiver leaves where terrain diffraction is counted, (carriers, environments)."""
    gains = np.ones((len(frequency_mhz), len(NAMES)))
    for column, name in enumerate(NAMES):
        stated = radios.environments[name].terrain_clutter
        for row, mhz in enumerate(frequency_mhz):
            loss = float(clutter_loss_db(_CLUTTER_FROM_M, mhz, 0.5)) if stated == "p2108" else float(stated)
            gains[row, column] = 10 ** (-loss / 10)
    return gains
