"""The level of each operator and technology, set so that published shares of people are met."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from commune_coverage.config.country import Country
from commune_coverage.core.files import atomic_write, read_json, read_table, write_json
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import (
    Served,
    SignalFiles,
    carrier_corrections_db,
    operators_of,
    read_left,
)
from commune_coverage.pipeline.stages.radio.first_pass import service_inputs, tile_inputs
from commune_coverage.pipeline.stages.radio.network import link_parameters_for
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.radio.scoring.level_offsets import fit_level_offset, reported_dbm, required_offsets_db
from commune_coverage.readers.parsing.text import plain_name
from commune_coverage.schema.areas import NATION
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]


def required_offsets_of_tile(files: SignalFiles, _before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write what each place of a tile needs to be covered, and the level that a phone would report there."""
    inputs, served = tile_inputs(files, None, country, tile), read_left(Served, files.servers(tile))
    parameters, layer = link_parameters_for(files, country, None), country.layers.known_coverage
    offsets_db = carrier_corrections_db(files, inputs.network.carriers)
    service = service_inputs(inputs, served, served.cell_edge_interference_mw, parameters, offsets_db)
    required = required_offsets_db(service, layer.max_offset_db if layer else 0.0)
    reported = reported_dbm(service)
    columns = {}
    for operator in range(service.operators):
        for row, technology in enumerate(TECHNOLOGIES):
            for name, values in (("required", required), ("reported", reported)):
                in_order = np.empty(len(inputs.people), np.float32)
                in_order[inputs.layout.order] = values[operator, row]
                columns[f"{name}_{operator}_{technology}"] = in_order
    with atomic_write(files.required_offsets(tile)) as path:
        feather.write_feather(pa.table(columns), path, compression="lz4")


def needs_of(files: SignalFiles, tile: int, operator: int, technology: str, min_level_dbm: float = np.nan) -> Floats:
    """Offsets with which the places of a tile are covered, dB; by a least level where one is given."""
    is_level = bool(np.isfinite(min_level_dbm))
    column = f"{'reported' if is_level else 'required'}_{operator}_{technology}"
    values = feather.read_table(files.required_offsets(tile), columns=[column])[column].to_numpy().astype(np.float64)
    return min_level_dbm - values if is_level else values


def write_level_offsets(files: SignalFiles, country: Country, is_known: bool) -> list[dict[str, Any]]:
    """Write and return the offset of each operator and technology that a published share is to calibrate."""
    rows: list[dict[str, Any]] = []
    layer = country.layers.known_coverage if is_known else None
    if country.radio.level_offsets_db:
        rows = _stated(country.radio.level_offsets_db)
    elif layer is not None:
        known = read_table(files.known_coverage)
        rows = fitted_offsets(files, known[known["use"] == "calibrate"], layer.max_offset_db)
    write_json(files.level_offsets, rows)
    return rows


def _stated(offsets_db: Mapping[str, Mapping[Any, float]]) -> list[dict[str, Any]]:
    """Offsets that the country file states: nothing is known of what they are to reach."""
    unknown = ("low_db", "high_db", "known_share", "tolerance_share", "reached_share", "attainable_share")
    empty = dict.fromkeys((*unknown, "min_level_dbm"), None) | {"is_reached": True, "date": "", "published_by": ""}
    return [
        {"operator": operator, "technology": technology, "offset_db": offset_db, **empty}
        for operator, by_technology in sorted(offsets_db.items())
        for technology, offset_db in sorted(by_technology.items())
    ]


def fitted_offsets(files: SignalFiles, known: pd.DataFrame, max_offset_db: float) -> list[dict[str, Any]]:
    """The offset of each operator and technology that has a carrier and a national figure to calibrate with."""
    rows: list[dict[str, Any]] = []
    tiles = range(tile_count(files.folder))
    if not tiles:
        return rows
    people = np.concatenate(
        [read_tile(files.folder, tile, ["people"])["people"].to_numpy(np.float64) for tile in tiles]
    )
    for number, operator in enumerate(operators_of(files.folder)):
        for technology in TECHNOLOGIES:
            figure = newest(figures_for(known, operator, technology))
            if figure is not None:
                level = float(figure["min_level_dbm"])
                required = np.concatenate([needs_of(files, tile, number, technology, level) for tile in tiles])
                named = {"operator": operator, "technology": technology}
                rows.append(named | fitted(required, people, figure, max_offset_db))
    return rows


def newest(figures: pd.DataFrame) -> pd.Series | None:
    """The newest national figure of people, None where there is none."""
    national = figures[(figures["level"] == NATION) & (figures["measure"] == "people")]
    return national.sort_values("date", kind="stable").iloc[-1] if len(national) else None


def fitted(required_db: Floats, people: Floats, figure: pd.Series, max_offset_db: float) -> dict[str, Any]:
    """The offset for a figure, as JSON; 0 where nobody can be reached."""
    share, tolerance, level = (float(figure[name]) for name in ("covered_share", "tolerance_share", "min_level_dbm"))
    offset = fit_level_offset(required_db, people, share, tolerance, max_offset_db)
    # Up, so that the place at which the share is met stays covered.
    shown = {
        name: ceil(1000 * value) / 1000 if np.isfinite(value) else None for name, value in offset._asdict().items()
    }
    return shown | {
        "offset_db": shown["offset_db"] or 0.0,
        "reached_share": offset.reached_share,
        "attainable_share": offset.attainable_share,
        "known_share": share,
        "tolerance_share": tolerance,
        "is_reached": offset.is_reached(share, tolerance),
        "date": str(figure["date"]),
        "published_by": str(figure["published_by"]),
        "min_level_dbm": level if np.isfinite(level) else None,
    }


def figures_for(known: pd.DataFrame, operator: str, technology: str) -> pd.DataFrame:
    """The known figures of an operator, whatever its spelling, and technology."""
    spelled = known["operator"].map(plain_name) == plain_name(operator)
    return known[spelled & (known["technology"] == technology)]


def record_level_offsets(result: StageResult, files: SignalFiles, offsets: list[dict[str, Any]]) -> None:
    """State the offsets and what drive tests say of carriers among facts and assumptions."""
    result.facts["level_offsets"] = offsets
    for row in read_json(files.carrier_corrections):
        name = f"calibrated by drive tests, {row['operator']} {row['technology'].upper()} {row['frequency_mhz']:g} MHz"
        value = f"{row['correction_db']:+.1f} beyond its environments, {row['tests']:,.0f} tests"
        result.assume("internet", name, value, "dB", "drive tests")
    for row in offsets:
        by = "stated" if row["known_share"] is None else "set by a published share"
        name = f"level {by}, {row['operator']} {row['technology'].upper()}"
        result.assume("internet", name, _sentence(row), "dB", row["published_by"] or "country file")


def _sentence(row: dict[str, Any]) -> str:
    if row["known_share"] is None:
        return f"{row['offset_db']:+.1f}"
    if row["attainable_share"] == 0:
        return "none: no cell reaches anybody"
    text = f"{row['offset_db']:+.1f} ({row['low_db']:+.1f} to {row['high_db']:+.1f})"
    if row["is_reached"]:
        return text
    most = f"the greatest offset covers {row['attainable_share']:.1%}"
    return f"{text}; {row['known_share']:.1%} is not reached: {most}, this one {row['reached_share']:.1%}"
