"""``commune-coverage preview``: what a file would change if it took the place of a layer's, before it does."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_attributes
from commune_coverage.engine import engine_of
from commune_coverage.pipeline.dag import GAP_STAGES
from commune_coverage.pipeline.runner import Report, null_report, run_stages
from commune_coverage.pipeline.stage import ungated
from commune_coverage.pipeline.stages.ingest.version_gate import intake_failure
from commune_coverage.quality.diff import RowChanges, layer_changes
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.quality.select_versions import (
    HeldVersion,
    plausibility_failure,
    select_input_versions,
    settings_of,
    with_files,
)
from commune_coverage.readers.safety.files import require_file
from commune_coverage.runs.run import Run, write_run_files

_STAGES = tuple(ungated(stage) for stage in GAP_STAGES)
FIGURES = (
    "people",
    "internet_gap_people",
    "delivery_gap_people",
    "delivery_gap_wet_people",
    "payment_gap_people",
    "minutes_to_hub_median",
    "cells",
    "cell_samples",
)
# A figure moves when it differs by more than the rounding of sums.
_MOVED_SHARE = 1e-9


@dataclass
class Preview:
    """``changes`` is None where the layer has no rows to compare (a raster, an OSM extract).

    ``moved`` has commune_code, commune_name, figure, before and after. ``doubt`` is why a run would hold the file back.
    """

    layer: str
    counts: dict[str, int]
    changes: RowChanges | None
    quarantined: list[dict[str, object]]
    moved: pd.DataFrame
    doubt: str
    notes: list[str] = field(default_factory=list)


def preview_file(
    file: Path, country_path: Path, name: str, data_dir: Path, engine: str = "processes", report: Report = null_report
) -> Preview:
    """Compute all communes with and without the file; nothing is published or kept.

    Raises RunError when the country file names no such layer, and what a run raises for a file that is no data.
    """
    country_path = country_path.resolve()
    country = load_country(country_path)
    layer = getattr(country.layers, name, None) if name in type(country.layers).model_fields else None
    if layer is None:
        raise RunError(f"the country file names no layer '{name}'; it has: {_layer_names(country)}")
    require_file(file)
    engine = engine_of(engine, country.cluster)
    run_date = datetime.now(ZoneInfo(country.time_zone)).date()
    store = InputVersions(data_dir, country.code)
    now = select_input_versions(country, country_path, store, run_date)
    then = now | {name: HeldVersion("", "", run_date.isoformat(), 0, {"": str(file.resolve())})}
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        runs = [
            Run("preview", run_date, country_path, Path(folder) / part, Path(folder), Path(folder), engine)
            for part in "ab"
        ]
        before = _figures(runs[0], now, report)
        after = _figures(runs[1], then, report)
        stage_report = runs[1].stage_report(name)
    last = store.last_good(name, settings_of(layer))
    log = stage_report["logs"][0]
    return Preview(
        name,
        log["rows"],
        _row_changes(name, layer, now.get(name), file),
        log["listed"],
        _moved(before, after),
        _doubt(name, stage_report, {} if last is None else last.measure, country),
        log["notes"],
    )


def _doubt(name: str, record: dict[str, Any], before: dict[str, float], country: Country) -> str:
    """Why a run would hold the file back."""
    plausibility = plausibility_failure(record["measure"], before, country.plausibility)
    return "; ".join(filter(None, (plausibility, intake_failure(name, record, country.intake, before))))


def _layer_names(country: Country) -> str:
    return ", ".join(name for name, _ in country.layer_items)


def _figures(run: Run, held: dict[str, HeldVersion], report: Report) -> pd.DataFrame:
    """The commune table of a run that stops before it would publish anything; stages alike are done once."""
    run.stages_folder.mkdir(parents=True, exist_ok=True)
    manifest = make_manifest(with_files(load_country(run.country_path), held), run.country_path, run.run_date, {})
    write_run_files(run.folder, manifest, held)
    run_stages(_STAGES, run, report)
    return read_attributes(run.stages_folder / "commune_gaps.parquet").set_index("commune_code")


def _row_changes(name: str, layer: Layer, held: HeldVersion | None, file: Path) -> RowChanges | None:
    old = layer if held is None else layer.model_copy(update={"path": Path(held.files[""])})
    return layer_changes(name, old, layer.model_copy(update={"path": file}))


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Every figure of every commune that differs, those that change most people's gap first."""
    codes = before.index.union(after.index)
    parts = []
    for figure in FIGURES:
        old, new = (table[figure].reindex(codes).astype(float).to_numpy() for table in (before, after))
        differs = ~(np.isclose(old, new, rtol=_MOVED_SHARE, atol=1e-6) | (np.isnan(old) & np.isnan(new)))
        parts.append(pd.DataFrame({"commune_code": codes, "figure": figure, "before": old, "after": new})[differs])
    moved = pd.concat(parts, ignore_index=True)
    names = after["commune_name"].reindex(codes).fillna(before["commune_name"].reindex(codes))
    return moved.assign(commune_name=moved["commune_code"].map(names)).sort_values(["commune_code", "figure"])
