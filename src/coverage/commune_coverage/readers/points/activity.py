"""Whether a hub or payment point works, as its row states it, and when somebody last saw it work."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.columns.words import month_of, works
from commune_coverage.readers.parsing.dates import epoch_seconds
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import LINE

INACTIVE, ACTIVE, UNKNOWN = "inactive", "active", ""
_CALLED = {None: UNKNOWN, True: ACTIVE, False: INACTIVE}


def with_activity(points: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Read the columns ``status`` and ``last_seen`` of points.

    Parameters
    ----------
    points : DataFrame
        (points,) text; either column may be missing.
    log : RowLog
        The file's; takes notes of what is inactive and of what is not understood, which changes nothing.

    Returns
    -------
    DataFrame
        ``points`` with ``status`` ('active', 'inactive', '' where it is not known) and ``last_seen`` (ISO day, '' where
        it is not known).
    """
    return points.assign(status=_statuses(points, log), last_seen=_days(points, log))


def _statuses(points: pd.DataFrame, log: RowLog) -> pd.Series | str:
    if "status" not in points:
        return UNKNOWN
    words = points["status"].astype(str).mask(is_missing(points["status"]), "")
    working = {text: works(text) if text else None for text in words.unique()}
    unknown = sorted(text for text, found in working.items() if text and found is None)
    rows = int(words.isin(unknown).sum())
    if rows:
        shown = ", ".join(f"'{printable(text, 40)}'" for text in unknown[:5])
        log.note(f"{log.file}: {rows:,} rows state a status that is not understood ({shown}); they count as active")
    stated = words.map({text: _CALLED[found] for text, found in working.items()})
    inactive = int(stated.eq(INACTIVE).sum())
    if inactive:
        log.note(f"{log.file}: {inactive:,} rows are stated to be inactive; they stay in the table")
    return stated


def _days(points: pd.DataFrame, log: RowLog) -> pd.Series | str:
    if "last_seen" not in points:
        return ""
    seconds, _ = epoch_seconds(points["last_seen"], month_of)
    lost = np.isnan(seconds) & ~is_missing(points["last_seen"])
    if lost.any():
        log.blank("last_seen", Reason.NOT_A_DATE, points[LINE].to_numpy()[lost], list(points["last_seen"][lost]))
    days = pd.Series(pd.to_datetime(seconds, unit="s"), index=points.index).dt.strftime("%Y-%m-%d")
    return days.fillna("").astype(object)
