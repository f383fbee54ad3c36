"""Fetch the public sources that a country's layers name, before the run computes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE

from commune_coverage.config.loader import load_country
from commune_coverage.download.country import fetch_country
from commune_coverage.download.task import FetchContext

# Enough for a country's rasters over a slow line.
TIME_OUT_S = 3 * 3600


@flow(name="refresh", timeout_seconds=TIME_OUT_S)
def refresh(country: Path, data_dir: Path = Path("data"), token_blocks: dict[str, str] | None = None) -> None:
    """Fetch every layer's source; one that fails leaves the layer its file, and is logged.

    ``token_blocks`` maps a token's variable, such as OPENCELLID_TOKEN, to the Prefect Secret block that holds it;
    without one the environment has it. Only names pass between flow and task, never a token.
    """
    fetch_public_sources(country, data_dir, token_blocks or {})


@task(task_run_name="fetch", cache_policy=NO_CACHE)
def fetch_public_sources(country: Path, data_dir: Path, token_blocks: dict[str, str]) -> None:
    """Send requests to every publisher, concurrently and within its limits."""
    tokens = {name: str(cast("Secret[str]", Secret.load(block)).get()) for name, block in token_blocks.items()}
    context = FetchContext(environment={**os.environ, **tokens})
    logger = get_run_logger()
    for fetched in fetch_country(load_country(country), data_dir, context=context):
        log = logger.warning if fetched.outcome.status in ("failed", "held") else logger.info
        log("%s: %s: %s", fetched.layer, fetched.outcome.status, fetched.outcome.sentence)
