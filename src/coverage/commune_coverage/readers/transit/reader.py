"""Timetables of buses by the General Transit Feed Specification (GTFS)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import GtfsLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea, split_by_area
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.readers.parsing.validation import drop_duplicates, rows_where
from commune_coverage.readers.transit.archive import read_members
from commune_coverage.readers.transit.timetable import CALLS, Window, busiest_day, lines_of

REACH_M = 10_000.0
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def read_gtfs(layer: GtfsLayer, context: ReadContext) -> ReadResult:
    """Read a timetable at the hour that the layer names, on the day of that name on which most trips run.

    Parameters
    ----------
    layer : GtfsLayer
        A zip archive with ``stops.txt``, ``trips.txt``, ``stop_times.txt`` and ``calendar.txt`` or
        ``calendar_dates.txt``; ``frequencies.txt`` where there is one.
    context : ReadContext
        Without an area the rows are checked, and no line is made.

    Returns
    -------
    ReadResult
        Tables ``gtfs``: (stops,) in the country or 10 km around it with ``x_m`` and ``y_m``; ``gtfs_calls``: (calls,)
        as of ``lines_of``.

    Raises
    ------
    UnreadableFileError
        When the archive is damaged, or lacks a member that is needed.
    UnsafeArchiveError
        When it would leave its folder or unpack to far more than it should.
    MissingColumnError
        When a member lacks a column.
    """
    tables, logs = read_members(layer)
    stops = drop_duplicates(tables["stops"], ["stop_id"], logs["stops"])
    tables["stop_times"] = _known(tables["stop_times"], tables["trips"], stops, logs["stop_times"])
    stops = _placed(stops, context.area, logs["stops"])
    for name, log in logs.items():
        if name != "stops":
            log.kept = len(tables[name])
    listed = list(logs.values())
    row = pd.Series(np.arange(len(stops)), index=stops["stop_id"])
    found = busiest_day(tables, _DAYS.index(layer.at[:2])) if context.area is not None else None
    if found is None:
        calls = pd.DataFrame({name: pd.Series(dtype=np.float64) for name in CALLS})
        return ReadResult({"gtfs": stops, "gtfs_calls": calls}, listed, {"lines": 0})
    day, services = found
    start_min = int(layer.at[3:5]) * 60 + int(layer.at[6:8])
    calls = lines_of(tables, services, row, Window(start_min, start_min + layer.within_min))
    lines = int(calls["line"].nunique())
    value = f"{lines:,} lines between {len(stops):,} stops, {day} in the {layer.within_min} min from {layer.at[3:]}"
    assumed = Assumption("delivery", "bus timetable", value, "", layer.title or layer.path.name)
    return ReadResult({"gtfs": stops, "gtfs_calls": calls}, listed, {"lines": lines}, assumptions=[assumed])


def _known(calls: pd.DataFrame, trips: pd.DataFrame, stops: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Calls of trips and at stops that the archive has."""
    for name, known in (("trip_id", trips), ("stop_id", stops)):
        calls = rows_where(calls, calls[name].isin(known[name]), Reason.UNKNOWN_REFERENCE, name, log)
    return calls


def _placed(stops: pd.DataFrame, area: StudyArea | None, log: RowLog) -> pd.DataFrame:
    if area is None:
        log.kept = len(stops)
        return stops[["stop_id", "lon", "lat"]].reset_index(drop=True)
    placed = split_by_area(stops, area, REACH_M, log)
    x_m, y_m = area.to_metric(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return placed.assign(x_m=x_m, y_m=y_m)[["stop_id", "lon", "lat", "x_m", "y_m"]].reset_index(drop=True)
