"""A rollout plan on demand, by the scenarios that are named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from commune_coverage.core.quarantine import printable
from commune_coverage.planning.command import plan_country, summary_lines
from commune_coverage.planning.reports.comparison import comparison_rows

# A plan that hangs would hold up the runs that wait for it.
TIME_OUT_S = 12 * 3600


@flow(name="plan", timeout_seconds=TIME_OUT_S)
def plan(
    country: Path, scenarios: list[str], data_dir: Path = Path("data"), engine: str = "processes", prove: bool = False
) -> None:
    """Plan each scenario, a name of scenarios/NAME.toml next to the country file or a path, and write its tables.

    Tables go to ``data_dir``/plans; the cache of the runs is used and not changed. ``prove`` lets HiGHS prove the plan.
    """
    make_plans(country, scenarios, data_dir, engine, prove)


@task(cache_policy=NO_CACHE)
def make_plans(country: Path, scenarios: list[str], data_dir: Path, engine: str, prove: bool) -> None:
    """All of it as one task; the same inputs would fail again, so nothing is retried."""
    plans = plan_country(country, scenarios, data_dir, engine, proven=prove)
    lines = [f"* {printable(line, 500)}" for written in plans for line in summary_lines(written)]
    table = comparison_rows({one.result.instance.scenario.name: one.tables for one in plans})
    create_markdown_artifact("\n".join([*lines, "", *_rows(table.round(4).astype(str))]), key="rollout-plan")


def _rows(table: pd.DataFrame) -> list[str]:
    """A table as the lines of one in Markdown."""
    rows = [table.columns.tolist(), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return ["| " + " | ".join(printable(str(value), 200).replace("|", "/") for value in row) + " |" for row in rows]
