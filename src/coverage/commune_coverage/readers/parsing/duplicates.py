"""Which rows repeat the key of an earlier one, in time that grows with the rows only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.readers.parsing.numbers import is_missing, plain_numbers

_MIX = np.uint64(0x9E3779B97F4A7C15)


def repeats(frame: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.bool_]:
    """Rows whose whole key an earlier row has; a row that lacks a part of its key repeats nothing."""
    mixed = np.zeros(len(frame), dtype=np.uint64)
    for key in keys:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX + _numbers(frame[key])
    repeated = np.zeros(len(frame), dtype=bool)
    # Keys that mix to the same number are nearly always the same; only these few are compared as they are.
    alike = np.flatnonzero(pd.Series(mixed).duplicated(keep=False))
    candidates = frame.iloc[alike][keys]
    if len(candidates):
        whole = ~np.logical_or.reduce([is_missing(candidates[key]) for key in keys])
        repeated[alike[whole]] = candidates[whole].duplicated().to_numpy()
    return repeated


def _numbers(values: pd.Series) -> npt.NDArray[np.uint64]:
    """A number for each value, the same for the same."""
    plain = plain_numbers(values)
    if plain is None:
        return pd.factorize(values)[0].astype(np.uint64)
    return plain.view(np.uint64)
