"""The stages of what people travel with: minutes of every node by each mode, and what holds for everybody together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.travel import MODES
from commune_coverage.core.files import read_attributes, read_table, write_table
from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.modes import of_everybody, shares_by_commune, used_modes
from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.medians import Medians, last_tiles
from commune_coverage.pipeline.stages.travel.artifacts import write_travel_times
from commune_coverage.pipeline.stages.travel.commune_sums import is_rural
from commune_coverage.pipeline.stages.travel.stage import hub_stops, payment_stops, points_of, travel_time_model
from commune_coverage.pipeline.stages.travel.tiles import (
    IN_EVERY_RUN,
    hub_travel_times,
    payment_travel_times,
    times_file,
)
from commune_coverage.pipeline.stages.zonal_sums import commune_count, read_sums, sums_of_tile, write_sums
from commune_coverage.population.sums import CommuneSums
from commune_coverage.population.tables import has_places, read_shares, tile_rows
from commune_coverage.population.weights import PopulationWeights, to_fixed_point
from commune_coverage.runs.run import Run
from commune_coverage.schema.access_by_mode import ACCESS_BY_MODE
from commune_coverage.travel.access.travel_times import payment_times_by, pickup_times
from commune_coverage.travel.routing.models import RoadNetworkModel, TravelTimeModel
from commune_coverage.travel.scenarios import MODE_OF

Floats = npt.NDArray[np.float64]
Shares = dict[str, Floats]
Columns = dict[str, Any]
Progress = Callable[[int, int], None]

_LEVELS = ("commune", "district", "province")
_OF_PLACES = re.compile(r"(promise|within|reached|foot)_.*|lost_when_wet")
"""Of a pick-up: what differs by mode. Parcels to the door and loads of hubs are by car in any case."""


def mode_times(run: Run, progress: Progress) -> StageResult:
    """Write ``mode_times``: minutes of every node by each mode that is used and that not every run times."""
    result, shares = StageResult(), mode_shares(run)
    if shares is None or not has_places(run.stages_folder):
        return result
    tables = points_of(run)
    if all(table.empty for table in tables.values()):
        return result
    model, settings, used = travel_time_model(run), run.country.travel, used_modes(shares)
    if "bus" in used and not _add_transit(run, model):
        for theme in ("delivery", "payment"):
            result.assume(theme, "who goes by bus walks", "there is no timetable over a road graph", "", "this project")
    hubs = None if tables["hubs"].empty else hub_stops(model, tables["hubs"])
    points = None if tables["payments"].empty else payment_stops(model, tables["payments"])
    for done, mode in enumerate(MODE_OF[name] for name in used):
        if hubs is not None and mode != IN_EVERY_RUN["hubs"]:
            target = times_file(run.stages_folder, "hubs", mode)
            write_travel_times(target, pickup_times(model, hubs, settings, mode))
        if points is not None and mode != IN_EVERY_RUN["payments"]:
            target = times_file(run.stages_folder, "payments", mode)
            write_travel_times(target, payment_times_by(model, points, settings, mode))
        progress(done + 1, len(used))
    _state_assumptions(result, run)
    return result


def _add_transit(run: Run, model: TravelTimeModel) -> bool:
    """Add the lines of the timetable to a road graph; False where there is none of both."""
    stops, calls = (run.stages_folder / f"{name}.parquet" for name in ("gtfs", "gtfs_calls"))
    if not (isinstance(model, RoadNetworkModel) and stops.is_file() and calls.is_file()):
        return False
    table = read_table(calls)
    position_m = read_table(stops)[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    model.add_transit(position_m, {str(name): table[name].to_numpy(dtype=np.float64) for name in table})
    return len(table) > 0


def _state_assumptions(result: StageResult, run: Run) -> None:
    modes, has_layer = run.country.travel.modes, (run.stages_folder / "vehicles.parquet").is_file()
    stated = ", ".join(f"{mode} {share:.0%}" for mode, share in modes.stated_shares.items())
    for theme in ("delivery", "payment"):
        if has_layer:
            result.assume(
                theme, "what people travel with, by area", "as the vehicles layer states it", "", "vehicles layer"
            )
        if stated:
            result.assume(theme, "what people travel with", f"{stated}; others walk", "", "country file")
    speeds = f"bicycle {modes.bicycle_max_kmh:g} km/h, motorbike {modes.motorbike_max_kmh:g} km/h"
    result.assume("delivery", "greatest speed by mode", speeds, "", "profiles of OSRM and Valhalla")


def mode_shares(run: Run) -> Shares | None:
    """Read the share of each mode in each commune; None where nothing is stated."""
    folder, source = run.stages_folder, run.stages_folder / "vehicles.parquet"
    communes = read_attributes(folder / "communes.parquet")
    codes = {
        level: communes[f"{level}_code"].fillna("").astype(str).tolist()
        for level in _LEVELS
        if f"{level}_code" in communes
    }
    stated = read_table(source) if source.is_file() else None
    return shares_by_commune(stated, codes, run.country.travel.modes, len(communes))


class Theme(NamedTuple):
    """How a theme is summed by mode.

    Attributes
    ----------
    points : {'hubs', 'payments'}
    medians : dict of str to str
        Names of minutes of places, and what their medians are called.
    of_tile : callable
        Minutes under these names, and what holds, of a tile's places in one mode.
    """

    points: str
    medians: dict[str, str]
    of_tile: Callable[[Run, int, int, int, str], tuple[Columns, Columns]]


def _hub_values(run: Run, tile: int, first: int, last: int, mode: str) -> tuple[Columns, Columns]:
    limits = run.country.thresholds
    times = hub_travel_times(run, tile, first, last, mode=MODE_OF[mode])
    indicators = delivery.place_indicators(
        times, limits.delivery_bands_min, limits.delivery_gap_min, limits.parcel_promise_min
    )
    return times, {name: holds for name, holds in indicators.items() if _OF_PLACES.fullmatch(name)}


def _payment_values(run: Run, tile: int, first: int, last: int, mode: str) -> tuple[Columns, Columns]:
    by = MODE_OF[mode]
    times = payment_travel_times(run, tile, first, last, by)
    minutes = {f"minutes_{season}": times[f"{by}_{season}"] for season in delivery.SEASON_SUFFIX}
    return minutes, payment.near_indicators(times, is_rural(run.stages_folder, tile), run.country.thresholds, by)


THEMES = {
    "delivery": Theme(
        "hubs", {"pickup_dry": "minutes_to_hub_median", "pickup_wet": "minutes_to_hub_wet_median"}, _hub_values
    ),
    "payment": Theme(
        "payments",
        {"minutes_dry": "minutes_to_payment_median", "minutes_wet": "minutes_to_payment_wet_median"},
        _payment_values,
    ),
}


class ModeSums(NamedTuple):
    """What holds by each mode, and for everybody together.

    Attributes
    ----------
    by_mode : dict of str to dict of str to float64[communes]
        People for whom something holds if all travel by the mode.
    medians : dict of str to Medians
        Of the people who have the mode.
    of_all : Medians
        Of everybody.
    """

    by_mode: dict[str, dict[str, Floats]]
    medians: dict[str, Medians]
    of_all: Medians


def mode_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``mode_sums``, what holds for everybody by theme, and ``access_by_mode``, the same mode by mode."""
    folder, shares = run.stages_folder, mode_shares(run)
    timed = [name for name, theme in THEMES.items() if (folder / "travel_times" / f"{theme.points}.npz").is_file()]
    if shares is None or not timed:
        return StageResult()
    sums: dict[str, ModeSums] = {}
    for number, name in enumerate(timed):
        sums[name] = _summed(run, THEMES[name], shares)
        mixed = of_everybody(sums[name].by_mode, shares)
        write_sums(folder / "mode_sums" / f"{name}_sums.npz", mixed, sums[name].of_all)
        progress(number + 1, len(timed))
    write_table(folder / "access_by_mode.parquet", _access_by_mode(run, shares, sums))
    return StageResult()


def _summed(run: Run, theme: Theme, shares: Shares) -> ModeSums:
    """Sum a theme tile by tile, one mode after another; medians weigh people by the share of them who have it."""
    folder, used = run.stages_folder, used_modes(shares)
    communes = commune_count(folder)
    last_tile = last_tiles(folder, communes)
    medians = {mode: Medians(last_tile, theme.medians) for mode in used}
    of_all, by_mode = Medians(last_tile, theme.medians), {mode: dict[str, Floats]() for mode in used}
    for tile, (first, last) in enumerate(tile_rows(folder)):
        people, minutes, weights = read_shares(folder, tile), [], []
        for mode in used:
            times, holds = theme.of_tile(run, tile, first, last, mode)
            for name, part in sums_of_tile(holds, people, communes).items():
                by_mode[mode][name] = by_mode[mode].get(name, 0.0) + part
            weights.append(people._replace(people=to_fixed_point(people.people * shares[mode][people.commune])))
            minutes.append({name: times[name] for name in theme.medians})
            medians[mode].take(tile, weights[-1], minutes[-1])
        of_all.take(tile, *_joined(weights, minutes, last - first))
    return ModeSums(by_mode, medians, of_all)


def _joined(weights: list[PopulationWeights], minutes: list[Columns], places: int) -> tuple[PopulationWeights, Columns]:
    """The people of all modes as if each mode had places of its own, and the minutes of these."""
    place = [own.place + np.int32(number * places) for number, own in enumerate(weights)]
    people = PopulationWeights(
        np.concatenate(place),
        np.concatenate([own.commune for own in weights]),
        np.concatenate([own.people for own in weights]),
    )
    return people, {name: np.concatenate([times[name] for times in minutes]) for name in minutes[0]}


def _access_by_mode(run: Run, shares: Shares, sums: dict[str, ModeSums]) -> pd.DataFrame:
    """One row of the nation and of each commune for every mode."""
    folder = run.stages_folder
    codes = read_attributes(folder / "communes.parquet")["commune_code"].astype(str).to_numpy()
    people = read_sums(folder / "people_sums.npz").sums["people"]
    nation, communes = [], []
    for mode in MODES:
        own = shares[mode] * people
        whole, known = np.nansum(own), people[~np.isnan(own)].sum()
        figures: Columns = {"people_share": shares[mode], "people": own}
        total: Columns = {"people_share": whole / known if known else np.nan, "people": whole}
        for name, summed in sums.items():
            of_communes, of_nation = _figures(name, summed, mode, own, people)
            figures, total = figures | of_communes, total | of_nation
        communes.append(pd.DataFrame({"level": "commune", "commune_code": codes, "mode": mode} | figures))
        nation.append({"level": "nation", "commune_code": "", "mode": mode} | total)
    rows = pd.concat(communes).sort_index(kind="stable")
    names = [name for name in ACCESS_BY_MODE.names if name != "synthetic_layers"]
    return pd.concat([pd.DataFrame(nation), rows], ignore_index=True).reindex(columns=names)


_SERVED = {"delivery": "promise", "payment": "near"}


def _figures(theme: str, sums: ModeSums, mode: str, own: Floats, people: Floats) -> tuple[Columns, Columns]:
    """The columns of a theme in one mode by commune, and of the nation; ``own`` are the people who have the mode."""
    if mode not in sums.by_mode:
        names = [f"{theme}_gap{suffix}_people" for suffix in delivery.SEASON_SUFFIX.values()]
        return dict.fromkeys(names, own), dict.fromkeys(names, np.nansum(own))
    medians = sums.medians[mode]
    communes, nation = dict[str, Any](medians.by_commune), dict[str, Any](medians.national())
    for season, suffix in delivery.SEASON_SUFFIX.items():
        served = sums.by_mode[mode][f"{_SERVED[theme]}_{season}"]
        lacking = share_of(gap_people(people, served), people)
        gap = lacking * own
        name, whole = f"{theme}_gap{suffix}", np.nansum(own)
        communes |= {
            f"{name}_share": np.where(own > 0, lacking, np.nan),
            f"{name}_people": np.where(people > 0, gap, own),
        }
        nation |= {f"{name}_share": np.nansum(gap) / whole if whole > 0 else np.nan, f"{name}_people": np.nansum(gap)}
    return communes, nation


def with_modes(sums: CommuneSums, stages: Path, name: str) -> CommuneSums:
    """Put what holds for everybody, by what people travel with, in the place of what holds by the usual mode.

    Medians by car stay as ``minutes_drive_to_hub…``, for what is driven in any case.
    """
    source = stages / "mode_sums" / f"{name}.npz"
    if not source.is_file():
        return sums
    mixed = read_sums(source)
    driven = {called.replace("_to_hub", "_drive_to_hub"): values for called, values in sums.medians.items()}
    return CommuneSums(sums.sums | mixed.sums, driven | sums.medians | mixed.medians, sums.national | mixed.national)
