"""The gaps stage: what the places have, summed into one row per commune."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_geo, read_table, write_json, write_table
from commune_coverage.indicators import evidence, internet
from commune_coverage.indicators.composite import composite_columns
from commune_coverage.indicators.evidence import WORDS, doubts_of
from commune_coverage.indicators.national import national_figures
from commune_coverage.indicators.overrides import accepted_of, marks, override
from commune_coverage.pipeline.stages.indicators.columns import (
    auxiliary_columns,
    delivery_figures,
    operator_table,
    payment_figures,
)
from commune_coverage.pipeline.stages.indicators.zonal_sums import read_sums
from commune_coverage.pipeline.stages.report import INGESTS, StageResult
from commune_coverage.runs.run import Run
from commune_coverage.schema.commune_gaps import commune_gaps_table
from commune_coverage.schema.inputs import TECHNOLOGIES, Table
from commune_coverage.schema.travel_columns import METHODS

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]
Progress = Callable[[int, int], None]

_MOSTLY = 0.5
THEMES = ("internet", "delivery", "payment")


def gaps(run: Run, _: Progress) -> StageResult:
    """Write ``commune_gaps``, ``operator_coverage`` and ``national``: every commune has a row."""
    folder = run.stages_folder
    communes = read_geo(folder / "communes.parquet")
    people = _people(run, len(communes))
    missing = missing_figures(run)
    of_cells = _cell_columns(run, len(communes))
    of_internet, operators = _internet(run, people, of_cells, missing)
    of_delivery, medians = _delivery(run, people, communes["area_km2"].to_numpy(), missing)
    of_payment = _payment(run, people, missing)
    declared = declared_table(run)
    beside = auxiliary_columns(run, communes, people, of_internet.get("no_signal_people", np.nan * people))
    figures = {"people": people, **of_cells, **of_internet, **of_delivery, **of_payment, **beside}
    figures |= _challenged(run, figures, communes["commune_code"].to_numpy())
    figures |= _composite(run, figures)
    table = pd.concat([communes, pd.DataFrame(figures, index=communes.index)], axis=1)
    labels = {"synthetic_layers": ", ".join(synthetic_layers(run)), "run_id": run.run_id}
    told = labels | {"evidence_class": _overall(table, missing), "run_date": run.run_date.isoformat()}
    table = pd.concat([table, pd.DataFrame(told, index=communes.index)], axis=1)
    table = table.reindex(columns=declared.names).set_geometry("geometry", crs=communes.crs)
    write_table(folder / "commune_gaps.parquet", table)
    operated = operator_table(run, communes, people, of_cells["sites"], operators, labels)
    write_table(folder / "operator_coverage.parquet", operated)
    write_json(folder / "national.json", national_figures(table, medians))
    return _told(run)


def _told(run: Run) -> StageResult:
    result, layer, source = StageResult(), run.country.layers.towers, run.stages_folder / "cells.parquet"
    if layer is not None and source.is_file():
        result.facts["stale_cells"] = int(_stale(run, read_table(source)).sum())
        old = f"{layer.stale_after_days} days; {result.facts['stale_cells']:,} cells were not seen since"
        result.assume("internet", "measurements count for", old, "", "this project")
    return result


def _people(run: Run, communes: int) -> Floats:
    """People of each commune, NaN without a people layer."""
    source = run.stages_folder / "people_sums.npz"
    return read_sums(source)[0]["people"] if source.is_file() else np.full(communes, np.nan)


def declared_table(run: Run) -> Table:
    """The declaration of this run's ``commune_gaps``."""
    country = run.country
    fibre_km = country.radio.fibre_bands_km if country.layers.fibre else ()
    return commune_gaps_table(country.languages, country.thresholds, fibre_km, country.parcel_cost.currency)


def missing_figures(run: Run) -> dict[str, str]:
    """Figures that the ingest stages say cannot be had, and why."""
    return {figure: why for name in INGESTS for figure, why in run.stage_report(name)["unavailable"].items()}


def synthetic_layers(run: Run) -> list[str]:
    """Layers whose data are not observed."""
    origins = {name: run.stage_report(name)["origin"] for name in INGESTS}
    return sorted(name for name, origin in origins.items() if origin and origin["synthetic"])


def _cell_columns(run: Run, communes: int) -> Columns:
    source = run.stages_folder / "cells.parquet"
    if not source.is_file():
        return dict.fromkeys(("cells", "sites", "cell_samples", "old_cell_samples"), np.full(communes, np.nan))
    cells = pd.concat([read_table(source), read_table(run.stages_folder / "cell_communes.parquet")], axis=1)
    inside = cells[cells["is_inside"]]

    def per_commune(rows: pd.DataFrame, weights: Floats | None = None) -> Floats:
        return np.bincount(rows["commune"], weights=weights, minlength=communes).astype(np.float64)

    samples, is_stale = inside["samples"].fillna(0).to_numpy(dtype=np.float64), _stale(run, inside)
    return {
        "cells": per_commune(inside),
        "sites": per_commune(inside.drop_duplicates(["site", "commune"])),
        "cell_samples": per_commune(inside, samples * ~is_stale),
        "old_cell_samples": per_commune(inside, samples * is_stale),
    }


def _stale(run: Run, cells: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Cells that nobody has seen for so long that their measurements are no evidence; they still serve.

    Those of which it is not known when they were seen are not stale.
    """
    layer = run.country.layers.towers
    midnight = datetime(run.run_date.year, run.run_date.month, run.run_date.day, tzinfo=UTC).timestamp()
    before = midnight - (layer.stale_after_days if layer else 0) * 86_400.0
    return np.asarray(cells["updated"].to_numpy(dtype=np.float64) < before)


def _internet(run: Run, people: Floats, cells: Columns, missing: dict[str, str]) -> tuple[Columns, dict[str, Floats]]:
    """Internet columns with evidence and note; and people covered by operator and technology."""
    if "internet_gap" in missing:
        kind, note = evidence.unavailable(len(people), missing["internet_gap"])
        return {"internet_evidence": kind, "internet_note": note}, {}
    speeds = run.country.thresholds.high_speed_mbps

    sums = read_sums(run.stages_folder / "internet_sums.npz")[0]
    columns: Columns = dict(internet.internet_columns(people, cells["sites"], sums, speeds))
    covered = np.fmax.reduce([columns[f"covered_{technology}_share"] for technology in TECHNOLOGIES])
    kind, note = evidence.internet_evidence(
        people, cells["cell_samples"], covered, _tower_evidence(run), cells["old_cell_samples"]
    )
    poor = kind == evidence.DATA_POOR
    columns = {name: np.where(poor, np.nan, values) for name, values in columns.items()}
    columns["internet_doubts"] = doubts_of(people, {name: sums[f"uncertainty_{name}"] for name in WORDS})
    columns["internet_doubts"][poor] = ""
    sums = {name: np.where(poor, np.nan, values) for name, values in sums.items()}
    return columns | {"internet_evidence": kind, "internet_note": note}, sums


def _tower_evidence(run: Run) -> evidence.TowerEvidence:
    towers, settings = run.stage_report("towers"), run.country.evidence
    is_synthetic = bool(towers["origin"]["synthetic"]) and run.country.status == "real"
    return evidence.TowerEvidence(
        towers["facts"]["is_complete"], is_synthetic, settings.measured_samples, settings.data_poor_samples
    )


def _delivery(run: Run, people: Floats, area_km2: Floats, missing: dict[str, str]) -> tuple[Columns, dict[str, float]]:
    """Delivery columns with evidence and note; and the national medians of minutes."""
    if "delivery_gap" in missing:
        kind, note = evidence.unavailable(len(people), missing["delivery_gap"])
        return {"delivery_evidence": kind, "delivery_note": note}, {}
    columns, medians = delivery_figures(run, people, area_km2)
    on_foot = columns["delivery_foot_share"]
    unlinked = columns["unreachable_share"] - columns["no_road_share"]
    kind, note = evidence.reach_evidence(
        people,
        {
            "minutes are a straight-line assumption": (columns["delivery_method"] == METHODS["straight"]) * 1.0,
            "{share} of people have water between them and any road": columns["no_road_share"],
            "{share} of people have roads that no ground or ferry joins to a pick-up": unlinked,
            "{share} of people have no way to a pick-up in the wet season": columns["unreachable_wet_share"],
            "no road is mapped for {share} of the minutes, which are on foot": np.where(
                on_foot > _MOSTLY, on_foot, 0.0
            ),
        },
    )
    return columns | {"delivery_evidence": kind, "delivery_note": note}, medians


def _payment(run: Run, people: Floats, missing: dict[str, str]) -> Columns:
    """Payment columns with evidence and note."""
    if "payment_gap" in missing:
        kind, note = evidence.unavailable(len(people), missing["payment_gap"])
        return {"payment_evidence": kind, "payment_note": note}
    columns = payment_figures(run, people)
    is_straight = (columns["payment_method"] == METHODS["straight"]) * 1.0
    kind, note = evidence.reach_evidence(people, {"minutes are a straight-line assumption": is_straight})
    return columns | {"payment_evidence": kind, "payment_note": note}


def _challenged(run: Run, figures: Columns, codes: npt.NDArray[np.object_]) -> Columns:
    """Figures that accepted challenges set, and the mark of their communes."""
    source = run.stages_folder / "challenges.parquet"
    if not source.is_file():
        return {"challenged": np.full(len(codes), "", dtype=object)}
    listed = read_table(source)
    by_theme = {theme: accepted_of(listed, f"{theme}_gap_share", codes) for theme in THEMES}
    found: Columns = {"challenged": marks(len(codes), by_theme)}
    for theme, of_theme in by_theme.items():
        found |= override(figures, figures["people"], theme, of_theme)
    return found


def _composite(run: Run, table: Columns) -> Columns:
    """All gaps that can be had, as one."""
    shares = {theme: table[f"{theme}_gap_share"] for theme in THEMES if f"{theme}_gap_share" in table}
    if not shares:
        return {}
    return dict(composite_columns(shares, run.country.composite.model_dump()))


def _overall(table: pd.DataFrame, missing: dict[str, str]) -> npt.NDArray[np.object_]:
    """The weaker class of the figures that can be had at all."""
    classes = [table[f"{theme}_evidence"].to_numpy() for theme in THEMES if f"{theme}_gap" not in missing]
    if not classes:
        return np.full(len(table), evidence.DATA_POOR, dtype=object)
    return reduce(evidence.weaker, classes)
