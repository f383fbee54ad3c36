"""The headline figures of a run as a table in Prefect's pages."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_table_artifact

from coverage.walk import headline

KEY = "headline-figures"


def show_headline(report: dict[str, Any]) -> None:
    """Keep a run's national figures, of report.json, as the newest table under ``KEY``.

    The words above it say whether the country is invented or layers are synthetic; a missing figure stays empty.
    """
    create_table_artifact(
        key=KEY,
        table=[{"figure": name, "value": value} for name, value in report["national"].items()],
        description=f"Night {report['night']}, run {report['run_id']}: {headline(report)}",
    )
