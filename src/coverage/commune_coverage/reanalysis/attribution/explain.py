"""Attribution of the change of every commune's figures between two runs to its causes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from commune_coverage.archive.archive import COMMUNES, history_of
from commune_coverage.archive.history_tables import read_kept
from commune_coverage.archive.records import recorded
from commune_coverage.core.errors import CoverageError, RunError
from commune_coverage.core.files import read_attributes
from commune_coverage.core.quarantine import printable
from commune_coverage.core.versions import library_versions
from commune_coverage.pipeline.cache import CACHE
from commune_coverage.pipeline.dag import GAP_STAGES
from commune_coverage.pipeline.runner import run_stages
from commune_coverage.pipeline.stage import ungated
from commune_coverage.reanalysis.attribution.steps import steps_between
from commune_coverage.reanalysis.replay import run_of, stored_country
from commune_coverage.runs.run import Run

if TYPE_CHECKING:
    from commune_coverage.quality.diff import RowChanges

FIGURES = ("people", "internet_gap_people", "delivery_gap_people", "payment_gap_people")
TOGETHER = "together"
_COLUMNS = ["commune_code", "figure", "cause", "change_people"]
_MIN_PEOPLE = 1e-6


@dataclass(frozen=True)
class Explained:
    """``parts`` has commune_code, figure, cause and change_people, without zeros: their sums are the whole change.

    ``rows`` are the rows of each layer among the causes that were added, removed or changed, where they can be matched.
    ``why_not`` is '' or why the causes could not be separated; the whole change is then of one cause, TOGETHER.
    ``access`` is what the internet gap of the later run counts: 'mobile', or 'neither' fixed nor mobile.
    """

    before: str
    after: str
    causes: list[str]
    parts: pd.DataFrame
    rows: dict[str, RowChanges] = field(default_factory=dict)
    why_not: str = ""
    access: str = "mobile"

    def national(self) -> pd.DataFrame:
        """Change of each figure by cause: figures as columns, causes as rows in the order of their swaps."""
        table = self.parts.pivot_table(index="cause", columns="figure", values="change_people", aggfunc="sum")
        return table.reindex(index=self.causes, columns=list(FIGURES)).fillna(0.0)


class RecordedRun(NamedTuple):
    """A run in the archive: its name, its manifest, its commune table."""

    run_id: str
    manifest: dict[str, Any]
    table: pd.DataFrame


def recorded_run(run_id: str, data_dir: Path) -> RecordedRun:
    """A run of the archive, of which at least the tables are there. Raises RunError where they are not."""
    record = recorded(data_dir, run_id)
    if record is None:
        raise RunError(f"no record of a run '{printable(run_id, 60)}'; 'commune-coverage publications' lists all")
    country = history_of(data_dir, record["manifest"]["configuration"]["code"])
    tables = sorted((country / COMMUNES).glob(f"run_date=*/{run_id}.parquet"))
    if not tables:
        raise RunError(f"the tables of '{run_id}' are not in the history any more")
    return RecordedRun(run_id, record["manifest"], read_kept(tables[0]))


def explain(before: RecordedRun, after: RecordedRun, data_dir: Path, engine: str) -> Explained:
    """Why a run differs from another: stored inputs are swapped one at a time."""
    steps = steps_between(before.manifest, after.manifest)
    causes, access = [step.cause for step in steps], "neither" if "mobile_gap_share" in after.table else "mobile"
    first, last = figures_of(before.table), figures_of(after.table)
    try:
        _must_be_of_this_code(after.manifest)
        rows = _rows(before, after, causes, data_dir)
        between = [_figures(step.manifest, data_dir, engine) for step in steps[:-1]]
    except CoverageError as error:
        whole = _parts(first, last, TOGETHER)
        reason = printable(error, 300)
        return Explained(before.run_id, after.run_id, [TOGETHER], whole, why_not=reason, access=access)
    chain = [first, *between, last]
    parts = [_parts(old, new, cause) for cause, old, new in zip(causes, chain, chain[1:], strict=False)]
    every = pd.concat([pd.DataFrame(columns=_COLUMNS), *parts], ignore_index=True)
    return Explained(before.run_id, after.run_id, causes, every, rows, access=access)


def figures_of(table: pd.DataFrame) -> pd.DataFrame:
    """FIGURES by commune code; a figure that is not known is 0 people."""
    figures = table.reindex(columns=["commune_code", *FIGURES]).set_index("commune_code")
    return figures.astype(float).fillna(0.0)


def _parts(old: pd.DataFrame, new: pd.DataFrame, cause: str) -> pd.DataFrame:
    codes = old.index.union(new.index)
    change = new.reindex(codes, fill_value=0.0) - old.reindex(codes, fill_value=0.0)
    listed = change.rename_axis("commune_code").reset_index().melt("commune_code", None, "figure", "change_people")
    return listed[listed["change_people"].abs() > _MIN_PEOPLE].assign(cause=cause)[_COLUMNS]


def _figures(manifest: dict[str, Any], data_dir: Path, engine: str) -> pd.DataFrame:
    with computed(manifest, data_dir, engine) as run:
        return figures_of(read_attributes(run.stages_folder / "commune_gaps.parquet"))


@contextmanager
def computed(manifest: dict[str, Any], data_dir: Path, engine: str) -> Iterator[Run]:
    """A mixed run with its figures, while the block lasts; stages in the cache are not computed again.

    Raises RunError where code, libraries or inputs of the manifest are not here.
    """
    with tempfile.TemporaryDirectory(prefix=".why-", dir=data_dir) as folder:
        scratch = Path(folder)
        if (data_dir / CACHE).is_dir():
            shutil.copytree(data_dir / CACHE, scratch / CACHE, copy_function=os.link)
        run = run_of(manifest, data_dir, scratch, engine)
        run_stages([ungated(stage) for stage in GAP_STAGES], run)
        yield run


def _rows(before: RecordedRun, after: RecordedRun, causes: list[str], data_dir: Path) -> dict[str, RowChanges]:
    old, new = (dict(stored_country(run.manifest, data_dir).layer_items) for run in (before, after))
    changed = [name for name in causes if name in old and name in new]
    # Where no layer changed no reader of layers is needed.
    if not changed:
        return {}
    from commune_coverage.quality.diff import layer_changes

    by_layer = {name: layer_changes(name, old[name], new[name]) for name in changed}
    return {name: changes for name, changes in by_layer.items() if changes is not None}


def _must_be_of_this_code(manifest: dict[str, Any]) -> None:
    if manifest["versions"] != library_versions():
        raise RunError("the later run was computed by other code or libraries than are here")
