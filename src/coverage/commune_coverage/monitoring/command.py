"""``commune-coverage health``: for people, for monitoring, and as an alert when something is new."""

from __future__ import annotations

import json
from pathlib import Path

from commune_coverage.config.loader import load_country
from commune_coverage.monitoring.alerts import alert, send_heartbeat
from commune_coverage.monitoring.health import EXIT_CODES, health


def print_health(country: Path, data_dir: Path, maps_dir: Path, output_format: str, send: bool) -> tuple[str, int]:
    """The state as text, JSON or OpenMetrics, and the exit code."""
    settings = load_country(country).alerts
    state = health(data_dir, maps_dir, settings)
    problems = alert(state, data_dir, settings, country.stem) if send else []
    if send and (problem := send_heartbeat(state, data_dir, settings, country.stem)):
        problems.append(problem)
    code = EXIT_CODES[state.status]
    if output_format == "json":
        return json.dumps(state.record() | {"alerts_that_failed": problems}, ensure_ascii=False, indent=1), code
    if output_format == "openmetrics":
        from commune_coverage.monitoring.metrics import openmetrics

        return openmetrics(data_dir, state), code
    shown = [f"ok: {state.shown.run_id} is shown"] if state.shown and not state.conditions else []
    return "\n".join([*state.sentences(), *shown, *problems]), code
