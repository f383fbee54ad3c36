"""What the date of a run decides of the evidence, and nothing else: figures are computed anew only where it differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table, write_table
from commune_coverage.indicators.verification.challenges import challenges_of
from commune_coverage.indicators.verification.evidence import count_tests, dated
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import CHALLENGES

Progress = Callable[[int, int], None]
_SECONDS_PER_DAY = 86_400.0


def evidence_age(run: Run, _: Progress) -> StageResult:
    """Write which cells nobody has seen for too long, and the tests of speed that are new enough to count.

    Parameters
    ----------
    run : Run
        The run, with its date.
    _ : callable
        Not called: this is quick.

    Returns
    -------
    StageResult
        Its facts count the tests that were read. ``stale_cells`` has a flag for each row of ``cells``,
        ``counted_tests`` rows of ``speed_tests``.
    """
    result = StageResult()
    cells, tests = run.stages_folder / "cells.parquet", run.stages_folder / "speed_tests.parquet"
    if cells.is_file():
        updated = read_table(cells, ["updated"])["updated"].to_numpy(dtype=np.float64)
        write_table(run.stages_folder / "stale_cells.parquet", pd.DataFrame({"is_stale": _is_stale(run, updated)}))
    if tests.is_file() and run.country.layers.coverage is not None:
        read = read_table(tests)
        result.facts["tests_read"] = len(read)
        write_table(run.stages_folder / "counted_tests.parquet", _counted(run, read))
    return result


def _is_stale(run: Run, updated: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Cells that nobody has seen for so long that their measurements are no evidence; they still serve.

    Those of which it is not known when they were seen are not stale. Ages are those of the first day of the run's
    month: of a crowd's cells some pass the limit every day, and evidence that moved daily would say nothing more.
    """
    layer = run.country.layers.towers
    month = datetime(run.run_date.year, run.run_date.month, 1, tzinfo=UTC).timestamp()
    before = month - (layer.stale_after_days if layer else 0) * _SECONDS_PER_DAY
    return np.asarray(updated < before)


def _counted(run: Run, tests: pd.DataFrame) -> pd.DataFrame:
    tests = tests.reset_index(drop=True)
    day, hour = dated(tests["time"].tolist(), run.country.time_zone)
    return count_tests(tests.assign(day=day, hour=hour), run.country.verification, run.run_date).reset_index(drop=True)


def coverage_challenges(run: Run, _: Progress) -> StageResult:
    """Write ``coverage_challenges``: which cells are challenged, answered and decided, some by the days that passed.

    Parameters
    ----------
    run : Run
        The run; without cells with tests nothing is written.
    _ : callable
        Not called: this is quick.

    Returns
    -------
    StageResult
        Without facts.
    """
    tested = run.stages_folder / "verification" / "cells.parquet"
    if tested.is_file():
        days = run.country.verification.answer_days
        table = challenges_of(read_table(tested), _claims(run), days, run.run_date)
        write_table(run.stages_folder / "coverage_challenges.parquet", table)
    return StageResult()


def _claims(run: Run) -> pd.DataFrame:
    """The layer ``challenges``; without it an empty one."""
    source = run.stages_folder / "challenges.parquet"
    return read_table(source) if source.is_file() else pd.DataFrame(columns=CHALLENGES.names, dtype=object)
