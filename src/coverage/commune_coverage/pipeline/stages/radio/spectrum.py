"""The spectrum that operators hold, put on the cells of their sites."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from commune_coverage.core.files import read_geo, read_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import BY_WIDTH, SignalFiles, read_figures
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.carriers import HeldCarriers, carriers_seen, held_carriers, with_carriers
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.readers.parsing.text import plain_name
from commune_coverage.schema.areas import NATION

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


def on_carriers(cells: pd.DataFrame, files: SignalFiles, radios: Radios) -> pd.DataFrame:
    """Put the cells of a country on the carriers that were seen of them, or that their operators hold."""
    sectors = np.full(len(cells), np.nan)
    if files.stations.is_file():
        station, known = cells["station"].to_numpy(np.int64), read_table(files.stations)["sectors"]
        sectors[station >= 0] = known.to_numpy(np.float64)[station[station >= 0]]
    several = [name for name, budget in radios.technologies.items() if budget.channel_mhz is not None]
    seen = np.where(cells["technology"].isin(several), carriers_seen(cells, sectors), 1)
    holdings = holdings_in_force(files)
    inside = _areas_of(cells, holdings, files)
    combination = np.zeros(len(cells), dtype=np.int64)
    if len(inside):
        combination = np.unique(inside, axis=1, return_inverse=True)[1].ravel()
    parts = []
    for number in np.unique(combination):
        rows = np.flatnonzero(combination == number)
        held = _held(holdings[inside[:, rows[0]]], cells.iloc[rows], radios)
        parts.append(with_carriers(cells.iloc[rows].assign(place=rows), held, seen[rows]))
    return pd.concat(parts).sort_values("place", kind="stable").drop(columns="place") if parts else cells


def holdings_in_force(files: SignalFiles) -> pd.DataFrame:
    """The holdings of the day, with the plain name of their ``operator``; no rows where no layer states any."""
    names = ["operator", "technology", "band_mhz", "bandwidth_mhz", "downlink_share", "low_mhz", "high_mhz"]
    names += ["level", "code", "is_in_force"]
    if not files.spectrum.is_file():
        return pd.DataFrame(columns=names).assign(is_in_force=False)
    holdings = read_table(files.spectrum)
    return holdings[holdings["is_in_force"]].reset_index(drop=True)


def _areas_of(cells: pd.DataFrame, holdings: pd.DataFrame, files: SignalFiles) -> Flags:
    """(holdings, cells) whether the cell stands where the holding is."""
    inside = np.repeat((holdings["level"] == NATION).to_numpy(bool)[:, np.newaxis], len(cells), axis=1)
    if inside.all():
        return inside
    points = shapely.points(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    for area in read_geo(files.spectrum_areas).itertuples():
        rows = ((holdings["level"] == area.level) & (holdings["code"] == area.code)).to_numpy(bool)
        shapely.prepare(area.geometry)
        inside[rows] = shapely.intersects(area.geometry, points)
    return inside


def _held(holdings: pd.DataFrame, cells: pd.DataFrame, radios: Radios) -> dict[tuple[str, str], HeldCarriers]:
    """Carriers by operator, as the cells name it, and technology."""
    plain = holdings["operator"].map(plain_name)
    held = {}
    for operator in cells["operator"].unique():
        own = holdings[plain == plain_name(operator)]
        for technology, budget in radios.technologies.items():
            carriers = held_carriers(own, technology, budget)
            if len(carriers.frequency_mhz):
                held[operator, technology] = carriers
    return held


def people_without_by_width(files: SignalFiles, tiles: int) -> tuple[float, float]:
    """Share of people below the headline speed where carriers of unknown width are narrow, and where they are wide."""
    whole, without = 0.0, np.zeros(2)
    for tile in range(tiles):
        people = read_tile(files.folder, tile, ["people"])["people"].to_numpy(np.float64)
        bits = read_figures(files.figures(tile), BY_WIDTH.__eq__)[BY_WIDTH]
        whole += people.sum()
        without += [people[bits & bit == 0].sum() for bit in (1, 2)]
    narrow, wide = without / max(whole, 1e-300)
    return float(narrow), float(wide)


def record_spectrum(result: StageResult, files: SignalFiles, network: NetworkModel, tiles: int) -> None:
    """Say whose spectrum is known, whose is not, and what hangs on it."""
    holdings, operators = holdings_in_force(files), network.operators
    known = {plain_name(name) for name in holdings["operator"]}
    without = [name for name in operators if plain_name(name) not in known]
    own = {plain_name(name) for name in operators}
    strangers = sorted({name for name in holdings["operator"] if plain_name(name) not in own})
    if without:
        names = ", ".join(without) if known else "any operator"
        result.assume("internet", "spectrum unknown", f"of {names}: a width with its range", "", "no spectrum layer")
        narrow, wide = people_without_by_width(files, tiles)
        text = f"{100 * (narrow - wide):.1f}"
        source = f"{narrow:.1%} of people without where all carriers are narrow, {wide:.1%} where all are wide"
        result.assume("internet", "high-speed internet gap that unknown spectrum decides", text, "points", source)
        result.facts["gap_share_by_width"] = {"narrow": narrow, "wide": wide}
    if strangers:
        names = ", ".join(strangers)
        result.assume("internet", "spectrum of operators without towers", names, "", "spectrum layer; not used")
