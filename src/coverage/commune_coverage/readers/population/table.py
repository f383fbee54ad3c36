"""People by commune code: a table alone, or spread over points that have no numbers of their own."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import FileRef, PeopleLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.codes import codes_like, normalise_codes, note_repaired
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.readers.population.code_matching import CodeMatches, match_codes, report_matches, rows_of_points
from commune_coverage.readers.population.commune_rows import by_parents, joined_lines, one_row_each, without_totals
from commune_coverage.readers.population.demand_points import PEOPLE_REQUIRED, People, people_table, places_in_communes
from commune_coverage.readers.population.spread import Spreading
from commune_coverage.schema.inputs import Column

Rows = npt.NDArray[np.int64]

_CODE = Column("commune_code", "text", "Code of the commune.", required=True)


def from_table(layer: PeopleLayer, area: StudyArea, log: RowLog, spreading: Spreading) -> People:
    """Spread the people of each row of a table over its commune.

    Parameters
    ----------
    layer : PeopleLayer
        The table by commune code.
    area : StudyArea
        The communes as an area.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    spreading : Spreading
        Where in a commune its people live.

    Returns
    -------
    People
        Populated points, and people whose code matches no commune as quarantined.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it has no column of codes or of people.
    """
    table = _commune_rows(layer, layer.code_width, area, log)
    nowhere = np.zeros(0, dtype=np.int64)
    matched = match_codes(table, area.communes, pd.Series([], dtype=object), nowhere)
    _quarantine_unmatched(table, matched, area, log)
    bare = matched.commune != OUTSIDE
    places = _over_communes(table, matched, bare, spreading, log)
    return _people(table, matched, places, area)


def over_points(ref: FileRef, points: pd.DataFrame, log: RowLog, spreading: Spreading) -> People:
    """Share the people of a table's rows equally over their points.

    A row whose commune holds no point is spread over the commune.

    Parameters
    ----------
    ref : FileRef
        The table by commune code.
    points : DataFrame
        (points,) ``lon`` and ``lat`` (degrees, WGS 84), ``commune`` and their own codes.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    spreading : Spreading
        Where in a commune its people live.

    Returns
    -------
    People
        Populated points, and people whose code matches no commune as quarantined.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it has no column of codes or of people.
    """
    layer, area = spreading.layer, spreading.area
    table = _commune_rows(ref, layer.code_width, area, log)
    commune = points["commune"].to_numpy()
    codes = _own_codes(points, layer, area)
    matched = match_codes(table, area.communes, codes, commune)
    _quarantine_unmatched(table, matched, area, log)
    row = rows_of_points(table, matched, codes, commune)
    sharing = row != OUTSIDE
    log.note(f"{int(sharing.sum()):,} of {len(row):,} points share in a row")
    points_of_row = np.bincount(row[sharing], minlength=len(table))
    each = table["people"].to_numpy()[row[sharing]] / points_of_row[row[sharing]]
    x_m, y_m = area.to_metric(points["lon"].to_numpy()[sharing], points["lat"].to_numpy()[sharing])
    shared = pd.DataFrame({"x_m": x_m, "y_m": y_m, "people": each, "commune": commune[sharing]})
    bare = (matched.commune != OUTSIDE) & (points_of_row == 0)
    return _people(table, matched, pd.concat([shared, _over_communes(table, matched, bare, spreading, log)]), area)


def _commune_rows(ref: FileRef, width: int | None, area: StudyArea, log: RowLog) -> pd.DataFrame:
    """Rows of a population table, one a commune: normalised code, people, perhaps a name."""
    declared = people_table(_CODE, PEOPLE_REQUIRED)
    raw = read_table(ref, log)
    rows = check_rows(pick_columns(raw, declared, ref), declared, log, ref.number_format)
    written = rows["commune_code"]
    codes, repaired = codes_like(written, area.communes["commune_code"], width or _code_width(area))
    note_repaired(repaired, log)
    rows = by_parents(rows.assign(commune_code=codes), raw, area.communes, log)
    rows = without_totals(rows, written, area.communes, log)
    rows = one_row_each(rows, raw, ref, log).reset_index(drop=True)
    return _in_the_boundaries_codes(rows, ref, area, log)


def _in_the_boundaries_codes(rows: pd.DataFrame, ref: FileRef, area: StudyArea, log: RowLog) -> pd.DataFrame:
    """One row per code of the boundaries' year, with ``lines`` of the file's rows that its people come from."""
    changes, year = area.code_changes, ref.code_year
    if changes is None or year is None or area.code_year is None:
        return rows
    parts = changes.carry(rows["commune_code"], year, area.code_year)
    moved = parts["code"].to_numpy() != rows["commune_code"].to_numpy()[parts["row"]]
    source = rows.iloc[parts["row"]].reset_index(drop=True)
    people = source["people"] * parts["share"]
    named = {"commune_name": source["commune_name"].where(~moved, "")} if "commune_name" in rows else {}
    parts = source.assign(commune_code=parts["code"], people=people, **named)
    log.note(
        f"{int(moved.sum())} parts with {people[moved].sum():,.0f} people carried from codes of {year} "
        f"to codes of {area.code_year}"
    )
    merged = {"people": "sum", LINE: "min", **dict.fromkeys(named, "max")}
    grouped = parts.groupby("commune_code", sort=False)
    return grouped.agg(merged).assign(lines=grouped["lines"].agg(joined_lines)).reset_index()


def _code_width(area: StudyArea) -> int:
    return int(area.communes["commune_code"].str.len().max())


def _own_codes(points: pd.DataFrame, layer: PeopleLayer, area: StudyArea) -> pd.Series:
    """Each point's own commune code: stated, or the leading digits of its place code."""
    width = layer.code_width or _code_width(area)
    if "place_code" in points:
        return normalise_codes(points["place_code"], layer.place_code_width).str[:width]
    if "commune_code" in points:
        return codes_like(points["commune_code"], area.communes["commune_code"], width)[0]
    return pd.Series("", index=points.index, dtype=object)


def _quarantine_unmatched(table: pd.DataFrame, matched: CodeMatches, area: StudyArea, log: RowLog) -> None:
    """Report how rows were matched; those that were not are quarantined with the people they hold."""
    report_matches(table, matched, area.communes, log)
    unplaced = matched.commune == OUTSIDE
    held = table["people"].map(": {:,.0f} people".format)
    shown = table["commune_code"] + " " + table.get("commune_name", "") + held
    placed_lines = {line for lines in table["lines"][~unplaced] for line in lines}
    lost = {
        line: text
        for lines, text in zip(table["lines"][unplaced], shown[unplaced], strict=True)
        for line in lines
        if line not in placed_lines
    }
    log.set_aside(lost, Reason.UNMATCHED_CODE, list(lost.values()))
    log.kept += len(placed_lines)


def _over_communes(
    table: pd.DataFrame, matched: CodeMatches, rows: npt.NDArray[np.bool_], spreading: Spreading, log: RowLog
) -> pd.DataFrame:
    people, commune, area = table["people"].to_numpy()[rows], matched.commune[rows], spreading.area
    if len(people) and spreading.layer.spread_over is None:
        log.note(f"{len(people)} rows with {people.sum():,.0f} people are spread evenly over their communes")
    shapes = area.system.frame(area.communes[["geometry"]].iloc[commune]).geometry.to_numpy()
    return spreading.over(gpd.GeoDataFrame({"people": people, "commune": commune}, geometry=shapes), log)


def _people(table: pd.DataFrame, matched: CodeMatches, places: pd.DataFrame, area: StudyArea) -> People:
    people = table["people"].to_numpy()
    unplaced = float(people[matched.commune == OUTSIDE].sum())
    return People(places_in_communes(places, area), float(people.sum()), unplaced, 0.0)
