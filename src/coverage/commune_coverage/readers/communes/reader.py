"""Communes: any vector file becomes one clean row per code, named in every language of the country."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from commune_coverage.config.country import Country
from commune_coverage.config.layers import CommunesLayer, FileRef
from commune_coverage.core.errors import MissingColumnError, UnreadableFileError
from commune_coverage.core.longitudes import on_globe
from commune_coverage.core.metric_system import MetricSystem, system_of
from commune_coverage.core.projections import LIMIT
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.boundaries.code_changes import read_code_changes
from commune_coverage.readers.boundaries.study_area import StudyArea, area_of, metric_crs_of
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.communes import topology
from commune_coverage.readers.communes.identity import told_apart
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.codes import (
    UNMATCHED,
    codes_like,
    first_rounded,
    match_by_overlap,
    note_repaired,
    through_numbers,
)
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import LINE, attribute_text
from commune_coverage.schema.inputs import COMMUNES, Column, Table, named_columns

LEVELS = ("commune", "district", "province")
WGS84 = Geod(ellps="WGS84")


def read_communes(layer: CommunesLayer, context: ReadContext) -> ReadResult:
    """Read the communes: one row a code, named, with parents, as polygons that do not overlap.

    A coded row without geometry stays, with an empty one.

    Parameters
    ----------
    layer : CommunesLayer
        The boundary file, and those that codes and names are joined from.
    context : ReadContext
        Its country names the languages and, where stated, the metric reference system.

    Returns
    -------
    ReadResult
        Table ``communes``: (communes,) sorted by ``commune_code``, polygons in WGS 84, ``area_km2`` on the ellipsoid.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, or holds no shape on the globe or no commune with a code.
    MissingColumnError
        When no column of codes is known.
    MissingCrsError
        When the file does not state its reference system.
    """
    country, log = context.country, RowLog("communes", layer.path.name)
    shapes = _validate_bounds(read_vector(layer, log).to_crs("EPSG:4326"), log)
    communes = _coded(shapes, layer, country, log)
    communes = topology.dissolve_by_code(topology.repair_rings(communes, log), log)
    metric = country.metric_crs or metric_crs_of(communes)
    system = StudyArea(communes, metric).system
    _note_system(system, communes, is_stated=country.metric_crs is not None, log=log)
    communes = _in_reach_of(system, communes, log)
    communes = topology.resolve_overlaps(communes, system.frame(communes).area.to_numpy(), log)
    communes = topology.close_slivers(communes, system, layer.sliver_width_m, log)
    communes, logs = _named(communes, layer, country, log)
    if layer.code_changes is not None:
        logs.append(read_code_changes(layer.code_changes, layer.code_width)[1])
    communes["area_km2"] = [abs(WGS84.geometry_area_perimeter(shape)[0]) / 1e6 for shape in communes.geometry]
    facts = {"communes": len(communes), "area_km2": float(communes["area_km2"].sum())}
    table = communes.drop(columns=LINE)
    if not system.is_whole or not system.scale.is_one:
        # As the stages after this one will have it, of the boundaries without overlaps.
        system = area_of(layer, country.metric_crs, table).system
    return ReadResult({"communes": table}, [log, *logs], facts, records={"scale": system.scale})


def _validate_bounds(shapes: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Return the features cut at 180 degrees, those whose shape has impossible positions left without one."""
    cut, number = on_globe(shapes.geometry.to_numpy())
    if number:
        log.note(f"{number} shapes are drawn across 180 degrees; cut there")
        shapes = shapes.set_geometry(cut, crs=shapes.crs)
    bounds = shapes.geometry.bounds.to_numpy()
    absent = (shapes.geometry.isna() | shapes.geometry.is_empty).to_numpy()
    sound = absent | (np.isfinite(bounds).all(axis=1) & (np.abs(bounds) <= [181, 91, 181, 91]).all(axis=1))
    for line in shapes.loc[~sound, LINE]:
        log.note(f"feature {line}: its shape is not on the globe (a wrong crs?); kept without it")
    if not (sound & ~absent).any():
        raise UnreadableFileError(f"'{log.file}' holds no shape on the globe; state its crs in the country file")
    return shapes.set_geometry(np.where(sound, shapes.geometry.to_numpy(), None), crs=shapes.crs)


def _note_system(system: MetricSystem, communes: gpd.GeoDataFrame, *, is_stated: bool, log: RowLog) -> None:
    """Note the metric system; and its error of scale where that is larger than figures are computed with."""
    log.note(f"distances are taken in {system.name}" + ("" if is_stated else ", worked out from the boundaries"))
    if not system.is_whole:
        log.note(f"the country has {len(system.parts)} parts far from each other, each with its own metric system")
    if system.projection_error < LIMIT:
        return
    log.note(_scale_note(system, system_of(communes.geometry.to_numpy()) if is_stated else system))


def _scale_note(system: MetricSystem, fitting: MetricSystem) -> str:
    """Say how far off distances in a system are, what is left of that, and whether there is a better one."""
    off_percent, limit_percent = 100 * system.projection_error, 100 * LIMIT
    off = (
        f"distances in {system.name} are up to {off_percent:.2f} % off over the communes (limit {limit_percent:.1f} %)"
    )
    if system.error_left is not None:
        off += f"; corrected by the local scale they are within {100 * system.error_left:.3f} %"
    if fitting.projection_error < LIMIT:
        return f"{off}; leave metric_crs out of the country file, and {fitting.name} is taken"
    return off if system.error < LIMIT else f"{off}; no one projection is nearer"


def _in_reach_of(system: MetricSystem, communes: gpd.GeoDataFrame, log: RowLog) -> gpd.GeoDataFrame:
    """Return the communes, those that the metric system cannot show left without a shape."""
    bounds = system.frame(communes).bounds.to_numpy()
    beyond = np.isinf(bounds).any(axis=1)
    for code in communes.loc[beyond, "commune_code"]:
        log.note(f"commune {code}: its shape is beyond {system.name}; kept without it")
    shapes = communes.geometry.to_numpy().copy()
    shapes[beyond] = topology.polygons_of(None)
    return communes.set_geometry(shapes, crs=communes.crs)


def _table(country: Country) -> Table:
    names = [column for level in LEVELS for column in named_columns(level, country.languages)]
    codes = [column for column in COMMUNES.columns if column.name.endswith("_code")]
    return Table("communes", COMMUNES.sentence, (*codes, *names))


def _optional_code(table: Table) -> Table:
    columns = tuple(Column(c.name, c.kind, c.sentence) if c.name == "commune_code" else c for c in table.columns)
    return Table(table.name, table.sentence, columns)


def _coded(shapes: gpd.GeoDataFrame, layer: CommunesLayer, country: Country, log: RowLog) -> gpd.GeoDataFrame:
    table = _table(country)
    picked = pick_columns(shapes, table if layer.codes is None else _optional_code(table), layer)
    picked = picked.apply(lambda column: column if column.name == LINE else attribute_text(column))
    communes = gpd.GeoDataFrame(picked, geometry=shapes.geometry.to_numpy(), crs=shapes.crs)
    if layer.codes is not None:
        communes = _codes_by_overlap(communes, layer.codes, country, log)
    uncoded = is_missing(communes["commune_code"])
    log.set_aside(communes.loc[uncoded, LINE], Reason.MISSING_CODE)
    communes = communes[~uncoded].reset_index(drop=True)
    if communes.empty:
        raise UnreadableFileError(f"'{layer.path.name}' holds no commune with a code")
    communes["commune_code"] = _whole_codes(communes["commune_code"], layer, log)
    communes = told_apart(communes, log)
    empty = communes.geometry.isna() | communes.geometry.is_empty
    for code in communes.loc[empty, "commune_code"]:
        log.note(f"commune {code}: no geometry; kept without one")
    log.kept += len(communes)
    return communes


def _whole_codes(written: pd.Series, layer: CommunesLayer, log: RowLog) -> pd.Series:
    """Codes with the zeros that a spreadsheet took away; those that lost other digits are refused."""
    lost = first_rounded(written)
    if lost is not None:
        raise UnreadableFileError(
            f"'{layer.path.name}': codes such as {printable(lost, 40)} have lost digits; "
            "export the column of codes as text"
        )
    codes, repaired = through_numbers(written, layer.code_width)
    if repaired:
        log.note(f"{repaired} codes had gone through a number, such as {_example(written, codes)}")
    padded = int((written != codes).sum()) - repaired
    if padded:
        log.note(f"{padded} codes had lost their leading zeros")
    return codes


def _example(written: pd.Series, codes: pd.Series) -> str:
    return next(f"{a} for {b}" for a, b in zip(written, codes, strict=True) if a != b and not a.isdigit())


def _codes_by_overlap(communes: gpd.GeoDataFrame, ref: FileRef, country: Country, log: RowLog) -> gpd.GeoDataFrame:
    """Codes, and attributes that are still missing, from the other file's best one-to-one overlaps."""
    other = read_vector(ref).to_crs(communes.crs)
    attributes = pick_columns(other, _table(country), ref).drop(columns=LINE).apply(attribute_text)
    repaired = [topology.polygons_of(shapely.make_valid(shape)) for shape in communes.geometry]
    matched = match_by_overlap(gpd.GeoSeries(repaired), gpd.GeoSeries(shapely.make_valid(other.geometry.to_numpy())))
    log.note(
        f"{int((matched != UNMATCHED).sum())} of {len(communes)} codes taken from '{ref.path.name}' by largest overlap"
    )
    taken = attributes.take(matched.clip(0)).reset_index(drop=True)
    taken[matched == UNMATCHED] = ""
    return _fill(communes, taken)


def _fill(communes: gpd.GeoDataFrame, other: pd.DataFrame) -> gpd.GeoDataFrame:
    """Columns of ``other`` (same row order) where ours are missing or blank."""
    for name in other.columns:
        ours = communes[name] if name in communes else pd.Series("", index=communes.index, dtype=object)
        communes[name] = np.where(is_missing(ours), other[name].fillna("").to_numpy(), ours)
    return communes


def _named(
    communes: gpd.GeoDataFrame, layer: CommunesLayer, country: Country, log: RowLog
) -> tuple[gpd.GeoDataFrame, list[RowLog]]:
    width = layer.code_width or int(communes["commune_code"].str.len().max())
    logs = []
    for ref in layer.gazetteer:
        gazetteer_log = RowLog("communes.gazetteer", ref.path.name)
        names = _gazetteer(ref, country, communes["commune_code"], width, gazetteer_log)
        known = communes["commune_code"].isin(names.index)
        _note_codes(log, f"not in {ref.path.name}", communes.loc[~known, "commune_code"])
        _note_codes(log, f"in {ref.path.name} without a boundary", names.index.difference(communes["commune_code"]))
        communes = _fill(communes, names.reindex(communes["commune_code"]).reset_index(drop=True))
        logs.append(gazetteer_log)
    for level, digits in (("district", layer.district_digits), ("province", layer.province_digits)):
        if digits is not None:
            derived = pd.DataFrame({f"{level}_code": communes["commune_code"].str[:digits]})
            communes = _fill(communes.drop(columns=f"{level}_code", errors="ignore"), derived)
    for column in _table(country).columns:
        if column.name not in communes:
            communes[column.name] = ""
    return communes, logs


def _gazetteer(ref: FileRef, country: Country, known: pd.Series, width: int, log: RowLog) -> pd.DataFrame:
    table = pick_columns(read_table(ref, log), _table(country), ref)
    if len(table.columns) <= 2:
        raise MissingColumnError(
            f"'{ref.path.name}': no name column is mapped; set columns = {{ commune_name = \"…\" }}"
        )
    missing = is_missing(table["commune_code"])
    log.set_aside(table.loc[missing, LINE], Reason.MISSING_CODE)
    codes, repaired = codes_like(table.loc[~missing, "commune_code"], known, width)
    note_repaired(repaired, log)
    table = table[~missing].assign(commune_code=codes)
    repeated = table["commune_code"].duplicated()
    log.set_aside(table.loc[repeated, LINE], Reason.DUPLICATE_ID, list(table.loc[repeated, "commune_code"]))
    table = table[~repeated]
    log.kept += len(table)
    return table.drop(columns=LINE).set_index("commune_code")


def _note_codes(log: RowLog, what: str, codes: pd.Series | pd.Index) -> None:
    if len(codes):
        log.note(f"{len(codes)} communes {what}: {', '.join(sorted(codes))}")
