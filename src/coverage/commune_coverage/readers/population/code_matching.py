"""Population rows of one code vintage placed on boundaries of another, only where that is certain.

A row is matched, in this order of trust:

1. by code: a commune has the row's code;
2. by villages: most points that carry the row's code lie in one commune that no row has by code;
3. by name: exactly one commune without a row, in the row's province, has the row's name,
   and no other unplaced row there shares it.

What is left is reported with the people it holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import OUTSIDE
from commune_coverage.readers.parsing.text import plain_name

CERTAIN_SHARE = 2 / 3


@dataclass
class CodeMatches:
    """Commune position of each table row (OUTSIDE when unplaced) and how it was matched."""

    commune: npt.NDArray[np.int64]
    how: list[str]
    people: dict[str, float] = field(default_factory=dict)


def match_codes(
    table: pd.DataFrame, communes: gpd.GeoDataFrame, point_code: pd.Series, point_commune: npt.NDArray[np.int64]
) -> CodeMatches:
    """Match each row of a table to a commune, only where that is certain.

    Communes without a shape take nobody: there is nowhere to put people.

    Parameters
    ----------
    table : DataFrame
        (rows,) ``commune_code``, ``people`` and perhaps ``commune_name``.
    communes : GeoDataFrame
        (communes,) in code order.
    point_code : Series
        (points,) commune code that each point states.
    point_commune : ndarray of int64
        (points,) position of the commune that it lies in, or OUTSIDE.

    Returns
    -------
    CodeMatches
        The commune of each row and how it was matched.
    """
    has_shape = ~(communes.geometry.isna() | communes.geometry.is_empty).to_numpy()
    position = {code: row for row, code in enumerate(communes["commune_code"]) if has_shape[row]}
    commune = np.array([position.get(code, OUTSIDE) for code in table["commune_code"]], dtype=np.int64)
    how = ["code" if row != OUTSIDE else "" for row in commune]
    free = set(np.flatnonzero(has_shape).tolist()) - set(commune.tolist())
    unplaced = np.flatnonzero(commune == OUTSIDE)
    villages = _by_villages(table, unplaced, point_code, point_commune, free)
    names = _by_name(table, unplaced, communes, free)
    for row in unplaced.tolist():
        target, method = (villages[row], "villages") if row in villages else (names.get(row, OUTSIDE), "name")
        if target != OUTSIDE:
            commune[row], how[row] = target, method
    held = table["people"].groupby(pd.Series([method or "unplaced" for method in how], index=table.index)).sum()
    return CodeMatches(commune, how, {str(method): float(people) for method, people in held.items()})


def _by_villages(
    table: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    point_code: pd.Series,
    point_commune: npt.NDArray[np.int64],
    free: set[int],
) -> dict[int, int]:
    lying = pd.DataFrame({"code": point_code.to_numpy(), "commune": point_commune})
    counts = lying[lying["commune"] != OUTSIDE].groupby("code")["commune"].agg(Counter)
    matches = {}
    for row in rows.tolist():
        votes = counts.get(table["commune_code"].iloc[row], Counter())
        if votes:
            commune, most = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
            if commune in free and most >= CERTAIN_SHARE * sum(votes.values()):
                matches[row] = int(commune)
    return matches


def _by_name(
    table: pd.DataFrame, rows: npt.NDArray[np.int64], communes: gpd.GeoDataFrame, free: set[int]
) -> dict[int, int]:
    if "commune_name" not in table:
        return {}
    digits = communes["province_code"].str.len().max()
    wanted = {
        row: (table["commune_code"].iloc[row][:digits], plain_name(table["commune_name"].iloc[row]))
        for row in rows.tolist()
    }
    wanted_by = Counter(wanted.values())
    free_by_name: dict[tuple[str, str], list[int]] = {}
    for commune in sorted(free):
        key = (communes["province_code"].iloc[commune], plain_name(communes["commune_name"].iloc[commune]))
        free_by_name.setdefault(key, []).append(commune)
    return {
        row: free_by_name[key][0]
        for row, key in wanted.items()
        if key[1] and wanted_by[key] == 1 and len(free_by_name.get(key, [])) == 1
    }


def rows_of_points(
    table: pd.DataFrame, matched: CodeMatches, point_code: pd.Series, point_commune: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Assign points to the table rows whose people they share.

    A point belongs to the row matched to the commune it lies in; in a commune without a row (one split off since) to
    the row that its own code names.

    Parameters
    ----------
    table : DataFrame
        (rows,) ``commune_code`` and ``people``.
    matched : CodeMatches
        The commune of each row.
    point_code : Series
        (points,) commune code that each point states.
    point_commune : ndarray of int64
        (points,) position of the commune that it lies in, or OUTSIDE.

    Returns
    -------
    ndarray of int64
        (points,) position of the table row, or OUTSIDE.
    """
    row_of_commune = {int(commune): row for row, commune in enumerate(matched.commune.tolist()) if commune != OUTSIDE}
    row_of_code = {code: row for row, code in enumerate(table["commune_code"]) if matched.commune[row] != OUTSIDE}
    return np.array(
        [
            row_of_commune.get(commune, row_of_code.get(code, OUTSIDE)) if commune != OUTSIDE else OUTSIDE
            for code, commune in zip(point_code.tolist(), point_commune.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def report_matches(table: pd.DataFrame, matched: CodeMatches, communes: gpd.GeoDataFrame, log: RowLog) -> None:
    """Note in the log how many rows and people each method matched.

    Parameters
    ----------
    table : DataFrame
        (rows,) ``commune_code``, ``people`` and perhaps ``commune_name``.
    matched : CodeMatches
        The commune of each row.
    communes : GeoDataFrame
        (communes,) in code order.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    """
    counts = Counter(method or "unplaced" for method in matched.how)
    for method in ("code", "villages", "name"):
        if counts[method]:
            log.note(f"{counts[method]:,} rows with {matched.people[method]:,.0f} people placed by {method}")
    if counts["unplaced"]:
        held = matched.people["unplaced"]
        log.note(f"{counts['unplaced']:,} rows with {held:,.0f} people could not be placed with certainty")
    renamed = _renamed(table, matched, communes)
    if renamed:
        log.note(f"{len(renamed)} rows placed by code carry another name than the boundary: {', '.join(renamed)}")


def _renamed(table: pd.DataFrame, matched: CodeMatches, communes: gpd.GeoDataFrame) -> list[str]:
    if "commune_name" not in table:
        return []
    pairs = zip(table["commune_code"], table["commune_name"], matched.commune.tolist(), matched.how, strict=True)
    return [
        f"{code} ({name} / {communes['commune_name'].iloc[commune]})"
        for code, name, commune, method in pairs
        if method == "code" and plain_name(name) != plain_name(communes["commune_name"].iloc[commune])
    ]
