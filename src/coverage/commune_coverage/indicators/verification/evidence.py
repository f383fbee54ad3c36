"""Which tests count, what they say of a declared service level, and what cells have of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.verification import Verification

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_NEVER = date.min.toordinal()


def dated(times: Sequence[str], time_zone: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """Read the local day and hour of tests.

    Parameters
    ----------
    times : sequence of str, (tests,)
        ISO 8601; with an offset, or local without one; '' where nothing is known.
    time_zone : str
        Name of the country's.

    Returns
    -------
    day : (tests,) int64
        Proleptic ordinal; that of the year 1 where it is not known.
    hour : (tests,) float64
        Hours of the day; NaN where only the day is known, or not even that.
    """
    zone = ZoneInfo(time_zone)
    day, hour = np.full(len(times), _NEVER, dtype=np.int64), np.full(len(times), np.nan)
    for row, text in enumerate(times):
        if text:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(zone) if moment.tzinfo else moment
            day[row] = moment.toordinal()
            hour[row] = np.nan if len(text) <= len("2026-01-31") else moment.hour + moment.minute / 60
    return day, hour


def count_tests(tests: pd.DataFrame, settings: Verification, today: date) -> pd.DataFrame:
    """Keep the tests that count: mobile, in the hours and of the age of the settings, one a place, device and day.

    Parameters
    ----------
    tests : DataFrame, (tests,)
        The layer ``speed_tests`` with ``day`` and ``hour`` of ``dated``.
    settings : Verification
        The settings.
    today : date
        The day of the run; later tests do not count.

    Returns
    -------
    DataFrame
        The first test of each place, device and day, by operator, technology and environment.

    Notes
    -----
    Repeated tests at one place share shadowing and load, and are no further evidence.
    """
    age = today.toordinal() - tests["day"]
    is_dated, is_timed = tests["day"] > _NEVER, tests["hour"].notna()
    in_hours = tests["hour"].between(settings.first_hour, settings.last_hour)
    counts = (in_hours | ~is_timed & settings.count_undated) & (is_dated & age.between(0, settings.max_age_days))
    counts |= ~is_dated & settings.count_undated
    kept = tests[counts & (tests["network"] == "mobile") & (tests["environment"] != "")]
    place = [np.floor(kept[axis] / settings.place_m).astype(np.int64) for axis in ("x_m", "y_m")]
    kept = kept.assign(place_x=place[0], place_y=place[1])
    same = ["operator", "technology", "environment", "place_x", "place_y", "device", "day"]
    return kept.sort_values(["day", "hour"], kind="stable").drop_duplicates(same).sort_index()


def outcomes(tests: pd.DataFrame, speed_mbps: float, min_level_dbm: float | None) -> tuple[Flags, Flags]:
    """Tell which tests say something of a service level, and which of these failed.

    Parameters
    ----------
    tests : DataFrame, (tests,)
        ``success``, ``download_mbps``, ``rsrp_dbm`` and ``measures_speed``.
    speed_mbps : float
        Declared downlink, Mbps; 0 for a signal of any speed.
    min_level_dbm : float or None
        Level from which there is a signal, where nothing else was measured; None to count no such test.

    Returns
    -------
    is_known, failed : (tests,) bool
        A test that could not be made failed, at every speed where speeds were measured. One that measured none, made or
        not, says nothing of one: else failures alone would count.
    """
    success, down, level = (tests[name].to_numpy(np.float64) for name in ("success", "download_mbps", "rsrp_dbm"))
    could_not = success == 0
    if speed_mbps > 0:
        return could_not & tests["measures_speed"].to_numpy(bool) | ~np.isnan(down), could_not | (down < speed_mbps)
    has_level = ~np.isnan(level) & (min_level_dbm is not None)
    spoken = ~np.isnan(success) | ~np.isnan(down)
    is_weak = has_level & ~spoken & (level < (np.inf if min_level_dbm is None else min_level_dbm))
    return spoken | has_level, could_not | np.isnan(success) & (down <= 0) | is_weak


def sums_by_cell(tests: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Count the tests of cells, and where, when and by what they were made.

    Parameters
    ----------
    tests : DataFrame, (tests,)
        ``keys``, ``failed``, ``place_x``, ``place_y``, ``device``, ``day``, ``hour`` and ``kind``.
    keys : sequence of str
        Columns that name a cell's part.

    Returns
    -------
    DataFrame
        ``keys``, ``tests``, ``failing``, ``places``, ``devices``, ``days``, ``hours_apart`` (between the earliest and
        the latest hour of the day, 0 where none is known), ``last_day`` (ISO, '' where none is) and ``kinds``. Devices
        without a name count as one.
    """
    named = tests.assign(place=tests.groupby(["place_x", "place_y"]).ngroup())
    groups = named.groupby(list(keys), sort=True)
    table = groups.agg(
        tests=("failed", "size"), failing=("failed", "sum"), places=("place", "nunique"),
        devices=("device", "nunique"), days=("day", "nunique"), first_hour=("hour", "min"), last_hour=("hour", "max"),
        last_day=("day", "max"),
        kinds=("kind", lambda kinds: ", ".join(sorted({kind for kind in kinds if kind}))),
    )  # fmt: skip
    apart = (table.pop("last_hour") - table.pop("first_hour")).fillna(0.0)
    last_day = ["" if day <= _NEVER else date.fromordinal(day).isoformat() for day in table["last_day"].tolist()]
    return table.assign(hours_apart=apart.astype(np.float64), last_day=last_day).reset_index()
