"""A run in Prefect's pages: its headline figures, what it cost, what changed and why."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_table_artifact

from commune_coverage.pipeline.run import headline_text

KEY = "headline-figures"
REPORT_KEY = "run-report"
CHANGES_KEY = "what-changed"


def show_headline(report: dict[str, Any]) -> None:
    """Publish a run's national figures, of report.json, as the newest table under ``KEY``.

    The words above it say whether the country is invented or layers are synthetic; a missing figure stays empty.
    """
    create_table_artifact(
        key=KEY,
        table=[{"figure": name, "value": value} for name, value in report["national"].items()],
        description=f"Run {report['run_date']}, run {report['run_id']}: {headline_text(report)}",
    )


def show_report(report: dict[str, Any]) -> None:
    """Publish what each stage cost and whether it came from the cache; above it the checks that did not pass."""
    failed = [f"{one['severity']}: {one['name']}: {one['detail']}" for one in report["checks"] if not one["passed"]]
    create_table_artifact(
        key=REPORT_KEY,
        table=report["stages"],
        description=f"Run {report['run_date']}: " + ("; ".join(failed) or "every check passed"),
    )


def show_changes(changes: dict[str, Any], run_date: str) -> None:
    """Publish the change since the previous run shown by cause, of changes.json; the headline above it."""
    if changes["before"] is not None:
        description = (
            f"Run {run_date} against {changes['previous_run_date']}: {changes['headline']} {changes['why_not']}".strip()
        )
        create_table_artifact(key=CHANGES_KEY, table=changes["causes"], description=description)
