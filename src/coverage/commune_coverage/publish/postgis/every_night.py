"""Each night's published tables go into PostGIS too; none fails for want of it."""

from __future__ import annotations

from contextlib import suppress

from commune_coverage.config.postgis import POSTGIS_RECORD, Postgis
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.files import write_json
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.postgis.published import latest_run
from commune_coverage.publish.postgis.write import write_postgis
from commune_coverage.runs.run import Run

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
