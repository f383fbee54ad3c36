"""Verdicts of single cells: whether tests agree with what is declared there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from commune_coverage.config.verification import Verification
from commune_coverage.schema.verification import AGREES, OVERSTATED, UNDECIDED, UNDERSTATED

Flags = npt.NDArray[np.bool_]
Columns: TypeAlias = pd.DataFrame | Mapping[str, npt.NDArray[Any]]


class Decided(NamedTuple):
    """What tests say of cells: (n,) covered, not covered; neither where they do not say."""

    is_covered: Flags
    is_uncovered: Flags


def has_enough(sides: Columns, settings: Verification) -> Flags:
    """Whether tests are many enough, from enough places, devices, days and hours.

    Parameters
    ----------
    sides : DataFrame or columns by name, (n,)
        ``tests``, ``places``, ``devices``, ``days`` and ``hours_apart`` of each cell's part.
    settings : Verification
        The limits.

    Returns
    -------
    (n,) bool
    """
    limits = {name: getattr(settings, f"min_{name}") for name in ("tests", "places", "devices", "days", "hours_apart")}
    return np.logical_and.reduce([np.asarray(sides[name]) >= limit for name, limit in limits.items()])


def decide_cells(sides: Columns, settings: Verification) -> Decided:
    """Decide whether cells are covered, by the exact binomial test.

    Parameters
    ----------
    sides : DataFrame or columns by name, (n,)
        What ``has_enough`` needs, and ``failing``, the tests that failed.
    settings : Verification
        Shares, ``alpha`` and ``power``.

    Returns
    -------
    Decided
        Not covered where it can be rejected, at ``alpha``, that no more than the accepted share fails, and enough tests
        failed. Covered where that cannot be rejected, and with as few failing tests it can be, at 1 - ``power``, that
        the rejected share fails.
    """
    tests, failing = (np.asarray(sides[name], dtype=np.int64) for name in ("tests", "failing"))
    is_enough = has_enough(sides, settings)
    fails = stats.binom.sf(failing - 1, tests, settings.accepted_failing_share) <= settings.alpha
    passes = stats.binom.cdf(failing, tests, settings.rejected_failing_share) <= 1 - settings.power
    is_uncovered = is_enough & fails & (failing >= settings.min_failing_tests)
    return Decided(is_enough & ~fails & passes, is_uncovered)


def judge_cells(sides: Columns, settings: Verification) -> npt.NDArray[np.object_]:
    """Hold what is declared against what tests say of cells.

    Parameters
    ----------
    sides : DataFrame or columns by name, (n,)
        What ``decide_cells`` needs, and ``declared``: whether the part is declared as covered.
    settings : Verification
        The settings.

    Returns
    -------
    (n,) object
        One of ``CELL_VERDICTS``.
    """
    declared, (is_covered, is_uncovered) = np.asarray(sides["declared"], dtype=bool), decide_cells(sides, settings)
    choices = [declared & is_uncovered, ~declared & is_covered, is_covered | is_uncovered]
    verdicts = np.select(choices, [OVERSTATED, UNDERSTATED, AGREES], UNDECIDED)
    return verdicts.astype(object)
