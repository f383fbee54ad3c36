"""Each night's published tables go into PostGIS too; none fails for want of it."""

from __future__ import annotations

from contextlib import suppress

from coverage.database.published import latest_run
from coverage.database.write import write_postgis
from coverage.errors import CoverageError
from coverage.postgis import POSTGIS_RECORD, Postgis
from coverage.quarantine import printable
from coverage.runs import Run
from coverage.store import write_json
from coverage.watch.log import log_event

_LONGEST = 500


def write_every_night(run: Run, section: Postgis) -> str:
    """Write what is shown now into the country's database; '' or why that could not be.

    The same stands in ``<data>/postgis.json``, for those who ask after the health of the nights.
    """
    problem, shown = "", latest_run(run.data_dir)
    try:
        write_postgis(shown, section)
    except CoverageError as error:
        problem = printable(str(error), _LONGEST)
    log_event(run.data_dir, "postgis", run_id=shown.name, problem=problem)
    with suppress(OSError):
        write_json(run.data_dir / POSTGIS_RECORD, {"run_id": shown.name, "problem": problem})
    return problem
