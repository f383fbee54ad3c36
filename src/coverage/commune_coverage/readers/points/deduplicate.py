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
from commune_coverage.readers.formats.vector import LINE
from commune_coverage.readers.population.code_matching import plain_name

Ints = npt.NDArray[np.int64]

_ALIKE = 0.6
_BESIDE_M = 25.0
_NEAREST = 8


def deduplicate_points(files: list[pd.DataFrame], logs: list[RowLog], within_m: float) -> pd.DataFrame:
    """All points of the files, each thing once, with ``confidence`` and ``files`` (how many list it).

    Rows that are united with another file's are set aside with that file and line, and are no longer kept.
    """
    united = files[0].assign(files=1, file=0).reset_index(drop=True)
    for number, found in enumerate(files[1:], start=1):
        points = found.assign(files=1, file=number).reset_index(drop=True)
        same = _matches(united, points, within_m)
        rows, matches = np.array(list(same), dtype=np.int64), np.array(list(same.values()), dtype=np.int64)
        first = united.iloc[matches]
        shown = [f"{logs[file].file} line {line}" for file, line in zip(first["file"], first[LINE], strict=True)]
        logs[number].set_aside(points[LINE].to_numpy()[rows], Reason.UNITED, shown)
        logs[number].kept -= len(rows)
        merged = _merged(united, matches, points.iloc[rows])
        united = pd.concat([merged, points.drop(index=list(same))], ignore_index=True)
    return united


def _matches(first: pd.DataFrame, second: pd.DataFrame, within_m: float) -> dict[int, int]:
    """Row of ``second`` -> row of ``first`` that it is the same as, nearest pairs first, one to one."""
    pairs = []
    for kind, ours in first.groupby("class"):
        theirs = second[second["class"] == kind]
        if len(theirs):
            pairs += _near(ours, theirs, within_m)
    names = [table["point_name"].map(plain_name).tolist() for table in (first, second)]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for distance_m, row, match in sorted(pairs):
        if row not in found and match not in taken and _agree(names[0][match], names[1][row], distance_m):
            found[row] = match
            taken.add(match)
    return found


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
    if not first or not second or distance_m <= _BESIDE_M:
        return True
    return first in second or second in first or SequenceMatcher(a=first, b=second).ratio() >= _ALIKE


def _merged(united: pd.DataFrame, matches: Ints, others: pd.DataFrame) -> pd.DataFrame:
    """``united`` with what the points that are the same as its rows ``matches`` add."""
    columns = {name: united[name].to_numpy(copy=True) for name in ("confidence", "files", "point_name", "operator")}
    columns["confidence"][matches] = 1 - (1 - columns["confidence"][matches]) * (1 - others["confidence"].to_numpy())
    columns["files"][matches] += 1
    for name in ("point_name", "operator"):
        own = columns[name][matches]
        columns[name][matches] = np.where(own == "", others[name].to_numpy(), own)
    return united.assign(**columns)
