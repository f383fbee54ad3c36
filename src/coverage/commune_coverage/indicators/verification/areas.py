"""Verdicts of whole areas, of each operator: failing tests at the declared edge and within it, and cells beyond it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from commune_coverage.config.verification import Verification
from commune_coverage.indicators.verification.cells import (
    AGREES,
    BOTH,
    OVERSTATED,
    UNDECIDED,
    UNDERSTATED,
    decide_cells,
)
from commune_coverage.indicators.verification.sampling import (
    Sample,
    clustered,
    holm,
    power_of,
    rejected_from,
    sampling_plan,
    weighted,
)

_DIRECTIONS = ("p_overstated", "p_understated")


class _Strata(NamedTuple):
    """Tests where coverage is declared: in cells that the edge crosses, and in those within it."""

    edge: Sample
    within: Sample

    def p_value(self, accepted: float) -> float:
        """Of either failing more often than accepted; two looks count twice."""
        looks = [sample for sample in self if sample.tests]
        return min([1.0, *(len(looks) * sample.p_value(accepted) for sample in looks)])


def judge_areas(sides: pd.DataFrame, keys: Sequence[str], settings: Verification) -> pd.DataFrame:
    """Judge areas, such as the nation by operator; no more than ``alpha`` of the times is any of them accused wrongly.

    Parameters
    ----------
    sides : DataFrame, (parts,)
        One row a cell's part: ``keys``, ``cell``, ``declared`` (whether the part is declared as covered), ``is_edge``
        (whether the edge of what is declared crosses the cell), ``people``, ``land_km2``, and what ``decide_cells``
        needs.
    keys : sequence of str
        Columns that name what is judged; all of it is one family of hypotheses.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        One row for each value of ``keys``: sizes, shares with interval, p-values after Holm, power and verdict.

    Notes
    -----
    Tests of one cell depend on each other, so that cells are the sampled units (``clustered``). Coverage with a
    probability of 90 % at the edge is held to it at the edge, where an overstatement is, and within.
    """
    groups = list(sides.groupby(list(keys), sort=True))
    rows = [_row(part, settings) | dict(zip(keys, _tuple(key), strict=True)) for key, part in groups]
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    both = holm(table[list(_DIRECTIONS)].to_numpy().ravel()).reshape(len(table), len(_DIRECTIONS))
    table[list(_DIRECTIONS)] = both
    hypotheses = max(int(np.count_nonzero(~np.isnan(both))), 1)
    powers = [_power(part, settings, settings.alpha / hypotheses) for _, part in groups]
    table["power"], table["needed_tests"] = zip(*powers, strict=True)
    return table.assign(verdict=[_verdict(row, settings) for row in table.to_dict("records")])


def _tuple(key: Hashable) -> tuple[Hashable, ...]:
    return key if isinstance(key, tuple) else (key,)


def _row(part: pd.DataFrame, settings: Verification) -> dict[str, Any]:
    declared, beyond = part[part["declared"]], part[~part["declared"]]
    strata = _strata(declared)
    inside = clustered(declared["tests"], declared["failing"])
    low, high = inside.interval(settings.power)
    return {
        "declared_people": declared["people"].sum(), "declared_km2": declared["land_km2"].sum(),
        "tested_cells": int((part["tests"] > 0).sum()), "tests": int(declared["tests"].sum()),
        "effective_tests": inside.effective, "tests_beyond": int(beyond["tests"].sum()),
        "failing_share": inside.failing_share, "failing_share_low": low, "failing_share_high": high,
        "edge_failing_share": strata.edge.failing_share,
        "p_overstated": strata.p_value(settings.accepted_failing_share) if inside.tests else np.nan,
        "p_understated": _p_understated(beyond, settings),
        **_misstated("overstated", declared, settings), **_misstated("understated", beyond, settings),
    }  # fmt: skip


def _strata(declared: pd.DataFrame) -> _Strata:
    is_edge = declared["is_edge"].to_numpy(dtype=bool)
    parts = (declared[is_edge], declared[~is_edge])
    return _Strata(*(clustered(one["tests"], one["failing"]) for one in parts))


def _p_understated(beyond: pd.DataFrame, settings: Verification) -> float:
    """Chance of as many covered cells where nothing is declared; those that tests call covered wrongly among them."""
    is_covered, is_uncovered = decide_cells(beyond, settings)
    decided = int((is_covered | is_uncovered).sum())
    accepted = settings.accepted_understated_share
    chance = accepted + (1 - accepted) * (1 - settings.power)
    return float(stats.binom.sf(int(is_covered.sum()) - 1, decided, chance)) if decided else np.nan


def _misstated(name: str, part: pd.DataFrame, settings: Verification) -> dict[str, float]:
    """Share of people and land in decided cells that is misstated, and what that comes to.

    What is declared is taken to be like the decided cells; what is not is counted in tested cells alone, as nobody
    tests where there is nothing to be expected.
    """
    is_covered, is_uncovered = decide_cells(part, settings)
    is_wrong, decided = (is_uncovered if name == OVERSTATED else is_covered), is_covered | is_uncovered
    base = part if name == OVERSTATED else part[part["tests"] > 0]
    found: dict[str, float] = {f"decided_{name}_cells": int(decided.sum()), f"{name}_cells": int(is_wrong.sum())}
    for measure, column in (("people", "people"), ("km2", "land_km2")):
        sample, whole = weighted(part[column].to_numpy()[decided], is_wrong[decided]), float(base[column].sum())
        low, high = sample.interval(settings.power)
        found |= {f"{name}_{measure}": sample.failing_share * whole}
        found |= {f"{name}_{measure}_low": low * whole, f"{name}_{measure}_high": high * whole}
    return found


def _power(part: pd.DataFrame, settings: Verification, alpha: float) -> tuple[float, float]:
    """Power at the overstatement that is to be found, and how many tests at the edge would give the power wanted.

    No test succeeds where coverage is declared wrongly; elsewhere tests fail as often as they do within, and no more
    than they may.
    """
    declared = part[part["declared"]]
    accepted, strata = settings.accepted_failing_share, _strata(declared)
    looks = max(sum(sample.tests > 0 for sample in strata), 1)
    usual = min(accepted, strata.within.failing_share) if strata.within.tests else 0.0
    missed, edge_share = 1.0, 0.0
    for sample, wrong in zip(strata, _wrong_shares(declared, settings), strict=True):
        share, tests = wrong + (1 - wrong) * usual, int(sample.effective)
        edge_share = max(edge_share, share)
        if tests:
            missed *= 1 - float(power_of(tests, rejected_from(tests, accepted, alpha / looks), share))
    plan = sampling_plan(accepted, edge_share, alpha / looks, settings.power)
    worth = strata.edge.tests / strata.edge.effective if strata.edge.effective else 1.0
    return 1 - missed, np.nan if plan is None else float(np.ceil(plan.tests * worth))


def _wrong_shares(declared: pd.DataFrame, settings: Verification) -> tuple[float, float]:
    """Share of the declared land at the edge, and within, that an overstatement takes.

    It is a strip along the edge. The deeper a position lies, the likelier it is in a cell that the edge does not cross:
    the chance of one that is crossed is taken to fall exponentially, over a depth that gives the land of these cells.
    """
    land, is_edge = declared["land_km2"].to_numpy(), declared["is_edge"].to_numpy(dtype=bool)
    whole, edge = float(land.sum()), float(land[is_edge].sum())
    wrong = whole * settings.detected_overstatement / (1 + settings.detected_overstatement)
    at_edge = -math.expm1(-wrong / edge) if edge > 0 else 0.0
    within = whole - edge
    return at_edge, min((wrong - at_edge * edge) / within, 1.0) if within > 0 else 0.0


def _verdict(row: Mapping[Hashable, Any], settings: Verification) -> str:
    found = [name for name in (OVERSTATED, UNDERSTATED) if row[f"p_{name}"] <= settings.alpha]
    if len(found) == len(_DIRECTIONS):
        return BOTH
    if found:
        return found[0]
    return AGREES if row["power"] >= settings.power else UNDECIDED
