"""The signal table of one tile: for each place the best over channels, technologies and operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.signal.doubt import DOUBTS
from coverage.signal.figures import ChannelFigures
from coverage.signal.link_budget import WHERE
from coverage.tables import PLACE_BOUNDS, TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SERVED = ("served", "served_indoor", "edge_served")


@dataclass(frozen=True)
class ChannelHere:
    """One channel's figures at the places ``at`` of a tile; ``cell`` is the serving cell's row."""

    operator: int
    technology: str
    at: Integers
    received_dbm: Floats
    cell: Integers
    is_stated: npt.NDArray[np.bool_]
    figures: ChannelFigures


def covered_column(where: str, operator: int | None, technology: str, bound: str = "") -> str:
    """Name of a coverage flag; ``operator`` None for any of them."""
    who = "any" if operator is None else str(operator)
    return f"{where}_{who}_{technology}{bound}"


def tile_table(
    places: int, operators: int, channels: list[ChannelHere], thresholds: list[float], fixed_mbps: Floats
) -> pd.DataFrame:
    """One row a place: flags of coverage and of speed, best speeds, servers, and the doubts where it is in doubt.

    ``fixed_mbps`` is the speed of a fixed line that each place can have, 0 for none.
    """
    columns: dict[str, npt.NDArray[Any]] = {}
    _add_coverage(columns, places, operators, channels)
    _add_servers(columns, places, channels)
    _add_speeds(columns, places, operators, channels, thresholds, fixed_mbps)
    _add_doubts(columns, places, channels, thresholds[0])
    columns["fixed_mbps"] = fixed_mbps.astype(np.float32)
    return pd.DataFrame(columns)


def _add_coverage(
    columns: dict[str, npt.NDArray[Any]], places: int, operators: int, channels: list[ChannelHere]
) -> None:
    for where in WHERE:
        for technology in TECHNOLOGIES:
            for bound in PLACE_BOUNDS:
                for operator in (*range(operators), None):
                    columns[covered_column(where, operator, technology, bound)] = np.zeros(places, dtype=bool)
    for channel in channels:
        for where, flags in channel.figures.covered.items():
            for bound, holds in flags.items():
                for operator in (channel.operator, None):
                    columns[covered_column(where, operator, channel.technology, bound)][channel.at] |= holds


def _add_servers(columns: dict[str, npt.NDArray[Any]], places: int, channels: list[ChannelHere]) -> None:
    """The strongest server of each technology over all operators, its power and its chance of coverage."""
    for technology in TECHNOLOGIES:
        power, cell = np.full(places, -np.inf, dtype=np.float32), np.full(places, -1, dtype=np.int64)
        chance = np.zeros(places, dtype=np.float32)
        for channel in (channel for channel in channels if channel.technology == technology):
            stronger = channel.received_dbm > power[channel.at]
            at = channel.at[stronger]
            power[at], cell[at] = channel.received_dbm[stronger], channel.cell[stronger]
            chance[channel.at] = np.maximum(chance[channel.at], channel.figures.probability)
        columns |= {
            f"received_{technology}_dbm": power, f"server_{technology}": cell, f"probability_{technology}": chance,
        }  # fmt: skip


def _add_speeds(
    columns: dict[str, npt.NDArray[Any]], places: int, operators: int, channels: list[ChannelHere],
    thresholds: list[float], fixed_mbps: Floats,
) -> None:  # fmt: skip
    for name in ("edge_mbps", "busy_mbps"):
        best = fixed_mbps.copy()
        for channel in channels:
            best[channel.at] = np.maximum(best[channel.at], getattr(channel.figures, name))
        columns[name] = best.astype(np.float32)
    for threshold in thresholds:
        fixed = fixed_mbps >= threshold
        for name in SERVED:
            for bound in PLACE_BOUNDS:
                served = fixed.copy()
                for channel in channels:
                    served[channel.at] |= channel.figures.served[name, threshold][bound]
                columns[f"{name}_{threshold:g}{bound}"] = served
    for bound in PLACE_BOUNDS:
        choice = np.zeros((operators, places), dtype=bool)
        for channel in channels:
            choice[channel.operator, channel.at] |= channel.figures.served["served", thresholds[0]][bound]
        columns[f"operators{bound}"] = choice.sum(axis=0).astype(np.int16)


def _add_doubts(
    columns: dict[str, npt.NDArray[Any]], places: int, channels: list[ChannelHere], headline: float
) -> None:
    """Each doubt's part of the variance where low and high differ, by the channel that comes closest to serving."""
    margin, stated = np.full(places, -np.inf), np.zeros(places, dtype=bool)
    variance = {name: np.zeros(places) for name in DOUBTS}
    for channel in channels:
        closer = (channel.figures.headline_margin_db > margin[channel.at]) | np.isneginf(margin[channel.at])
        at = channel.at[closer]
        margin[at], stated[at] = channel.figures.headline_margin_db[closer], channel.is_stated[closer]
        for name, values in channel.figures.headline_variance_db2.items():
            variance[name][at] = values[closer]
    unsure = columns[f"served_{headline:g}_lowest"] != columns[f"served_{headline:g}_highest"]
    whole = np.maximum(sum(variance.values()), 1e-12)
    for name, values in variance.items():
        columns[f"doubt_{name}"] = np.where(unsure, values / whole, 0.0).astype(np.float32)
    columns["is_stated"] = stated
