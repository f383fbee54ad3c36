"""Vector lines with a class, near the country: railways and borders."""

from __future__ import annotations

import geopandas as gpd
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea, shapes_near
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.ground.roads import lines_only
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import Table


def read_classed_lines(layer: Layer, declared: Table, log: RowLog) -> gpd.GeoDataFrame:
    """Read the lines of a file, with their class where it states one.

    Parameters
    ----------
    layer : Layer
        Vector lines in any reference system.
    declared : Table
        Columns of the layer, ``class`` among them.
    log : RowLog
        Takes what is no line.

    Returns
    -------
    GeoDataFrame
        (lines,) in the file's reference system; ``class`` is empty where none is stated.
    """
    lines = read_vector(layer)
    log.read += len(lines)
    lines = lines_only(lines, log)
    table = check_rows(pick_columns(lines, declared, layer), declared, log)
    table = table.assign(**{"class": table["class"].fillna("") if "class" in table else ""})
    return gpd.GeoDataFrame(table, geometry=lines.geometry.loc[table.index], crs=lines.crs)


def lines_near(lines: gpd.GeoDataFrame, area: StudyArea, reach_m: float, log: RowLog) -> gpd.GeoDataFrame:
    """Keep the lines near the country.

    Parameters
    ----------
    lines : GeoDataFrame
        What ``read_classed_lines`` gives.
    area : StudyArea
        The communes as an area.
    reach_m : float, m
        How far from the communes a line may be.
    log : RowLog
        Counts what is kept and what lies elsewhere.

    Returns
    -------
    GeoDataFrame
        ``class`` and LineStrings in the metric reference system, without heights.
    """
    found = shapes_near(lines, area, reach_m, log)[["class", "geometry"]].explode(ignore_index=True)
    return found.set_geometry(shapely.force_2d(found.geometry.to_numpy()), crs=found.crs)
