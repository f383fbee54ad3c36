"""Kept plans for the pages: the newest of each scenario that may be shown."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import read_table
from commune_coverage.core.quarantine import printable
from commune_coverage.core.state.declared import COMPARED_PLANS, PLAN
from commune_coverage.runs.run import Run
from commune_coverage.site.data.stored_plans import StoredPlan, StoredPlans

_FIRST_PAGE = "plan.html"
_TABLES = ("plan_years", "plan_sites", "plan_floors")


class DamagedPlanWarning(UserWarning):
    """A kept plan cannot be read."""


def plans_of(run: Run) -> StoredPlans:
    """Read the newest plan of each scenario; what cannot be read is left out, with a warning.

    Parameters
    ----------
    run : Run
        The run whose pages show them.

    Returns
    -------
    StoredPlans
        Without those whose scenario says ``shown = false``.
    """
    folder = run.data_dir / "plans" / run.country.code
    found = [_read(link) for link in sorted(folder.glob("latest-*")) if link.is_dir()]
    plans = [plan for plan in found if plan is not None and plan.record["scenario"].get("shown", True)]
    return StoredPlans(plans, _standing(folder, plans))


def _read(link: Path) -> StoredPlan | None:
    try:
        record, pages = PLAN.read(link / "plan.json"), link.resolve() / "pages"
        tables = [read_table(link / f"{name}.parquet") for name in _TABLES]
        curve = pd.read_csv(link / "plan_curve.csv")
    except (OSError, UnreadableFileError, ValueError) as error:
        why = printable(str(error), 300)
        warnings.warn(f"the plan '{link.name}' is damaged and left out: {why}", DamagedPlanWarning, stacklevel=2)
        return None
    years, sites, constraints = (pd.DataFrame(table) for table in tables)
    plan = StoredPlan(record, years, sites, constraints, curve, pages)
    return plan if (pages / _FIRST_PAGE).is_file() and len(years) else None


def _standing(folder: Path, plans: list[StoredPlan]) -> pd.DataFrame | None:
    """What stands in every plan, where just these were compared last."""
    compared, source = folder / "comparison.json", folder / "in_every_scenario.csv"
    if len(plans) < 2 or not (compared.is_file() and source.is_file()):
        return None
    names = COMPARED_PLANS.read(compared)["plans"]
    return pd.read_csv(source) if names == {plan.scenario: plan.plan_id for plan in plans} else None
