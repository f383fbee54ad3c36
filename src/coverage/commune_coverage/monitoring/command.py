"""``commune-coverage health``: for people, for monitoring, and as an alert when something is new."""

from __future__ import annotations

import json
from pathlib import Path

from commune_coverage.config.loader import load_country
from commune_coverage.monitoring.alerts import alert
from commune_coverage.monitoring.health import EXIT_CODES, health


def print_health(country: Path, data_dir: Path, maps_dir: Path, told: str, send: bool) -> tuple[str, int]:
    """What is said as text, JSON or OpenMetrics, and the exit code."""
    settings = load_country(country).alerts
    found = health(data_dir, maps_dir, settings)
    problems = alert(found, data_dir, settings, country.stem) if send else []
    code = EXIT_CODES[found.status]
    if told == "json":
        return json.dumps(found.record() | {"alerts_that_failed": problems}, ensure_ascii=False, indent=1), code
    if told == "openmetrics":
        from commune_coverage.monitoring.metrics import openmetrics

        return openmetrics(data_dir, found), code
    shown = [f"ok: {found.shown.run_id} is shown"] if found.shown and not found.conditions else []
    return "\n".join([*found.sentences(), *shown, *problems]), code
