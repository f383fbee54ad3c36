"""From cells to transmitters: what a register states, else what is assumed; equal cells of a site as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km
from commune_coverage.radio.diffraction.terrain_gain import round_earth_table
from commune_coverage.radio.interference.distant_cells import BLOCK_MARGIN_M
from commune_coverage.radio.link_budget_config import Radios, Technology, noise_dbm
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db, chain_reach_m, chain_sigma_db

Floats = npt.NDArray[np.float64]

STEPS = {"frequency_mhz": 10.0, "bandwidth_mhz": 0.2, "eirp_dbm": 1.0, "antenna_height_m": 5.0}
STATED_AS = {"frequency_mhz": "band_mhz"}
CHANNEL = ["operator", "technology", "frequency_mhz"]
KIND = ["frequency_mhz", "effective_height_m"]
_ALIKE = [*CHANNEL, *KIND, "x_m", "y_m", "bandwidth_mhz", "eirp_dbm", "site"]
_TALLEST_M = 200.0
_UNDER_BEAM_M = 50.0


@dataclass(frozen=True)
class Network:
    """Transmitters sorted by channel; ``channels`` one row a channel; ``kinds`` one row a set of gain tables."""

    transmitters: pd.DataFrame
    channels: pd.DataFrame
    kinds: pd.DataFrame


def make_network(
    cells: pd.DataFrame, environment: npt.NDArray[np.int8], over_ground_m: Floats, is_register: bool, radios: Radios
) -> Network:
    """The network of a country's serving cells.

    ``cells`` has operator, technology, site, samples, lon, lat, x_m, y_m and what a register states (NaN elsewhere);
    its index are the rows of the cells. ``over_ground_m`` is how far each cell's ground stands above the land about
    it, which counts as antenna height (Hata's effective height); NaN where no terrain is known. Transmitters of a
    channel come in the order of their ``key``, which hangs on what they and their site's others are and on nothing
    else: other cells of the country come and go without changing it.
    """
    table = cells[["operator", "technology", "site", "lon", "lat", "x_m", "y_m"]].copy()
    table["cell"] = cells.index
    table["environment"] = environment
    for name in STEPS:
        _fill(table, cells, name, radios)
    raised = table["antenna_height_m"] + np.nan_to_num(np.maximum(over_ground_m, 0.0))
    table["effective_height_m"] = (np.round(raised / 5) * 5).clip(5, _TALLEST_M)
    table["position_sigma_m"] = _position_sigma_m(cells["samples"].to_numpy(np.float64), is_register, radios)
    table = table.sort_values([*CHANNEL, "cell"], kind="stable", ignore_index=True)
    sectors = table.groupby(_ALIKE, sort=False)["cell"].transform("size")
    table = table.assign(sectors=sectors).drop_duplicates(_ALIKE)
    table = table.assign(key=_keys(table)).sort_values([*CHANNEL, "key"], ignore_index=True)
    table["channel"] = table.groupby(CHANNEL, sort=True).ngroup()
    table["kind"] = table.groupby(KIND, sort=True).ngroup()
    channels = table.drop_duplicates("channel").sort_values("channel")[["channel", *CHANNEL]].reset_index(drop=True)
    table["lowest_antenna_m"] = table.groupby("kind")["antenna_height_m"].transform("min")
    kinds = table.drop_duplicates("kind").sort_values("kind")[["kind", *KIND, "lowest_antenna_m"]]
    kinds, table = kinds.reset_index(drop=True), table.drop(columns="lowest_antenna_m")
    return Network(table, channels, kinds)


def _keys(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A number for each transmitter, made of all that is known of it and of the others of its site."""
    own = pd.util.hash_pandas_object(table.drop(columns=["cell", "site"]), index=False).to_numpy()
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


def _position_sigma_m(samples: Floats, is_register: bool, radios: Radios) -> Floats:
    positions = radios.positions
    if is_register:
        return np.full(len(samples), positions.register_m)
    return np.maximum(positions.one_sample_m / np.sqrt(np.fmax(samples, 1.0)), positions.min_m)


def make_gains(
    kinds: pd.DataFrame, radios: Radios, max_range_m: float, shifts_db: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> Gains:
    """Gain tables of every kind in every environment, kind by kind, environments in the order of NAMES.

    ``shifts_db`` is added to the received power of each environment. Nearer than 50 m, where an antenna's beam passes
    over, the loss is that at 50 m.
    """
    distances, tables, reach = table_distances_m(), [], []
    for frequency_mhz, height_m in kinds[KIND].to_numpy(np.float64):
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
        for frequency_mhz, lowest_m in kinds[["frequency_mhz", "lowest_antenna_m"]].to_numpy(np.float64)
    ]
    size = len(distances)
    return Gains(np.array(tables).reshape(-1, size), np.array(reach), np.array(smooth).reshape(-1, size))


def farthest_m(transmitters: pd.DataFrame, gains: Gains) -> Floats:
    """How far from the middle of a block of places each transmitter can make a difference in it."""
    of_kind = gains.reach_m.reshape(-1, len(NAMES)).max(axis=1, initial=0.0) + BLOCK_MARGIN_M
    return np.asarray(of_kind[transmitters["kind"].to_numpy(np.int64)])


def link_of(frequency_mhz: float, height_m: float, radios: Radios) -> Link:
    """A link of the country's receiver."""
    conditions = radios.conditions
    return Link(frequency_mhz, height_m, conditions.receiver_height_m, conditions.rooftop_height_m)


def sigma_db(kinds: pd.DataFrame, radios: Radios) -> Floats:
    """Log-normal scatter about the median, (kinds, environments)."""
    return np.array(
        [
            [chain_sigma_db(radios.environments[name].models, link_of(mhz, height_m, radios)) for name in NAMES]
            for mhz, height_m in kinds[KIND].to_numpy(np.float64)
        ]
    ).reshape(-1, len(NAMES))


def noise_of(budget: Technology, bandwidth_mhz: Floats) -> Floats:
    """Noise of receivers at the given bandwidths, dBm."""
    return np.array([noise_dbm(width, budget.noise_figure_db) for width in np.unique(bandwidth_mhz)])[
        np.unique(bandwidth_mhz, return_inverse=True)[1]
    ]
