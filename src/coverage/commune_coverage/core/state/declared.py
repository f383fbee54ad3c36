"""Every file that the program reads again, declared once.

What stages hand on, tables, pages and the files of inputs are no state: a run's record, the cache and the listings of
versions hold their digests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commune_coverage.core.state.files import OF_RUN, REMADE, StateFile
from commune_coverage.core.state.renamed_fields import with_new_fields

_RUNS = ("data/runs/*", "data/public/*")


def _alone(name: str, kind: type) -> Callable[[Any], dict[str, Any]]:
    """What a file holds as its one field: versions before the numbers wrote that alone."""

    def step(content: Any) -> dict[str, Any]:
        if not isinstance(content, kind):
            raise TypeError(f"it is no {kind.__name__}")
        return {name: content}

    return step


def _manifest(content: Any) -> dict[str, Any]:
    """Before packages of others could extend the program no manifest named any."""
    return {"plug_ins": {}} | with_new_fields(content)


def _publication(content: Any) -> dict[str, Any]:
    hold = content["hold"]
    return with_new_fields(content) | {"hold": with_new_fields(hold) if hold else None}


ATTEMPT = StateFile(("data/last_attempt.json",), ("core.event_log",), ("at", "outcome", "message"), remedy=REMADE)
ALERTED = StateFile(
    ("data/alerted.json",), ("monitoring.alerts",), ("conditions",), older=(_alone("conditions", list),), remedy=REMADE
)
BACKUP = StateFile(("data/backup.json",), ("archive.backup",), ("at",), remedy=REMADE)
POSTGIS = StateFile(("data/postgis.json",), ("publish.postgis.write",), ("problem",), remedy=REMADE)
INPUT_VERSIONS = StateFile(
    ("data/inputs/*/*.json", "data/inputs/*/*.json.copy"),
    ("quality.input_versions",),
    ("versions",),
    older=(_alone("versions", list),),
)
SOURCE_VERSIONS = StateFile(
    ("data/sources/*/versions.json",), ("download.versions",), ("versions",), older=(_alone("versions", list),)
)
PARTIAL = StateFile(
    ("data/sources/partial/*.json",), ("download.http.partial",), ("address", "etag", "last_modified"), remedy=REMADE
)
PUBLICATION = StateFile(
    ("maps/publications/*/publication.json",),
    ("publish.publication",),
    ("number", "at", "what", "run_id", "run_date", "site"),
    older=(_publication,),
)
RUN_RECORD = StateFile(("data/history/*/runs/*.json",), ("archive.records",), ("manifest",))
MANIFEST = StateFile(
    tuple(f"{run}/manifest.json" for run in _RUNS),
    ("runs.run", "pipeline.stages.publish.editions"),
    ("run_id", "run_date", "inputs", "configuration", "versions"),
    older=(_manifest,),
    remedy=OF_RUN,
)
REPORT = StateFile(
    tuple(f"{run}/report.json" for run in _RUNS),
    ("pipeline.stages.publish.stage", "pipeline.stages.publish.editions"),
    ("run_id", "run_date", "national", "layers"),
    older=(with_new_fields,),
    remedy=OF_RUN,
)
CHECKS = StateFile(
    tuple(f"{run}/checks.json" for run in _RUNS),
    ("quality.results", "pipeline.stages.publish.editions"),
    ("checks",),
    older=(_alone("checks", list),),
    remedy=OF_RUN,
)
CHANGES = StateFile(
    tuple(f"{run}/changes.json" for run in _RUNS),
    ("pipeline.stages.publish.changes", "pipeline.stages.publish.editions"),
    ("before",),
    older=(with_new_fields,),
    remedy=OF_RUN,
)
SCOREBOARD = StateFile(
    tuple(f"{run}/scoreboard.json" for run in _RUNS),
    ("pipeline.stages.radio.scoreboard",),
    ("figures", "scores"),
    remedy=OF_RUN,
)
STARTED_RUN = StateFile(
    ("data/runs/.work-*/run.json",),
    ("runs.run",),
    ("run_id", "run_date", "country", "data_dir", "maps_dir", "engine"),
    remedy=REMADE,
)
HELD = StateFile(
    ("data/runs/.work-*/held.json",), ("runs.run",), ("held",), older=(_alone("held", dict),), remedy=REMADE
)
STAGE_REPORT = StateFile(
    ("data/runs/*/stages/*.report.json", "data/runs/.work-*/stages/*.report.json", "data/cache/*/*/report.json"),
    ("runs.artifacts",),
    ("name",),
    remedy=REMADE,
)
CACHED_FILES = StateFile(
    ("data/cache/*/*/files.json",), ("pipeline.cache",), ("files",), older=(_alone("files", dict),), remedy=REMADE
)
PLAN = StateFile(("data/plans/*/*/plan.json",), ("planning.reports.write",), ("plan_id", "run_date"), remedy=REMADE)
COMPARED_PLANS = StateFile(
    ("data/plans/*/comparison.json",), ("planning.command",), ("plans",), older=(_alone("plans", dict),), remedy=REMADE
)
