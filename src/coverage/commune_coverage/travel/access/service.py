"""Which hubs and payment points serve people: those that work, and that are open when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from commune_coverage.config.travel import Travel
from commune_coverage.travel.access.opening_hours import minute_of_week, open_minutes
from commune_coverage.travel.arrays import Flags

COLUMNS = ("is_active", "is_open", "open_hours_per_week")


def service_of(points: pd.DataFrame, settings: Travel) -> pd.DataFrame:
    """Tell which points serve people.

    Parameters
    ----------
    points : DataFrame
        (points,) ``opening`` in OpenStreetMap's syntax, ``status`` ('inactive' or not), ``last_seen`` (ISO day); ''
        where it is not known.
    settings : Travel
        The ``[travel]`` section: ``inactive_after_days``, ``open_at``, ``open_hours_per_week_at_least``.

    Returns
    -------
    DataFrame
        (points,) ``is_active``, ``is_open`` (where no hours are stated or understood too) and ``open_hours_per_week``,
        NaN where they are not known.

    Notes
    -----
    Days are counted back from the last on which any of the points was seen: how old the layer is makes none inactive.
    """
    weeks = {text: open_minutes(text) if text.strip() else None for text in points["opening"].unique()}
    hours = points["opening"].map({text: np.nan if week is None else week.sum() / 60 for text, week in weeks.items()})
    is_open = {text: week is None or _is_open(week, settings) for text, week in weeks.items()}
    return pd.DataFrame(
        {
            "is_active": _active(points, settings),
            "is_open": points["opening"].map(is_open).to_numpy(dtype=bool),
            "open_hours_per_week": hours.to_numpy(dtype=np.float64),
        }
    )


def _is_open(week: Flags, settings: Travel) -> bool:
    at, hours = settings.open_at, settings.open_hours_per_week_at_least
    then = at is None or bool(week[minute_of_week(at)])
    return then and (hours is None or bool(week.sum() / 60 >= hours))


def _active(points: pd.DataFrame, settings: Travel) -> Flags:
    stated = points["status"].ne("inactive").to_numpy(dtype=bool)
    seen = points["last_seen"].to_numpy(dtype=object)
    newest = max(seen, default="")
    if settings.inactive_after_days is None or not newest:
        return stated
    oldest = (date.fromisoformat(newest) - timedelta(days=settings.inactive_after_days)).isoformat()
    return np.asarray(stated & ((seen == "") | (seen >= oldest)), dtype=bool)


def service_sentences(points: pd.DataFrame, service: pd.DataFrame, settings: Travel) -> Sequence[tuple[str, str]]:
    """Say what is assumed of the service of points, where anything is stated or asked for.

    Parameters
    ----------
    points : DataFrame
        As for `service_of`.
    service : DataFrame
        Its result.
    settings : Travel
        The ``[travel]`` section.

    Returns
    -------
    sequence of (str, str)
        What is assumed, and its value: how many points it concerns.
    """
    said: list[tuple[str, str]] = []
    inactive = int(points["status"].eq("inactive").sum())
    if inactive:
        said.append(("stated to be inactive, serve nobody", _of(inactive, points)))
    if settings.inactive_after_days is not None:
        unseen = int((~service["is_active"]).sum()) - inactive
        newest = max(points["last_seen"], default="") or "no day"
        since = f"not seen in the {settings.inactive_after_days} days before {newest}, serve nobody"
        said.append((since, _of(unseen, points)))
        said.append(("no day last seen, count as active", _of(int(points["last_seen"].eq("").sum()), points)))
    return said + _of_hours(points, service, settings)


def _of_hours(points: pd.DataFrame, service: pd.DataFrame, settings: Travel) -> list[tuple[str, str]]:
    asked = []
    if settings.open_at is not None:
        asked.append(f"on {settings.open_at}")
    if settings.open_hours_per_week_at_least is not None:
        asked.append(f"{settings.open_hours_per_week_at_least:g} hours a week at least")
    if not asked:
        return []
    silent = points["opening"].str.strip().eq("")
    strange = int((~silent & service["open_hours_per_week"].isna()).sum())
    return [
        (f"only what is open {' and '.join(asked)}", f"{_of(int((~service['is_open']).sum()), points)} are not"),
        ("no hours stated, count as open", _of(int(silent.sum()), points)),
        ("hours not understood, count as open", _of(strange, points)),
    ]


def _of(some: int, points: pd.DataFrame) -> str:
    return f"{some:,} of {len(points):,}"
