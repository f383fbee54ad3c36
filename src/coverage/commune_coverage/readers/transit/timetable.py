"""A timetable at one hour of one day: lines of stops with waits and rides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.schema.gtfs import WEEKDAYS

Floats = npt.NDArray[np.float64]
Tables = dict[str, pd.DataFrame]


class Window(NamedTuple):
    """From when until when departures count, minutes after midnight of the service day."""

    start_min: float
    end_min: float


def busiest_day(tables: Tables, weekday: int) -> tuple[date, set[str]] | None:
    """Find the day on which most trips run among those that are such a weekday.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``trips`` and ``calendar`` or ``calendar_dates``.
    weekday : int
        0 is Monday.

    Returns
    -------
    tuple of date and set of str, or None
        The day, the earliest of equals, and the services that run on it; None where no trip runs on any.
    """
    trips = tables["trips"]["service_id"].value_counts()
    calendar, otherwise = _calendar(tables, weekday), _exceptions(tables, weekday)
    days = sorted({first for _, first, _ in calendar} | {day for _, day, _ in otherwise})
    best: tuple[int, date, set[str]] | None = None
    for day in days:
        running = {service for service, first, last in calendar if first <= day <= last}
        running -= {service for service, own, kind in otherwise if own == day and kind == 2}
        running |= {service for service, own, kind in otherwise if own == day and kind == 1}
        count = int(trips.reindex(list(running)).sum())
        if count and (best is None or count > best[0]):
            best = count, day, running
    return None if best is None else best[1:]


def _calendar(tables: Tables, weekday: int) -> list[tuple[str, date, date]]:
    """Services of that weekday, with the first such day of each and its last day."""
    if "calendar" not in tables:
        return []
    rows = tables["calendar"]
    rows = rows[rows[WEEKDAYS[weekday]] == 1]
    spans = zip(rows["service_id"], rows["start_date"].map(_day), rows["end_date"].map(_day), strict=True)
    found = []
    for service, start, end in spans:
        if start is not None and end is not None:
            found.append((str(service), start + timedelta(days=(weekday - start.weekday()) % 7), end))
    return [(service, first, last) for service, first, last in found if first <= last]


def _exceptions(tables: Tables, weekday: int) -> list[tuple[str, date, int]]:
    if "calendar_dates" not in tables:
        return []
    rows = tables["calendar_dates"]
    listed = zip(rows["service_id"], rows["date"].map(_day), rows["exception_type"], strict=True)
    return [(str(service), day, int(kind)) for service, day, kind in listed if day and day.weekday() == weekday]


def _day(text: object) -> date | None:
    try:
        return date(int(str(text)[:4]), int(str(text)[4:6]), int(str(text)[6:8]))
    except ValueError:
        return None


CALLS = ("line", "stop", "wait_min", "ride_min", "arrive_min")


def lines_of(tables: Tables, services: Collection[str], stops: pd.Series, window: Window) -> pd.DataFrame:
    """Make lines of the trips of some services that depart within a window anywhere.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``trips``, ``stop_times`` and, where there is one, ``frequencies``.
    services : collection of str
        Services that run.
    stops : Series of int
        Row of each stop by its name; calls at others are left out.
    window : Window
        When departures count.

    Returns
    -------
    DataFrame
        One row a call, those of a line in order: ``line``, ``stop`` (row), ``wait_min`` (half of the window over its
        departures, inf without any), ``ride_min`` to the next departure and ``arrive_min`` to the next arrival, means
        over the trips, min, NaN at the last stop.

    Notes
    -----
    A line is a route with one order of stops. Times that a trip leaves open lie evenly between those that it states.
    """
    calls = _timed_calls(tables, services, stops)
    calls["departures"] = _departures(calls, tables.get("frequencies"), window)
    calls = calls[calls.groupby("trip_id")["departures"].transform("sum") > 0]
    if calls.empty:
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in CALLS})
    calls = calls.assign(position=calls.groupby("trip_id").cumcount())
    order = calls.groupby("trip_id").agg(route=("route_id", "first"), stops=("stop", tuple))
    keys = order["route"].astype(str) + " " + order["stops"].astype(str)
    line = keys.map({key: number for number, key in enumerate(sorted(keys.unique()))})
    calls = calls.assign(line=calls["trip_id"].map(line))
    following = calls.groupby("trip_id")[["arrival", "departure"]].shift(-1)
    calls["ride_min"] = following["departure"] - calls["departure"]
    calls["arrive_min"] = following["arrival"] - calls["departure"]
    grouped = calls.groupby(["line", "position"])
    found = grouped.agg(stop=("stop", "first"), departures=("departures", "sum"))
    found[["ride_min", "arrive_min"]] = grouped[["ride_min", "arrive_min"]].mean()
    long_min = window.end_min - window.start_min
    found["wait_min"] = np.where(
        found["departures"] > 0, long_min / found["departures"].where(lambda n: n > 0) / 2, np.inf
    )
    return found.reset_index()[list(CALLS)]


def _timed_calls(tables: Tables, services: Collection[str], stops: pd.Series) -> pd.DataFrame:
    """Calls of the trips that run at stops that are known, in order, each with its times."""
    trips = tables["trips"][tables["trips"]["service_id"].isin(services)].drop_duplicates("trip_id")
    calls = tables["stop_times"].merge(trips[["trip_id", "route_id"]], on="trip_id")
    calls = calls.sort_values(["trip_id", "stop_sequence"], kind="stable").reset_index(drop=True)
    arrival = calls["arrival_time"].fillna(calls["departure_time"])
    departure = calls["departure_time"].fillna(calls["arrival_time"])
    first, last = (~calls["trip_id"].duplicated(keep=keep) for keep in ("first", "last"))
    is_open = departure.isna() & (first | last)
    whole = ~calls["trip_id"].isin(calls.loc[is_open, "trip_id"])
    calls = calls.assign(arrival=_filled(arrival[whole]), departure=_filled(departure[whole]))
    offset = calls["departure"] - calls.groupby("trip_id")["departure"].transform("first")
    calls = calls.assign(offset=offset, stop=calls["stop_id"].map(stops))
    return calls[whole & calls["stop"].notna()].astype({"stop": np.int64})


def _filled(minutes: pd.Series) -> pd.Series:
    """Times between those that are known; the first and last of every trip are."""
    known, place = minutes.notna().to_numpy(), np.arange(len(minutes))
    if not known.any():
        return minutes
    return pd.Series(np.interp(place, place[known], minutes.to_numpy()[known]), index=minutes.index)


def _departures(calls: pd.DataFrame, frequencies: pd.DataFrame | None, window: Window) -> Floats:
    """How many departures of a call's trip lie in the window; of a trip that repeats, by its headways."""
    departure = calls["departure"].to_numpy()
    count = ((departure >= window.start_min) & (departure < window.end_min)).astype(np.float64)
    if frequencies is None or frequencies.empty:
        return count
    each = calls[["trip_id", "offset"]].assign(call=np.arange(len(calls))).merge(frequencies, on="trip_id")
    begin = np.maximum(each["start_time"] + each["offset"], window.start_min)
    end = np.minimum(each["end_time"] + each["offset"], window.end_min)
    own = np.bincount(each["call"], np.maximum(end - begin, 0.0) / (each["headway_secs"] / 60), len(calls))
    repeats = calls["trip_id"].isin(frequencies["trip_id"]).to_numpy()
    return np.where(repeats, own, count)
