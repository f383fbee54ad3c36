"""How a plan moves when costs or models are off: chosen again, and what of it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.planning.candidates.table import TOWERS
from commune_coverage.planning.optimizer.problem import PlanError, spent
from commune_coverage.planning.optimizer.solve import over_budget
from commune_coverage.planning.plan import Made
from commune_coverage.planning.reports.tables import credited
from commune_coverage.planning.simulation.instance import Chosen, Scene, choose_from

Integers = npt.NDArray[np.int64]
_TRIES, _ROUNDS = 60, 200


def sensitivity_rows(made: Made) -> pd.DataFrame:
    """One row a case: what is chosen then, how much of the plan stands (by the people it serves), what it costs."""
    whole = made.chosen.plan.year < made.chosen.problem.never
    people = credited(made).sum(axis=1)
    rows: list[dict[str, Any]] = []
    for case, scene, offer in _cases(made):
        try:
            chosen = choose_from(scene, offer, None, _TRIES, _ROUNDS)
        except PlanError as error:
            rows.append({"case": case, "note": str(error)})
            continue
        again = chosen.plan.year < chosen.problem.never
        rows.append({
            "case": case, "chosen": int(again.sum()), "expected_people": _people(chosen),
            "stays_share": float(people[whole & again].sum() / people[whole].sum()) if people[whole].sum() > 0 else 1.0,
            "spent": float(spent(chosen.problem, chosen.plan.year).sum()), "gap_share": chosen.plan.gap_share,
            "plan_fits": not over_budget(chosen.problem, made.chosen.plan.year), "note": "",
        })  # fmt: skip
    columns = ["case", "chosen", "expected_people", "stays_share", "spent", "gap_share", "plan_fits", "note"]
    return pd.DataFrame(rows, columns=columns)


def _people(chosen: Chosen) -> float:
    rows = np.flatnonzero(chosen.plan.year < chosen.problem.never)
    reached = np.asarray(chosen.groups.covers[rows].sum(axis=0)).ravel() > 0
    return float(chosen.groups.people[reached].sum())


def _cases(made: Made) -> Iterator[tuple[str, Scene, Any]]:
    scene, offer, off = made.scene, made.offer, made.scene.scenario.uncertainty_share
    towers = scene.listed["kind"].isin(TOWERS).to_numpy()
    yield "as planned", scene, offer
    for what, rows in (("sites", towers), ("hubs and agents", ~towers)):
        for word, factor in (("dearer", 1 + off), ("cheaper", 1 - off)):
            yield f"{what} {off:.0%} {word}", _priced(scene, rows, factor), offer
    yield "models at their low bound", scene, replace(offer, gains=_within(offer.surely, offer.gains))
    yield "models at their high bound", scene, replace(offer, gains=_with(offer.perhaps, offer.gains))


def _within(surely: Any, gains: Any) -> Any:
    """What is sure, of what the engines did not take back."""
    return {theme: surely[theme].multiply(gains[theme]).tocsr() for theme in gains}


def _with(perhaps: Any, gains: Any) -> Any:
    """What may be, and what the engines found."""
    return {theme: perhaps[theme].maximum(gains[theme]).tocsr() for theme in gains}


def _priced(scene: Scene, rows: npt.NDArray[np.bool_], factor: float) -> Scene:
    listed = scene.listed.copy()
    for name in ("capital", "yearly", "fund_capital", "fund_yearly"):
        listed.loc[rows, name] = listed.loc[rows, name] * factor
    return replace(scene, listed=listed)
