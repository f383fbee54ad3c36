"""From cells to transmitters: what a register states, else what is assumed; equal cells of a site as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.antenna.sectors import (
    ANTENNA_COLUMNS,
    Patterns,
    is_directional,
    sector_columns,
    sector_numbers,
)
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km
from commune_coverage.radio.diffraction.terrain_gain import round_earth_table
from commune_coverage.radio.interference.distant_cells import BLOCK_MARGIN_M
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db, chain_reach_m, chain_sigma_db
from commune_coverage.schema.inputs import BOUNDS

Floats = npt.NDArray[np.float64]

STEPS = {"frequency_mhz": 10.0, "bandwidth_mhz": 0.2, "eirp_dbm": 1.0, "antenna_height_m": 5.0}
STATED_AS = {"frequency_mhz": "band_mhz"}
CARRIER_COLUMNS = ["operator", "technology", "frequency_mhz"]
PATHLOSS_CLASS_COLUMNS = ["frequency_mhz", "effective_height_m"]
_ALIKE = [*CARRIER_COLUMNS, *PATHLOSS_CLASS_COLUMNS, "x_m", "y_m", "bandwidth_mhz", "eirp_dbm", "site"]
_ONLY_HERE = ["antenna", "station", "carriers"]
_NO_STATION = -1
_TALLEST_M = 200.0
_UNDER_BEAM_M = 50.0


@dataclass(frozen=True)
class NetworkTables:
    """Tables of a network.

    Attributes
    ----------
    transmitters : DataFrame
        One row a transmitter, sorted by carrier and ``key``: values with ``_low``, ``_high`` and
        ``_stated`` of each, ``sectors``, ``ANTENNA_COLUMNS``, ``carrier`` and ``pathloss_class``.
    carriers : DataFrame
        One row a carrier: ``operator``, ``technology``, ``frequency_mhz``.
    pathloss_classes : DataFrame
        One row a set of gain tables: ``frequency_mhz``, ``effective_height_m`` and ``lowest_antenna_m``.
    """

    transmitters: pd.DataFrame
    carriers: pd.DataFrame
    pathloss_classes: pd.DataFrame


def make_network(
    cells: pd.DataFrame,
    environment: npt.NDArray[np.int8],
    over_ground_m: Floats,
    is_register: bool,
    radios: Radios,
    patterns: Patterns | None = None,
) -> NetworkTables:
    """Join the serving cells of a country to transmitters.

    Parameters
    ----------
    cells : DataFrame
        Columns ``operator``, ``technology``, ``site``, ``samples``, ``lon``, ``lat`` (degrees), ``x_m``, ``y_m`` (m)
        and what a register states (NaN elsewhere); where a crowd's data show them, ``station`` and
        ``position_sigma_m`` (m), and ``carriers`` and ``channels`` of ``carriers.with_carriers``; its index are the
        rows of the cells.
    environment : (cells,) int8
        Row of each cell's environment in ``NAMES``.
    over_ground_m : (cells,) float64, m
        Height of each cell's ground above the mean of the land around it; NaN where no terrain is known.
    is_register : bool
        Whether the cells come from a register.
    radios : Radios
        Link budgets.
    patterns : mapping of str to AntennaPattern, optional
        Measured patterns that cells name.

    Returns
    -------
    NetworkTables
        Transmitters, carriers and pathloss classes.

    Notes
    -----
    Ground above the land around it counts as antenna height (effective height, M. Hata 1980), up to 200 m in all. A
    transmitter's ``key`` depends on itself and the others of its site and on nothing else, so that other cells of the
    country come and go without changing the order of the rest. Cells that point elsewhere are transmitters of their
    own.
    """
    table = cells[["operator", "technology", "site", "lon", "lat", "x_m", "y_m"]].copy()
    table["cell"] = cells.index
    table["environment"] = environment
    for name in STEPS:
        _fill(table, cells, name, radios)
    table["carriers"] = cells.get("carriers", 1)
    _widen(table, radios)
    _strengthen(table, cells["channels"].to_numpy(np.float64) if "channels" in cells else np.ones(len(cells)))
    raised = table["antenna_height_m"] + np.nan_to_num(np.maximum(over_ground_m, 0.0))
    table["effective_height_m"] = (np.round(raised / 5) * 5).clip(5, _TALLEST_M)
    table["position_sigma_m"] = _position_sigma_m(cells, is_register, radios)
    antennas = sector_columns(cells, patterns or {})
    table[list(ANTENNA_COLUMNS)] = antennas
    table["antenna"] = sector_numbers(antennas)
    table["station"] = cells.get("station", _NO_STATION)
    table = table.sort_values([*CARRIER_COLUMNS, "cell"], kind="stable", ignore_index=True)
    alike = [*_ALIKE, "antenna"]
    table = table.assign(sectors=_sectors(table, alike)).drop_duplicates(alike).drop(columns=_ONLY_HERE)
    table = table.assign(key=_keys(table)).sort_values([*CARRIER_COLUMNS, "key"], ignore_index=True)
    table["carrier"] = table.groupby(CARRIER_COLUMNS, sort=True).ngroup()
    table["pathloss_class"] = table.groupby(PATHLOSS_CLASS_COLUMNS, sort=True).ngroup()
    carriers = _first_rows(table, "carrier")[["carrier", *CARRIER_COLUMNS]].reset_index(drop=True)
    classes = _first_rows(table, "pathloss_class")[["pathloss_class", *PATHLOSS_CLASS_COLUMNS]].reset_index(drop=True)
    lowest = table.groupby("pathloss_class", sort=True)["antenna_height_m"].min().to_numpy()
    pathloss_classes = classes.assign(lowest_antenna_m=lowest)
    return NetworkTables(table, carriers, pathloss_classes)


def _first_rows(table: pd.DataFrame, by: str) -> pd.DataFrame:
    return table.drop_duplicates(by).sort_values(by)


def _keys(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Make a number for each transmitter of all that is known of it and of the others of its site."""
    plain, points = table.drop(columns=["cell", "site", *ANTENNA_COLUMNS]), is_directional(table)
    own = pd.util.hash_pandas_object(plain, index=False).to_numpy().copy()
    antennas = table.loc[points, list(ANTENNA_COLUMNS)]
    own[points] ^= pd.util.hash_array(pd.util.hash_pandas_object(antennas, index=False).to_numpy())
    sites, site = np.unique(table["site"].to_numpy(), return_inverse=True)
    together = np.zeros(len(sites), dtype=np.uint64)
    np.add.at(together, site, own)
    return np.asarray(pd.util.hash_array(own ^ pd.util.hash_array(together[site])) >> 1).astype(np.int64)


def _fill(table: pd.DataFrame, cells: pd.DataFrame, name: str, radios: Radios) -> None:
    """Columns ``name``, ``name_low``, ``name_high`` and ``name_stated``, to the STEPS."""
    given = cells[STATED_AS.get(name, name)].to_numpy(np.float64)
    stated = np.isfinite(given)
    assumed = np.empty((3, len(table)))
    for key, group in table.assign(row=np.arange(len(table))).groupby(["operator", "environment", "technology"]):
        operator, environment, technology = cast(tuple[str, int, str], key)
        rows = group["row"].to_numpy()
        spread = getattr(radios.budget(operator, NAMES[environment], technology), name)
        assumed[:, rows] = [[spread.value], [spread.low], [spread.high]]
    rounded = np.maximum(np.round(np.where(stated, given, 0) / STEPS[name]) * STEPS[name], STEPS[name])
    for column, values in zip((name, f"{name}_low", f"{name}_high"), assumed, strict=True):
        table[column] = np.where(stated, rounded, values)
    table[f"{name}_stated"] = stated


def _widen(table: pd.DataFrame, radios: Radios) -> None:
    """Several carriers of unknown bands are one, as wide as so many channels. Writes ``bandwidth_mhz``."""
    for technology, budget in radios.technologies.items():
        rows = ~table["bandwidth_mhz_stated"] & (table["carriers"] > 1) & (table["technology"] == technology)
        if budget.channel_mhz is not None and rows.any():
            for bound, name in zip(BOUNDS, ("value", "low", "high"), strict=True):
                width = table["carriers"].to_numpy(np.float64) * getattr(budget.channel_mhz, name)
                table[f"bandwidth_mhz{bound}"] = np.where(rows, width, table[f"bandwidth_mhz{bound}"])


def _strengthen(table: pd.DataFrame, channels: Floats) -> None:
    """Each channel has an amplifier of its own: where no power is stated, so many times that of one."""
    gain_db = np.where(table["eirp_dbm_stated"], 0.0, 10 * np.log10(channels))
    for bound in BOUNDS:
        table[f"eirp_dbm{bound}"] += gain_db


def _sectors(table: pd.DataFrame, alike: list[str]) -> pd.Series:
    """Count for each cell the equal cells of its site; of several base stations, as numbered anew, the most of one.

    Where several carriers are one, each sector has so many cells.
    """
    cells = table.groupby([*alike, "station"], sort=False)["cell"].transform("size")
    of_station = np.ceil(cells / table["carriers"]).astype(np.int64)
    return table.assign(of_station=of_station).groupby(alike, sort=False)["of_station"].transform("max")


def _position_sigma_m(cells: pd.DataFrame, is_register: bool, radios: Radios) -> Floats:
    """Standard error of positions: as the data show it, else as the link budgets state it."""
    positions, samples = radios.positions, cells["samples"].to_numpy(np.float64)
    if is_register:
        stated = np.full(len(samples), positions.register_m)
    else:
        stated = np.maximum(positions.one_sample_m / np.sqrt(np.fmax(samples, 1.0)), positions.min_m)
    if "position_sigma_m" not in cells:
        return stated
    shown = cells["position_sigma_m"].to_numpy(np.float64)
    return np.where(np.isfinite(shown), np.maximum(shown, positions.min_m), stated)


def make_gains(
    pathloss_classes: pd.DataFrame, radios: Radios, max_range_m: float, shifts_db: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> Gains:
    """Make the gain tables of every pathloss class in every environment.

    Parameters
    ----------
    pathloss_classes : DataFrame
        Columns ``frequency_mhz``, ``effective_height_m`` and ``lowest_antenna_m``.
    radios : Radios
        Link budgets, with the propagation models of each environment.
    max_range_m : float, m
        No transmitter reaches farther.
    shifts_db : tuple of float, dB
        Shift of the received power of each environment.

    Returns
    -------
    Gains
        Class by class, environments in the order of ``NAMES``.

    Notes
    -----
    Nearer than 50 m, under the antenna's beam, the loss is that at 50 m.
    """
    distances, tables, reach = table_distances_m(), [], []
    for frequency_mhz, height_m in pathloss_classes[PATHLOSS_CLASS_COLUMNS].to_numpy(np.float64):
        for name, shift_db in zip(NAMES, shifts_db, strict=True):
            models, link = radios.environments[name].models, link_of(frequency_mhz, height_m, radios)
            reach_m = min(chain_reach_m(models, link), max_range_m)
            table, until_m = make_table(
                chain_loss_db(models, np.maximum(distances, _UNDER_BEAM_M), link) - shift_db, reach_m
            )
            tables.append(table)
            reach.append(until_m)
    earth_km = effective_earth_km(radios.conditions.refractivity_lapse_n_per_km)
    receiver_m = radios.conditions.receiver_height_m
    smooth = [
        round_earth_table(frequency_mhz / 1000, lowest_m, receiver_m, earth_km)
        for frequency_mhz, lowest_m in pathloss_classes[["frequency_mhz", "lowest_antenna_m"]].to_numpy(np.float64)
    ]
    size = len(distances)
    return Gains(np.array(tables).reshape(-1, size), np.array(reach), np.array(smooth).reshape(-1, size))


def farthest_m(transmitters: pd.DataFrame, gains: Gains) -> Floats:
    """Distance from the middle of a block up to which each transmitter can make a difference in it.

    Parameters
    ----------
    transmitters : DataFrame
        Column ``pathloss_class``.
    gains : Gains
        Gain tables of the classes.

    Returns
    -------
    (transmitters,) float64, m
        Reach and the size of a block.
    """
    by_class = gains.reach_m.reshape(-1, len(NAMES)).max(axis=1, initial=0.0) + BLOCK_MARGIN_M
    return np.asarray(by_class[transmitters["pathloss_class"].to_numpy(np.int64)])


def link_of(frequency_mhz: float, height_m: float, radios: Radios) -> Link:
    """Link to the receiver of the link budgets.

    Parameters
    ----------
    frequency_mhz : float, MHz
        Carrier frequency.
    height_m : float, m
        Height of the transmitting antenna.
    radios : Radios
        Link budgets.

    Returns
    -------
    Link
        With the heights of receiver and rooftops.
    """
    conditions = radios.conditions
    return Link(frequency_mhz, height_m, conditions.receiver_height_m, conditions.rooftop_height_m)


def sigma_db(pathloss_classes: pd.DataFrame, radios: Radios) -> Floats:
    """Look up the standard deviation of the shadowing.

    Parameters
    ----------
    pathloss_classes : DataFrame
        Columns ``frequency_mhz`` and ``effective_height_m``.
    radios : Radios
        Link budgets, with the propagation models of each environment.

    Returns
    -------
    (pathloss classes, environments) float64, dB
        That of the first model of each chain that takes the link.
    """
    return np.array(
        [
            [chain_sigma_db(radios.environments[name].models, link_of(mhz, height_m, radios)) for name in NAMES]
            for mhz, height_m in pathloss_classes[PATHLOSS_CLASS_COLUMNS].to_numpy(np.float64)
        ]
    ).reshape(-1, len(NAMES))
