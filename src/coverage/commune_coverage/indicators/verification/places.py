"""Squares of 100 m in which somebody tested: what tests say there beside what is declared and what the model says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

PLACE = ["place_x", "place_y"]
"""Column and row of a square, counted from the origin of the country's plane."""
_AGREEMENT = ("declared_agreement_share", "modelled_agreement_share")


def summarise_places(tests: pd.DataFrame, living: pd.DataFrame, *, is_modelled: bool) -> pd.DataFrame:
    """List the squares with tests of what an operator declares, their declared and their other part.

    Parameters
    ----------
    tests : DataFrame, (tests,)
        Tests that say something of it: ``place_x``, ``place_y``, ``declared``, ``failed`` and ``device``.
    living : DataFrame
        ``place_x``, ``place_y``, ``people`` and ``modelled_people`` (whom the model covers) of squares where people
        live; others may be left out.
    is_modelled : bool
        Whether the model says anything of what is declared.

    Returns
    -------
    DataFrame
        One row a square and part, at most as many as there are tests: ``tests``, ``passed_share``, ``devices``,
        ``people``, ``modelled_share`` (NaN where nobody lives or the model says nothing), and the shares of tests that
        say what is declared and what is modelled: where a part of the people is covered, as many tests are expected
        to pass.

    Notes
    -----
    A square has a few tests, which decide nothing: there is no verdict.
    """
    keys = [*PLACE, "declared"]
    groups = tests.assign(passed=~tests["failed"]).groupby(keys, sort=True)
    table = groups.agg(tests=("passed", "size"), passed=("passed", "sum"), devices=("device", "nunique")).reset_index()
    table = table.merge(living, how="left", on=PLACE).fillna({"people": 0.0, "modelled_people": 0.0})
    passed = table["passed"].to_numpy(np.float64) / table["tests"].to_numpy()
    people = table["people"].to_numpy(np.float64)
    known = (people > 0) & is_modelled
    modelled = np.divide(table["modelled_people"], people, out=np.full(len(table), np.nan), where=known)
    agreement = (_agreement(passed, table["declared"].to_numpy(np.float64)), _agreement(passed, modelled))
    figures = {"passed_share": passed, "modelled_share": modelled} | dict(zip(_AGREEMENT, agreement, strict=True))
    return table.drop(columns=["passed", "modelled_people"]).assign(**figures)


def _agreement(passed: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One less the difference between shares of passed tests that are found and expected."""
    return np.asarray(1.0 - np.abs(passed - expected))
