"""The same hub or payment point in several files: one stays, surer for having been listed more than once.

Two points of one kind from two files are the same when they are near and nothing in their names speaks against it.
What a file names first stays; independent listings leave a chance of (1 - a)(1 - b) that nothing is there.
"""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.parsing.text import LINE, plain_name

Ints = npt.NDArray[np.int64]

_ALIKE = 0.6
_SAME_SPOT_M = 25.0
_NEAREST = 8
_FILLED = ("point_name", "operator", "opening", "status")
"""What a file leaves empty another says."""


def deduplicate_points(files: list[pd.DataFrame], logs: list[RowLog], within_m: float) -> pd.DataFrame:
    """Merge the points of several files, each thing once.

    Rows that are merged into another file's are quarantined with that file and line.

    Parameters
    ----------
    files : list of DataFrame
        Placed points of each file, with ``x_m`` and ``y_m`` in metres.
    logs : list of RowLog
        One for each file; changed in place.
    within_m : float
        Points of one kind from two files within this distance can be one, metres.

    Returns
    -------
    DataFrame
        (points,) with ``confidence`` of all files together and ``files``, how many list the point.
    """
    merged = files[0].assign(files=1, file=0).reset_index(drop=True)
    for number, frame in enumerate(files[1:], start=1):
        points = frame.assign(files=1, file=number).reset_index(drop=True)
        same = _matches(merged, points, within_m)
        rows, matches = np.array(list(same), dtype=np.int64), np.array(list(same.values()), dtype=np.int64)
        first = merged.iloc[matches]
        shown = [f"{logs[file].file} line {line}" for file, line in zip(first["file"], first[LINE], strict=True)]
        logs[number].set_aside(points[LINE].to_numpy()[rows], Reason.UNITED, shown)
        logs[number].kept -= len(rows)
        merged = _with_matches(merged, matches, points.iloc[rows])
        merged = pd.concat([merged, points.drop(index=list(same))], ignore_index=True)
    return merged


def _matches(first: pd.DataFrame, second: pd.DataFrame, within_m: float) -> dict[int, int]:
    """Row of ``second`` -> row of ``first`` that it is the same as, nearest pairs first, one to one."""
    pairs = []
    for kind, ours in first.groupby("class"):
        theirs = second[second["class"] == kind]
        if len(theirs):
            pairs += _near(ours, theirs, within_m)
    names = [table["point_name"].map(plain_name).tolist() for table in (first, second)]
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for distance_m, row, match in sorted(pairs):
        if row not in matched and match not in taken and _agree(names[0][match], names[1][row], distance_m):
            matched[row] = match
            taken.add(match)
    return matched


def _near(ours: pd.DataFrame, theirs: pd.DataFrame, within_m: float) -> list[tuple[float, int, int]]:
    tree = cKDTree(ours[["x_m", "y_m"]].to_numpy())
    nearest = min(_NEAREST, len(ours))
    distance_m, position = tree.query(theirs[["x_m", "y_m"]].to_numpy(), k=[*range(1, nearest + 1)])
    rows, ranks = np.nonzero(distance_m <= within_m)
    return list(
        zip(
            distance_m[rows, ranks].tolist(),
            theirs.index.to_numpy()[rows].tolist(),
            ours.index.to_numpy()[position[rows, ranks]].tolist(),
            strict=True,
        )
    )


def _agree(first: str, second: str, distance_m: float) -> bool:
    """Whether plain names are alike, or one is missing; side by side, names in two scripts do not matter."""
    if not first or not second or distance_m <= _SAME_SPOT_M:
        return True
    return first in second or second in first or SequenceMatcher(a=first, b=second).ratio() >= _ALIKE


def _with_matches(merged: pd.DataFrame, matches: Ints, others: pd.DataFrame) -> pd.DataFrame:
    """Return ``merged`` with what the points that are the same as its rows ``matches`` add."""
    columns = {name: merged[name].to_numpy(copy=True) for name in ("confidence", "files", "last_seen", *_FILLED)}
    columns["confidence"][matches] = 1 - (1 - columns["confidence"][matches]) * (1 - others["confidence"].to_numpy())
    columns["files"][matches] += 1
    columns["last_seen"][matches] = np.maximum(columns["last_seen"][matches], others["last_seen"].to_numpy())
    for name in _FILLED:
        own = columns[name][matches]
        columns[name][matches] = np.where(own == "", others[name].to_numpy(), own)
    return merged.assign(**columns)
