"""Opening hours as OpenStreetMap writes them, as minutes of a week; the plain forms, and no guess at any other."""

from __future__ import annotations

import re

import numpy as np

from commune_coverage.travel.arrays import Flags

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN
_DAY = f"(?:{'|'.join(DAYS)})"
_DAY_OR_SPAN = rf"(?:{_DAY}(?:\s*-\s*{_DAY})?|PH)"
_SPAN = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_RULE = re.compile(
    rf"(?:(?P<days>{_DAY_OR_SPAN}(?:\s*,\s*{_DAY_OR_SPAN})*)(?:\s+|$))?"
    rf"(?P<hours>off|closed|24/7|{_SPAN}(?:\s*,\s*{_SPAN})*)"
)
_HOLIDAYS = "PH"


def open_minutes(stated: str) -> Flags | None:
    """Parse opening hours as the minutes of a week without public holidays.

    Parameters
    ----------
    stated : str
        Rules parted by ``;``, each of days (``Mo-Fr``, ``Mo,We``, none for all) and of hours, such as
        ``08:00-12:00,13:00-17:00``, over midnight too, ``off`` or ``closed``; or ``24/7``.

    Returns
    -------
    bool[10080] or None
        Whether it is open in each minute from Monday 00:00; None where it is not so written.

    Notes
    -----
    Of the syntax of OpenStreetMap's key ``opening_hours``. A later rule replaces earlier ones on its days; what is
    said of public holidays (``PH``) is not of a usual week and left out. Months, dates, weeks, school holidays, the
    sun, comments, open ends and fallback rules are not understood, nor are hours over midnight in a text of several
    rules, for readers of the syntax differ in what then holds on the day after.
    """
    rules = [_RULE.fullmatch(part.strip()) for part in stated.strip().removesuffix(";").split(";")]
    week = np.zeros((7, 2 * DAY_MIN), dtype=bool)
    for rule in rules:
        day = None if rule is None else _minutes_of_day(rule["hours"])
        if rule is None or day is None or (rule["days"] and rule["hours"] == "24/7"):
            return None
        if len(rules) > 1 and day[DAY_MIN:].any():
            return None
        week[_days_of(rule["days"])] = day
    following = np.roll(week[:, DAY_MIN:], 1, axis=0)
    return np.asarray((week[:, :DAY_MIN] | following).ravel())


def minute_of_week(stated: str) -> int:
    """Parse a time of the week.

    Parameters
    ----------
    stated : str
        Such as ``Sa 10:00``.

    Returns
    -------
    int
        Minutes from Monday 00:00.
    """
    day, time = stated.split()
    hours, minutes = time.split(":")
    return DAYS.index(day) * DAY_MIN + int(hours) * 60 + int(minutes)


def _days_of(stated: str | None) -> list[int]:
    """Numbers of the days of a rule, Monday 0; none of a rule of public holidays alone."""
    if stated is None:
        return [*range(7)]
    found: list[int] = []
    for part in re.split(r"\s*,\s*", stated):
        if part != _HOLIDAYS:
            first, last = (DAYS.index(each.strip()) for each in (part.split("-") * 2)[:2])
            found += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return found


def _minutes_of_day(stated: str) -> Flags | None:
    """Minutes from the day's 00:00 to the end of the next day; None for a time that is none."""
    minutes = np.zeros(2 * DAY_MIN, dtype=bool)
    if stated in ("off", "closed"):
        return minutes
    for span in re.findall(_SPAN, "00:00-24:00" if stated == "24/7" else stated):
        start, end = (int(hour) * 60 + int(minute) for hour, minute in re.findall(r"(\d+):(\d+)", span))
        is_time = all(int(minute) < 60 for minute in re.findall(r":(\d+)", span))
        if not is_time or start >= DAY_MIN or end > DAY_MIN or start == end:
            return None
        minutes[start : end if end > start else end + DAY_MIN] = True
    return minutes
