"""Borders: vector lines near the country."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from commune_coverage.config.layers import BordersLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.ground.lines import lines_near, read_classed_lines
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.schema.inputs import BORDERS

_STEP_M = 500.0
"""Lengths that lie too far out are told to this step; what is counted is cut more finely."""


def read_borders(layer: BordersLayer, context: ReadContext) -> ReadResult:
    """Read the lines of the country's border.

    Parameters
    ----------
    layer : BordersLayer
        Vector lines in any reference system.
    context : ReadContext
        Without an area the lines are checked and stay in the file's reference system.

    Returns
    -------
    ReadResult
        Table ``borders``: (lines,) LineStrings in the metric reference system with the columns of ``BORDERS``. A note
        says how many km lie farther than ``within_m`` from every commune, and so count for nobody.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    log, area = RowLog("borders", layer.path.name), context.area
    found = read_classed_lines(layer, BORDERS, log)
    if area is None:
        log.kept = len(found)
        return ReadResult({"borders": found.explode(ignore_index=True)}, [log])
    found = lines_near(found, area, layer.within_m, log)
    far_km = _far_km(found, area, layer.within_m)
    if far_km >= _STEP_M / 1000:
        log.note(
            f"{far_km:,.0f} km of border lie farther than {layer.within_m:g} m from every commune; they are left out"
        )
    length_m = area.system.scale.total_length_m(found.geometry.to_numpy())
    return ReadResult({"borders": found}, [log], {"length_km": length_m / 1000})


def _far_km(lines: gpd.GeoDataFrame, area: StudyArea, within_m: float) -> float:
    at, line = shapely.get_coordinates(shapely.segmentize(lines.geometry.to_numpy(), _STEP_M), return_index=True)
    rows = np.flatnonzero(line[1:] == line[:-1])
    middle = (at[rows] + at[rows + 1]) / 2
    is_far = area.nearest_commune(*area.system.to_degrees(*middle.T), within_m) == OUTSIDE
    return float(area.system.scale.lengths_m(at[rows], at[rows + 1])[is_far].sum()) / 1000
