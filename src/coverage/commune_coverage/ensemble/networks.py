"""Networks of cells with those that may be missing beside those that are listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.population.urbanisation import UrbanisationGrid
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.network_model import NetworkModel, noise_dbm_of
from commune_coverage.radio.transmitters import make_gains, make_network, sigma_db
from commune_coverage.radio.uncertainty import make_variance_tables

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
LISTED = -1


@dataclass(frozen=True, eq=False)
class PossibleNetwork:
    """A network with the transmitters that may be missing.

    Attributes
    ----------
    network : NetworkModel
        All transmitters.
    position : (transmitters,) int64
        Row of the position where a missing one may stand, LISTED for one that is listed; a listed site that may lack a
        technology is a position too.
    site : (transmitters,) int64
        Site of each.
    samples : (transmitters,) float64
        How often its station, all cells of one site and technology, was seen; NaN where nobody counts.
    """

    network: NetworkModel
    position: Integers
    site: Integers
    samples: Floats

    @property
    def is_listed(self) -> npt.NDArray[np.bool_]:
        """Whether each transmitter is in the file."""
        return self.position == LISTED


def with_possible(cells: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Add the cells that may be missing: at listed sites the technologies that they lack, at new positions all.

    Parameters
    ----------
    cells : DataFrame
        Listed cells, as ``transmitters.make_network`` takes them.
    new : DataFrame
        Columns ``x_m``, ``y_m`` (m), ``lon`` and ``lat`` (degrees) of positions where masts may stand.

    Returns
    -------
    DataFrame
        Cells with ``position``: LISTED, or the row of the listed site (in the order of their numbers, operator by
        operator) or, after these, of the new position. A missing cell has as many sectors as the stations of its
        operator and technology have cells in the median, and nothing stated.
    """
    parts, blank = (
        [cells.assign(position=LISTED)],
        ("band_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m", "samples"),
    )
    first_site, listed_sites = int(cells["site"].max()) + 1, np.unique(cells["site"])
    for number, (operator, own) in enumerate(cells.groupby("operator", sort=True)):
        sites = own.drop_duplicates("site").sort_values("site")[["site", "x_m", "y_m", "lon", "lat"]]
        sites = sites.assign(position=np.searchsorted(listed_sites, sites["site"]))
        places = np.arange(len(new))
        added = new[["x_m", "y_m", "lon", "lat"]].assign(
            site=first_site + number * len(new) + places, position=len(listed_sites) + places
        )
        for technology, stations in own.groupby("technology", sort=True):
            sectors = int(np.median(stations.groupby("site").size()))
            lacking = sites[~sites["site"].isin(stations["site"])]
            possible = pd.concat([lacking, added], ignore_index=True)
            possible = possible.loc[np.repeat(possible.index, sectors)]
            parts.append(possible.assign(operator=operator, technology=technology, **dict.fromkeys(blank, np.nan)))
    return pd.concat(parts, ignore_index=True)


def possible_network(
    cells: pd.DataFrame, urbanisation: UrbanisationGrid, radios: Radios, max_range_m: float, *, is_register: bool
) -> PossibleNetwork:
    """Make the network of cells over flat ground.

    Parameters
    ----------
    cells : DataFrame
        Cells of ``with_possible``; without ``position`` all are listed.
    urbanisation : UrbanisationGrid
        Environments of the land.
    radios : Radios
        Link budgets.
    max_range_m : float, m
        No transmitter reaches farther.
    is_register : bool
        Whether positions are a register's.

    Returns
    -------
    PossibleNetwork
        Transmitters with where they may be missing.
    """
    x_m, y_m = cells["x_m"].to_numpy(np.float64), cells["y_m"].to_numpy(np.float64)
    tables = make_network(cells, urbanisation.at(x_m, y_m), np.full(len(cells), np.nan), is_register, radios)
    transmitters = tables.transmitters
    network = NetworkModel(
        transmitters,
        tables.carriers,
        sorted(cells["operator"].unique()),
        radios,
        make_gains(tables.pathloss_classes, radios, max_range_m),
        make_variance_tables(transmitters, radios),
        sigma_db(tables.pathloss_classes, radios)[transmitters["pathloss_class"].to_numpy()],
        noise_dbm_of(transmitters, radios),
        max_range_m,
        (0.0, 0.0, 0.0),
        urbanisation=urbanisation,
    )
    return possible_of(network, cells)


def possible_of(network: NetworkModel, cells: pd.DataFrame) -> PossibleNetwork:
    """Tell which transmitters of a network are listed, and where the others may stand.

    Parameters
    ----------
    network : NetworkModel
        Network of the cells.
    cells : DataFrame
        Cells of ``with_possible``, by the rows that transmitters name; a cell on several carriers is there several
        times. Without ``position`` all are listed.

    Returns
    -------
    PossibleNetwork
        Transmitters with where they may be missing.
    """
    single = cells[~cells.index.duplicated()]
    stations = single.groupby(["site", "technology"])["samples"]
    samples = stations.transform("sum").where(stations.transform("count") == stations.transform("size"))
    row = network.transmitters["cell"].to_numpy()
    first = single.loc[row]
    position = first["position"].to_numpy(np.int64) if "position" in cells else np.full(len(first), LISTED)
    return PossibleNetwork(network, position, first["site"].to_numpy(np.int64), samples.loc[row].to_numpy(np.float64))
