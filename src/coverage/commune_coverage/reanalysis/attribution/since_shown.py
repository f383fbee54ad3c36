"""What moved between the run that is shown and one that was just computed, as pages and artifacts take it."""

from __future__ import annotations

from typing import Any

from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import read_attributes
from commune_coverage.pipeline.stages.ingest.version_gate import store_inputs
from commune_coverage.publish.publication import shown_so_far
from commune_coverage.quality.diff import CHANGED, NEW, REMOVED, RowChanges
from commune_coverage.reanalysis.attribution.explain import Explained, RecordedRun, explain, recorded_run
from commune_coverage.reanalysis.attribution.site_changes import read_sites, site_changes
from commune_coverage.reanalysis.attribution.text import attribution_headline, most_moved
from commune_coverage.runs.run import Changes, Run

_COMMUNES, _NAMED = 30, 20
_TOWERS = "towers"


def changes_since_shown(run: Run) -> Changes | None:
    """Why the figures of a computed run differ from those shown; None where nothing is shown or kept of it.

    A run that is shown itself, and computed again because it was damaged, is told apart from the one before it.
    """
    others = [one for one in shown_so_far(run.maps_dir) if one.run_id != run.run_id]
    shown = others[-1] if others else None
    try:
        before = None if shown is None else recorded_run(shown.run_id, run.data_dir)
    except CoverageError:
        before = None
    if shown is None or before is None:
        return None
    store_inputs(run)
    table = read_attributes(run.stages_folder / "commune_gaps.parquet")
    explained = explain(before, RecordedRun(run.run_id, run.manifest, table), run.data_dir, run.engine)
    record = changes_record(explained) | {"previous_run_date": shown.run_date}
    if _TOWERS in record["rows"]:
        record["rows"] |= _told_sites(run, shown.run_id)
    return Changes(record, explained.parts)


def _told_sites(run: Run, before: str) -> dict[str, Any]:
    """What changed of the towers as sites, where both runs have theirs in one plane."""
    folders = (run.data_dir / "runs" / before / "stages", run.stages_folder)
    old, new = (read_sites(folder) for folder in folders)
    planes = [path.read_bytes() for folder in folders if (path := folder / "scale.npz").is_file()]
    if old is None or new is None or len(planes) != len(folders) or planes[0] != planes[1]:
        return {}
    communes = read_attributes(run.stages_folder / "communes.parquet")
    return {_TOWERS: site_changes(old, new, dict(enumerate(communes["commune_name"].astype(str))))}


def changes_record(explained: Explained) -> dict[str, Any]:
    """The explanation as pages and artifacts take it."""
    national = explained.national()
    return {
        "before": explained.before,
        "headline": attribution_headline(explained),
        "why_not": explained.why_not,
        "causes": [{"cause": str(cause), **row.round(3).to_dict()} for cause, row in national.iterrows()],
        "rows": {cause: _counted(changes) for cause, changes in explained.rows.items()},
        "communes": most_moved(explained).head(_COMMUNES).to_dict("records"),
    }


def _counted(changes: RowChanges) -> dict[str, dict[str, Any]]:
    by_status = {
        status: changes.rows.loc[changes.rows["status"] == status, "key"] for status in (NEW, REMOVED, CHANGED)
    }
    return {
        status: {"count": len(names), "names": [str(name) for name in names.head(_NAMED)]}
        for status, names in by_status.items()
        if len(names)
    }
