"""A plan's tables handed to the pages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from coverage.maps.plan_data import PlanPages
from coverage.maps.plan_site import write_plan_site
from coverage.plan.make import Made
from coverage.plan.write import record_of
from coverage.steps.publish import COMPUTED
from coverage.steps.report import build_report
from coverage.store import read_geo, read_json


def write_pages(
    made: Made, plan_id: str, tables: dict[str, pd.DataFrame], folder: Path, others: pd.DataFrame | None = None
) -> Path:
    """Write the pages of a plan; ``others`` are the scenarios that it is compared with."""
    today = made.scene.today
    report = build_report(today, list(COMPUTED), read_json(today.stages_folder / "national.json"))
    return write_plan_site(
        PlanPages(
            read_geo(today.stages_folder / "commune_gaps.parquet"), report | {"run_id": plan_id}, tables["plan_sites"],
            tables["plan_years"], tables["plan_communes"], tables["plan_curve"], tables["plan_sensitivity"],
            pd.DataFrame() if others is None else others, record_of(made, plan_id), made.scene.costs.currency,
        ),
        folder,
    )  # fmt: skip
