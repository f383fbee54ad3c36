"""The service stage: which hubs and payment points work, and are open when the country file asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table, write_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.runs.run import Run
from commune_coverage.travel.access.service import COLUMNS, service_of, service_sentences

Progress = Callable[[int, int], None]
Flags = npt.NDArray[np.bool_]

SERVICE = {"hubs": "hub_service", "payments": "payment_service"}
_THEMES = {"hubs": "delivery", "payments": "payment"}
_CALLED = {"hubs": "hubs", "payments": "payment points"}


def service(run: Run, _: Progress) -> StageResult:
    """Write ``hub_service.parquet`` and ``payment_service.parquet``, a row a point."""
    result, settings = StageResult(), run.country.travel
    for name, target in SERVICE.items():
        source = run.stages_folder / f"{name}.parquet"
        if not source.is_file():
            continue
        points = read_table(source)
        table = service_of(points, settings)
        write_table(run.stages_folder / f"{target}.parquet", table)
        for assumed, value in service_sentences(points, table, settings):
            result.assume(_THEMES[name], f"{_CALLED[name]}: {assumed}", value, "", "as the layer states it")
    return result


def read_service(stages: Path, name: str) -> pd.DataFrame:
    """Read who serves, of the 'hubs' or 'payments': all, where the stage has left nothing."""
    target = stages / f"{SERVICE[name]}.parquet"
    if target.is_file():
        return read_table(target)
    count = len(read_table(stages / f"{name}.parquet"))
    return pd.DataFrame(
        dict(zip(COLUMNS, (np.ones(count, bool), np.ones(count, bool), np.full(count, np.nan)), strict=True))
    )


def serving(stages: Path, name: str) -> Flags:
    """Select the 'hubs' or 'payments' that work and are open."""
    table = read_service(stages, name)
    return np.asarray(table["is_active"] & table["is_open"], dtype=bool)
