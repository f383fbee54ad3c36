"""Verdicts of whole areas, of each operator: failing tests at the declared edge and within it, and cells beyond it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from commune_coverage.config.verification import Verification
from commune_coverage.indicators.verification.cells import decide_cells
from commune_coverage.indicators.verification.sampling import (
    Sample,
    clustered,
    holm,
    power_of,
    rejected_from,
    sampling_plan,
    weighted,
)
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.schema.verification import AGREES, BOTH, OVERSTATED, UNDECIDED, UNDERSTATED

Flags = npt.NDArray[np.bool_]
_Part: TypeAlias = dict[str, npt.NDArray[Any]]

_DIRECTIONS = ("p_overstated", "p_understated")
_NEEDED = ("declared", "is_edge", "cell", "people", "land_km2", "tests", "failing")


def judge_areas(sides: pd.DataFrame, keys: Sequence[str], settings: Verification) -> pd.DataFrame:
    """Judge areas, such as the nation by operator; no more than ``alpha`` of the times is any of them accused wrongly.

    Parameters
    ----------
    sides : DataFrame, (parts,)
        ``keys`` and what ``summarise_areas`` needs.
    keys : sequence of str
        Columns that name what is judged; all of it is one family of hypotheses.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        One row for each value of ``keys``, see ``judge_summaries``.
    """
    return judge_summaries(summarise_areas(sides, keys, settings), settings)


def summarise_areas(sides: pd.DataFrame, keys: Sequence[str], settings: Verification) -> pd.DataFrame:
    """Sum the tests of areas, at the edge of what is declared, within and beyond.

    Parameters
    ----------
    sides : DataFrame, (parts,)
        ``keys`` that name the areas, and one row a cell's part: ``declared`` (whether the part is declared as covered),
        ``is_edge`` (whether the edge of what is declared crosses the cell), ``people``, ``land_km2``, and what
        ``decide_cells`` needs.
    keys : sequence of str
        Columns that name the areas; none for one area that is all of it.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        One row for each value of ``keys``, in their order: sizes, failing shares with interval, what is misstated, and
        p-values of this area by itself.

    Notes
    -----
    Tests of one cell depend on each other, so that cells are the sampled units (``clustered``). Coverage with a
    probability of 90 % at the edge is held to it at the edge, where an overstatement is, and within.
    """
    columns = {name: sides[name].to_numpy() for name in _NEEDED} | decide_cells(sides, settings)._asdict()
    groups: dict[Any, Any] = sides.groupby(list(keys), sort=True).indices if keys else {(): np.arange(len(sides))}
    rows = []
    for key, held in sorted(groups.items()):
        named = dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True))
        part = {name: values[held] for name, values in columns.items()}
        rows.append(named | {"people": part["people"].sum()} | _summarised(part, settings))
    return pd.DataFrame(rows)


def _summarised(part: _Part, settings: Verification) -> dict[str, Any]:
    is_declared, is_edge = (part[name].astype(bool) for name in ("declared", "is_edge"))
    declared, beyond = _where(part, is_declared), _where(part, ~is_declared)
    strata = (is_declared, is_declared & is_edge, is_declared & ~is_edge)
    inside, edge, within = (_sample(part, rows) for rows in strata)
    low, high = inside.interval(settings.power)
    usual = _usual_failing_share(declared, settings)
    return {
        "declared_people": declared["people"].sum(), "declared_km2": declared["land_km2"].sum(),
        "edge_km2": part["land_km2"][strata[1]].sum(),
        "tested_cells": len(np.unique(part["cell"][part["tests"] > 0])), "tests": int(inside.tests),
        "effective_tests": inside.effective, "tests_beyond": int(beyond["tests"].sum()),
        "failing_share": inside.failing_share, "failing_share_low": low, "failing_share_high": high,
        "edge_tests": int(edge.tests), "edge_effective_tests": edge.effective, "edge_failing_share": edge.failing_share,
        "within_effective_tests": within.effective, "within_failing_share": within.failing_share,
        "p_overstated": _p_overstated(edge, within, settings.accepted_failing_share),
        "p_understated": _p_understated(declared, beyond, settings),
        **_misstated(OVERSTATED, declared, usual, settings),
        **_misstated(UNDERSTATED, beyond, usual, settings),
    }  # fmt: skip


def _where(part: _Part, rows: Flags) -> _Part:
    return {name: values[rows] for name, values in part.items()}


def judge_summaries(rows: pd.DataFrame, settings: Verification) -> pd.DataFrame:
    """Judge the areas that are summed, as one family of hypotheses.

    Parameters
    ----------
    rows : DataFrame, (areas,)
        What ``summarise_areas`` gives.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        The rows with p-values after Holm, ``power`` at the overstatement that is to be found, ``needed_tests`` at the
        edge for the power wanted, and ``verdict``: "agrees" only with that power.
    """
    if rows.empty:
        return rows
    adjusted = holm(rows[list(_DIRECTIONS)].to_numpy(dtype=np.float64).ravel()).reshape(len(rows), len(_DIRECTIONS))
    table = rows.assign(**dict(zip(_DIRECTIONS, adjusted.T, strict=True)))
    alpha = settings.alpha / max(int(np.count_nonzero(~np.isnan(adjusted))), 1)
    records = table.to_dict("records")
    powers = [_power(row, settings, alpha) for row in records]
    table = table.assign(power=[power for power, _ in powers], needed_tests=[tests for _, tests in powers])
    return table.assign(verdict=[_verdict(row, settings) for row in table.to_dict("records")])


def _sample(part: _Part, rows: Flags) -> Sample:
    """Tests with the cells as clusters, also where a cell has several rows."""
    _, cell = np.unique(part["cell"][rows], return_inverse=True)
    return clustered(*(np.bincount(cell, part[name][rows].astype(np.float64)) for name in ("tests", "failing")))


def _p_overstated(edge: Sample, within: Sample, accepted: float) -> float:
    """Chance of as many failing tests at the edge or within; two looks count twice, NaN without tests."""
    looks = [sample for sample in (edge, within) if sample.tests]
    return min(1.0, *(len(looks) * sample.p_value(accepted) for sample in looks)) if looks else np.nan


def _p_understated(declared: _Part, beyond: _Part, settings: Verification) -> float:
    """Chance of as many cells that nobody declares among those that tests find covered; NaN where they find none."""
    covered, undeclared = (int(part["is_covered"].sum()) for part in (declared, beyond))
    if not covered + undeclared:
        return np.nan
    return float(stats.binom.sf(undeclared - 1, covered + undeclared, settings.accepted_understated_share))


def _usual_failing_share(declared: _Part, settings: Verification) -> float:
    """Share of tests that fail where tests find what is declared; at most, and where they find none, what may fail."""
    tests, failing = (int(declared[name][declared["is_covered"]].sum()) for name in ("tests", "failing"))
    return min(failing / tests, settings.accepted_failing_share) if tests else settings.accepted_failing_share


def _misstated(name: str, part: _Part, usual: float, settings: Verification) -> dict[str, float]:
    """Cells that are misstated, and people and land with interval.

    Where nothing covers all tests fail, elsewhere the usual share. What is declared is taken to be like the tested
    cells; of what is not only tested cells count, as nobody tests where there is nothing to be expected.
    """
    is_covered, is_uncovered = part["is_covered"], part["is_uncovered"]
    is_wrong, is_tested = (is_uncovered if name == OVERSTATED else is_covered), part["tests"] > 0
    failing = part["failing"][is_tested] / part["tests"][is_tested]
    found: dict[str, float] = {f"decided_{name}_cells": int((is_covered | is_uncovered).sum())}
    found |= {f"{name}_cells": int(is_wrong.sum())}
    for measure, column in (("people", "people"), ("km2", "land_km2")):
        weights = part[column]
        sample = weighted(weights[is_tested], failing if name == OVERSTATED else 1 - failing)
        whole = float(weights.sum() if name == OVERSTATED else weights[is_tested].sum())
        shares = np.array([sample.failing_share, *sample.interval(settings.power)])
        shares = np.clip((shares - usual * (name == OVERSTATED)) / (1 - usual), 0.0, 1.0)
        found |= {f"{name}_{measure}{bound}": share * whole for bound, share in zip(BOUNDS, shares, strict=True)}
    return found


def _power(row: Mapping[Hashable, Any], settings: Verification, alpha: float) -> tuple[float, float]:
    """Power at the overstatement that is to be found, and how many tests at the edge would give the power wanted.

    No test succeeds where coverage is declared wrongly; elsewhere tests fail as often as they do within, and no more
    than they may.
    """
    accepted = settings.accepted_failing_share
    effective = [int(row[f"{name}_effective_tests"]) for name in ("edge", "within")]
    looks = max(sum(tests > 0 for tests in effective), 1)
    usual = min(accepted, row["within_failing_share"]) if effective[1] else 0.0
    shares = [wrong + (1 - wrong) * usual for wrong in _wrong_shares(row, settings)]
    missed = 1.0
    for tests, share in zip(effective, shares, strict=True):
        missed *= 1 - float(power_of(tests, rejected_from(tests, accepted, alpha / looks), share)) if tests else 1.0
    plan = sampling_plan(accepted, shares[0], alpha / looks, settings.power)
    worth = row["edge_tests"] / row["edge_effective_tests"] if row["edge_effective_tests"] else 1.0
    return 1 - missed, np.nan if plan is None else float(np.ceil(plan.tests * worth))


def _wrong_shares(row: Mapping[Hashable, Any], settings: Verification) -> tuple[float, float]:
    """Share of the declared land at the edge, and within, that an overstatement takes.

    It is a strip along the edge. The deeper a position lies, the likelier it is in a cell that the edge does not cross:
    the chance of one that is crossed is taken to fall exponentially, over a depth that gives the land of these cells.
    """
    whole, edge = row["declared_km2"], row["edge_km2"]
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
