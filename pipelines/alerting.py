"""Alerts after a run, however it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect import get_run_logger

from commune_coverage.config.loader import load_country
from commune_coverage.monitoring.alerts import alert
from commune_coverage.monitoring.health import health


@contextmanager
def alert_on_exit(country: Path, data_dir: Path, maps_dir: Path) -> Iterator[None]:
    """Alert by the country file's [alerts] about what began or is over once the block has ended, well or not."""
    try:
        yield
    finally:
        settings = load_country(country).alerts
        for problem in alert(health(data_dir, maps_dir, settings), data_dir, settings, country.stem):
            get_run_logger().warning(problem)
