"""A raster of declared coverage, recognised: whose and of which technology by its name, which cells by their values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from commune_coverage.core.quarantine import printable
from commune_coverage.readers.towers.technologies import TECHNOLOGY_WORDS

_NO_WORD = re.compile(r"[\W_]+")
_OUTSIDE = 0.0
"""The value that cells without coverage usually have."""
_LEVELS_DBM = (-160.0, -30.0)


def technology_of(path: Path) -> str:
    """Find the technology in a file's name: '4g' of ``One_LTE_2026.tif``.

    Parameters
    ----------
    path : Path
        The upload.

    Returns
    -------
    str
        '' where the name has none, or several.
    """
    words = _NO_WORD.split(path.stem.lower())
    found = {TECHNOLOGY_WORDS[word] for word in words if word in TECHNOLOGY_WORDS}
    return found.pop() if len(found) == 1 else ""


def operator_of(path: Path, operators: Iterable[str]) -> str:
    """Find the operator in a file's name, by the names of the country file.

    Parameters
    ----------
    path : Path
        The upload.
    operators : iterable of str
        Names of operators.

    Returns
    -------
    str
        '' where the name has none, or several.
    """
    name = f" {_NO_WORD.sub(' ', path.stem.lower()).strip()} "
    found = [one for one in operators if f" {_NO_WORD.sub(' ', one.lower()).strip()} " in name]
    return found[0] if len(found) == 1 else ""


def keys_of_coverage(
    path: Path, operators: Iterable[str], values: npt.NDArray[np.float64]
) -> tuple[dict[str, object], list[str], list[str]]:
    """Tell what the section of a raster of declared coverage needs.

    Parameters
    ----------
    path : Path
        The upload.
    operators : iterable of str
        Names of operators.
    values : (cells,) float64
        Values of a sample of its cells, without those that have none.

    Returns
    -------
    tuple
        Keys that are known; lines to be completed for those that are not; sentences.
    """
    keys: dict[str, object] = {}
    questions, told = [], []
    stated = {"operator": operator_of(path, operators), "technology": technology_of(path)}
    for name, found in stated.items():
        if found:
            keys[name] = found
            told.append(f"By its name it is of the {name} {printable(found, 60)}.")
        else:
            questions.append(f'{name} = "…"')
            told.append(f"Not recognised, and needed: {name}.")
    covered = np.setdiff1d(np.unique(values), [_OUTSIDE])
    if len(covered) == 1 and not _are_levels(covered):
        keys["values"] = [int(covered[0]) if covered[0] == int(covered[0]) else float(covered[0])]
        told.append(f"Its cells hold {covered[0]:g} or nothing: {covered[0]:g} is taken for covered.")
    else:
        kind = "levels in dBm" if _are_levels(covered) else "several values"
        told.append(f"Its cells hold {kind}: say from which on (min_value), or with which (values), one is covered.")
        questions.append("min_value = …")
    return keys, questions, told


def _are_levels(values: npt.NDArray[np.float64]) -> bool:
    return bool(len(values)) and bool(((values >= _LEVELS_DBM[0]) & (values <= _LEVELS_DBM[1])).all())
