"""Figures of the newest run and the state of health as OpenMetrics text."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from commune_coverage.core.errors import CoverageError
from commune_coverage.core.event_log import last_attempt
from commune_coverage.core.run_places import whole_run
from commune_coverage.core.state.declared import REPORT
from commune_coverage.monitoring.health import EXIT_CODES, Health

_PREFIX = "commune_coverage_"


def openmetrics(data_dir: Path, health: Health) -> str:
    """One text with every gauge; names end in their unit."""
    registry = CollectorRegistry()
    _gauge(registry, "health", "0 ok, 1 warning, 2 critical", EXIT_CODES[health.status])
    _gauge(registry, "held", "1 while a run is held back", int(health.shown is not None and bool(health.shown.hold)))
    if health.shown is not None:
        shown_at = datetime.fromisoformat(health.shown.at).timestamp()
        _gauge(registry, "shown_since_timestamp_seconds", "when the shown run was published", shown_at)
    # What is damaged is a condition of health: a gauge that is not there alerts too.
    with suppress(CoverageError, KeyError, TypeError, ValueError):
        if (last := last_attempt(data_dir)) is not None:
            ended_at = datetime.fromisoformat(last["at"]).timestamp()
            _gauge(registry, "last_attempt_timestamp_seconds", "when the last run ended, or began", ended_at)
    report = whole_run(data_dir) / "report.json"
    with suppress(CoverageError, KeyError, TypeError, ValueError):
        if report.is_file():
            _of_report(registry, REPORT.read(report))
    return generate_latest(registry).decode()


def _of_report(registry: CollectorRegistry, report: dict[str, Any]) -> None:
    national = {name: value for name, value in report["national"].items() if isinstance(value, int | float)}
    _gauges(registry, "national", "national figures of the shown run", "figure", national)
    stages = {stage["name"]: stage for stage in report["stages"]}
    for key, unit, factor in (("seconds", "seconds", 1.0), ("peak_memory_mb", "peak_memory_bytes", 1e6)):
        values = {name: stage[key] * factor for name, stage in stages.items()}
        _gauges(registry, f"stage_{unit}", "cost of a stage of the shown run", "stage", values)
    rows = _new_gauge(registry, "rows", "rows of a layer of the shown run", "layer", "kind")
    for layer, facts in report["layers"].items():
        for kind, count in facts["rows"].items():
            rows.labels(layer, kind).set(count)


def _new_gauge(registry: CollectorRegistry, name: str, documentation: str, *labels: str) -> Gauge:
    return Gauge(_PREFIX + name, documentation, labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, documentation: str, value: float) -> None:
    _new_gauge(registry, name, documentation).set(value)


def _gauges(registry: CollectorRegistry, name: str, documentation: str, label: str, values: dict[str, float]) -> None:
    gauge = _new_gauge(registry, name, documentation, label)
    for key, value in values.items():
        gauge.labels(key).set(value)
