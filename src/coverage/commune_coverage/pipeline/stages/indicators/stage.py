"""The indicators stage: what the places have, summed into one row per commune."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_geo, read_table, write_json, write_table
from commune_coverage.indicators import evidence
from commune_coverage.indicators.composite import composite_columns
from commune_coverage.indicators.context import Columns, IndicatorContext
from commune_coverage.indicators.declared import declared_gap, modelled_source
from commune_coverage.indicators.measured import CommuneSpeeds, evidence_by_tests, measured_gap, speeds_by_commune
from commune_coverage.indicators.national import national_figures
from commune_coverage.indicators.overrides import accepted_of, challenge_marks, override
from commune_coverage.indicators.registry import (
    THEME_COLUMNS,
    THEME_INDICATORS,
    THEMES,
    IndicatorSpec,
    compute_columns,
    load_plugins,
    plugin_columns,
)
from commune_coverage.indicators.unknown_places import widen_all
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.declared.table import covered_people_share, read_declared, tabulate_declared
from commune_coverage.pipeline.stages.indicators.columns import (
    OperatorInputs,
    auxiliary_columns,
    known_operators,
    operator_table,
)
from commune_coverage.pipeline.stages.indicators.fixed import FixedLines
from commune_coverage.pipeline.stages.report import INGESTS, synthetic_layers
from commune_coverage.pipeline.stages.travel.modes import with_modes
from commune_coverage.pipeline.stages.travel.network import method_of, network_folder
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.population.sums import CommuneSums
from commune_coverage.runs.run import Run
from commune_coverage.schema.commune_gaps import commune_gaps_table
from commune_coverage.schema.inputs import Table

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


def indicators(run: Run, _: Progress) -> StageResult:
    """Write ``commune_gaps``, ``operator_coverage`` and ``national``: every commune has a row."""
    folder, plugins = run.stages_folder, load_plugins()
    communes, missing = read_geo(folder / "communes.parquet"), missing_figures(run)
    figures: Columns = {"people": _people(run, len(communes)), **_cell_columns(run, len(communes))}
    context = _context(run, [spec for spec in THEME_INDICATORS if f"{spec.name}_gap" not in missing])
    figures |= _theme_columns(_table(communes, figures), context, missing)
    no_signal_people = figures.get("no_signal_people", np.nan * figures["people"])
    figures |= auxiliary_columns(run, communes, figures["people"], no_signal_people)
    settled_share = settled_share_of(run)
    if settled_share < 1.0:
        figures |= widen_all(figures, THEMES, settled_share)
    tested = _tested(run, len(communes))
    if tested is not None and "internet_gap_share" in figures:
        figures |= evidence_by_tests(figures, tested, run.country.evidence.tested_places)
    internet = context.sums.get("internet_sums")
    lines = FixedLines(run, communes, figures, internet.sums if internet else None, settled_share)
    figures |= lines.columns()
    figures |= _headline_source(run, figures, communes, lines, tested)
    figures |= _challenged(run, figures, communes["commune_code"].to_numpy())
    figures |= _composite(run, figures)
    labels = {"synthetic_layers": ", ".join(synthetic_layers(run))}
    table = _table(communes, figures).assign(evidence_class=_overall(run, figures, missing), **labels)
    table = _with_plugins(run, plugins, table)
    write_table(folder / "commune_gaps.parquet", table.set_geometry("geometry", crs=communes.crs))
    operators = OperatorInputs(
        communes, figures["people"], figures["sites"], _operator_sums(figures, context), settled_share
    )
    write_table(folder / "operator_coverage.parquet", operator_table(run, operators, labels))
    _write_declared(run, communes, labels)
    delivery = context.sums.get("delivery_sums")
    figures_of_nation = national_figures(table, delivery.national if delivery else {}) | lines.national()
    write_json(folder / "national.json", figures_of_nation)
    return _result(run, plugins)


def settled_share_of(run: Run) -> float:
    """The least part of an area on which its people live; 1 where it is known where they live."""
    is_unknown = (run.stage_report("people")["facts"] or {}).get("is_place_unknown", False)
    return run.country.evidence.settled_share if is_unknown else 1.0


def _tested(run: Run, communes: int) -> CommuneSpeeds | None:
    """Mobile speed tests by commune at the headline speed; None without such a layer."""
    source = run.stages_folder / "speed_tests.parquet"
    if run.country.layers.speed_tests is None or not source.is_file():
        return None
    return speeds_by_commune(read_table(source), communes, run.country.thresholds.high_speed_mbps[0])


def _headline_source(
    run: Run, figures: Columns, communes: gpd.GeoDataFrame, lines: FixedLines, tested: CommuneSpeeds | None
) -> Columns:
    """Say what the mobile part of the gap rests on, and rest it on what the country file says."""
    headline, speed_mbps = run.country.headline, run.country.thresholds.high_speed_mbps[0]
    if headline.source in ("measured", "combined") and tested is not None and "no_signal_share" in figures:
        is_combined, places = headline.source == "combined", run.country.evidence.tested_places
        columns = measured_gap(lines.mobile_alone(figures), figures["people"], tested, places, is_combined=is_combined)
        return columns | lines.other_headline(columns)
    if headline.source != evidence.DECLARED:
        return modelled_source(figures, len(communes))
    declared = read_declared(run.stages_folder, communes["area_km2"].to_numpy(dtype=np.float64))
    covered_share = covered_people_share(declared, speed_mbps, headline.environment)
    columns = declared_gap(figures, figures["people"], covered_share)
    return columns | lines.other_headline(columns)


def _write_declared(run: Run, communes: gpd.GeoDataFrame, labels: dict[str, str]) -> None:
    """Write what operators declare, where they do; of those that do not it says so."""
    declared = read_declared(run.stages_folder, communes["area_km2"].to_numpy(dtype=np.float64))
    if declared:
        table = tabulate_declared(communes, declared, known_operators(run))
        write_table(run.stages_folder / "declared_coverage.parquet", table.assign(**labels))


def _table(communes: gpd.GeoDataFrame, figures: Columns) -> gpd.GeoDataFrame:
    return pd.concat([communes, pd.DataFrame(figures, index=communes.index)], axis=1)


def _context(run: Run, specs: Sequence[IndicatorSpec]) -> IndicatorContext:
    """What the indicators are computed from: the sums that they need and what is known of the layers."""
    names = dict.fromkeys(name for spec in specs for name in spec.artifacts)
    files = {name: run.stages_folder / f"{name}.npz" for name in names}
    folder = run.stages_folder
    sums: dict[str, CommuneSums] = {
        name: with_modes(read_sums(file), folder, name) for name, file in files.items() if file.is_file()
    }
    has_method = (network_folder(run) / "method.json").is_file()
    towers = _tower_evidence(run) if run.stage_report("towers")["facts"] else None
    return IndicatorContext(run.country, sums, method_of(run) if has_method else "", towers)


def _theme_columns(table: pd.DataFrame, context: IndicatorContext, missing: dict[str, str]) -> Columns:
    """Columns of every theme with evidence and note; of a theme that cannot be had only these."""
    columns: Columns = {}
    for spec in THEME_INDICATORS:
        reason = missing.get(f"{spec.name}_gap")
        if reason is None:
            columns |= spec.values(table, context)
        else:
            kind, note = evidence.unavailable(len(table), reason)
            columns |= {f"{spec.name}_evidence": kind, f"{spec.name}_note": note}
    return columns


def _with_plugins(run: Run, plugins: Sequence[IndicatorSpec], table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The declared columns of the table, with those of other packages, in the declared order."""
    shown = table.reindex(columns=own_table(run).names)
    further: Columns = {}
    for spec in plugins:
        context = _context(run, [spec])
        if all(name in context.sums for name in spec.artifacts):
            further |= compute_columns(spec, shown.assign(**further), context)
    return shown.assign(**further).reindex(columns=declared_table(run).names)


def _result(run: Run, plugins: Sequence[IndicatorSpec]) -> StageResult:
    result, layer, source = StageResult(), run.country.layers.towers, run.stages_folder / "cells.parquet"
    if plugins:
        result.facts["plugins"] = {spec.name: spec.distribution for spec in plugins}
    if layer is not None and source.is_file():
        result.facts["stale_cells"] = int(_is_stale(run).sum())
        old = f"{layer.stale_after_days} days; {result.facts['stale_cells']:,} cells were not seen since"
        result.assume("internet", "measurements count for", old, "", "this project")
    return result


def _people(run: Run, communes: int) -> Floats:
    """People of each commune, NaN without a people layer."""
    source = run.stages_folder / "people_sums.npz"
    return read_sums(source).sums["people"] if source.is_file() else np.full(communes, np.nan)


def own_table(run: Run) -> Table:
    """Return the declaration of ``commune_gaps`` with the columns of this package."""
    themes = [declare(run.country) for declare in THEME_COLUMNS.values()]
    return commune_gaps_table(run.country.languages, themes)


def declared_table(run: Run) -> Table:
    """Return the declaration of this run's ``commune_gaps``, with the columns of other packages."""
    themes = [declare(run.country) for declare in THEME_COLUMNS.values()]
    further = plugin_columns(load_plugins(), own_table(run).names, run.country)
    return commune_gaps_table(run.country.languages, themes, further)


def missing_figures(run: Run) -> dict[str, str]:
    """Return the figures that the ingest stages say cannot be had, and why."""
    return {figure: why for name in INGESTS for figure, why in run.stage_report(name)["unavailable"].items()}


def _cell_columns(run: Run, communes: int) -> Columns:
    source = run.stages_folder / "cells.parquet"
    if not source.is_file():
        return dict.fromkeys(("cells", "sites", "cell_samples", "old_cell_samples"), np.full(communes, np.nan))
    cells = pd.concat([read_table(source), read_table(run.stages_folder / "cell_communes.parquet")], axis=1)
    inside = cells[cells["is_inside"]]

    def per_commune(rows: pd.DataFrame, weights: Floats | None = None) -> Floats:
        return np.bincount(rows["commune"], weights=weights, minlength=communes).astype(np.float64)

    samples, is_stale = inside["samples"].fillna(0).to_numpy(dtype=np.float64), _is_stale(run)[cells["is_inside"]]
    return {
        "cells": per_commune(inside),
        "sites": per_commune(inside.drop_duplicates(["site", "commune"])),
        "cell_samples": per_commune(inside, samples * ~is_stale),
        "old_cell_samples": per_commune(inside, samples * is_stale),
    }


def _is_stale(run: Run) -> npt.NDArray[np.bool_]:
    """By cell whether nobody has seen it for so long that its measurements are no evidence."""
    return read_table(run.stages_folder / "stale_cells.parquet")["is_stale"].to_numpy(dtype=np.bool_)


def _operator_sums(figures: Columns, context: IndicatorContext) -> dict[str, Floats]:
    """People covered by operator and technology; NaN where the model says nothing, nothing without the theme."""
    internet = context.sums.get("internet_sums")
    if internet is None:
        return {}
    poor = np.isnan(figures["no_signal_share"])
    return {name: np.where(poor, np.nan, values) for name, values in internet.sums.items()}


def _tower_evidence(run: Run) -> evidence.TowerEvidence:
    towers, settings = run.stage_report("towers"), run.country.evidence
    is_synthetic = bool(towers["origin"]["synthetic"]) and run.country.status == "real"
    return evidence.TowerEvidence(
        towers["facts"]["is_complete"], is_synthetic, settings.observed_samples, settings.data_poor_samples
    )


def _challenged(run: Run, figures: Columns, codes: npt.NDArray[np.object_]) -> Columns:
    """Figures that accepted challenges set, and the mark of their communes."""
    source = run.stages_folder / "challenges.parquet"
    if not source.is_file():
        return {"challenged": np.full(len(codes), "", dtype=object)}
    listed = read_table(source)
    by_theme = {theme: accepted_of(listed, f"{theme}_gap_share", codes) for theme in THEMES}
    columns: Columns = {"challenged": challenge_marks(len(codes), by_theme)}
    for theme, accepted in by_theme.items():
        columns |= override(figures, figures["people"], theme, accepted)
    return columns


def _composite(run: Run, figures: Columns) -> Columns:
    """All gaps that can be had, as one."""
    shares = {theme: figures[f"{theme}_gap_share"] for theme in THEMES if f"{theme}_gap_share" in figures}
    if not shares:
        return {}
    return dict(composite_columns(shares, run.country.composite.model_dump()))


def _overall(run: Run, figures: Columns, missing: dict[str, str]) -> npt.NDArray[np.object_]:
    """Find the weaker class of the figures that can be had at all."""
    known = [theme for theme in THEMES if f"{theme}_gap" not in missing]
    if run.country.headline.source == evidence.DECLARED:
        known = list(dict.fromkeys(["internet", *known]))
    classes = [figures[f"{theme}_evidence"] for theme in known]
    if not classes:
        return np.full(len(figures["people"]), evidence.DATA_POOR, dtype=object)
    return reduce(evidence.weaker, classes)
