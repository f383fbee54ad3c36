"""Districts and provinces as layers: outlines and sums of their communes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.indicators.areas import Areas, areas_of
from commune_coverage.schema.areas import NATION
from commune_coverage.schema.inputs import Column, people, share
from commune_coverage.schema.published import SYNTHETIC

GAPS = ("internet_gap", "delivery_gap", "payment_gap")
_PLURAL = {"district": "districts", "province": "provinces"}


class AreaLayer(NamedTuple):
    """Areas of one level: the layer's name, what a row is, its columns, the rows."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    rows: gpd.GeoDataFrame


def area_layers(communes: gpd.GeoDataFrame) -> Iterator[AreaLayer]:
    """Sum communes by district and by province, as far as they name theirs.

    Parameters
    ----------
    communes : GeoDataFrame
        The commune table of an edition, in code order.

    Yields
    ------
    AreaLayer
        Provinces, then districts. A figure of an area is empty where that of one of its inhabited communes is.
    """
    for areas in areas_of(communes):
        if areas.level not in (NATION, "commune"):
            yield _layer(areas, communes)


def _layer(areas: Areas, communes: gpd.GeoDataFrame) -> AreaLayer:
    first = pd.Series(areas.of_commune).drop_duplicates().loc[lambda numbers: numbers >= 0]
    order = first.sort_values().index.to_numpy()
    named = [str(name) for name in communes if str(name).startswith(f"{areas.level}_name")]
    rows = pd.DataFrame({f"{areas.level}_code": areas.codes})
    rows = rows.assign(**{name: communes[name].to_numpy()[order] for name in named}, **_figures(areas, communes))
    if SYNTHETIC.name in communes:
        rows = rows.assign(**{SYNTHETIC.name: communes[SYNTHETIC.name].to_numpy()[order]})
    plural = _PLURAL[areas.level]
    outlines = gpd.GeoDataFrame(rows, geometry=_outlines(areas, communes), crs=communes.crs)
    return AreaLayer(plural, f"{plural.capitalize()}: sums of their communes.", _columns(areas.level, named), outlines)


def _outlines(areas: Areas, communes: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    shapes = communes.geometry.to_numpy()
    return [polygons_of(shapely.union_all(shapes[areas.of_commune == number])) for number in range(len(areas.codes))]


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape: where borders nearly meet, a union also has lines."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _figures(areas: Areas, communes: pd.DataFrame) -> dict[str, pd.Series]:
    """Communes, people, area, people in each gap and their share; unknown where one of the communes is."""
    inhabitants = communes["people"].to_numpy(np.float64, na_value=np.nan)
    whole = {"people": inhabitants, "area_km2": communes["area_km2"].to_numpy(np.float64)}
    for gap in GAPS:
        inside = communes[f"{gap}_people"].to_numpy(np.float64, na_value=np.nan)
        whole[f"{gap}_people"] = np.where(inhabitants == 0, 0.0, inside)
    inside = areas.of_commune >= 0
    sums = {name: _sum(values[inside], areas.of_commune[inside]) for name, values in whole.items()}
    shares = {f"{gap}_share": sums[f"{gap}_people"] / sums["people"].where(sums["people"] > 0) for gap in GAPS}
    count = pd.Series(np.bincount(areas.of_commune[inside], minlength=len(areas.codes)))
    return {"communes": count, **sums, **shares}


def _sum(values: np.ndarray, area: np.ndarray) -> pd.Series:
    return pd.Series(values).groupby(area).sum(skipna=False)


def _columns(level: str, named: list[str]) -> tuple[Column, ...]:
    return (
        Column(f"{level}_code", "text", f"Code of the {level}.", required=True),
        *(Column(name, "text", f"Name of the {level}.") for name in named),
        Column("communes", "integer", "Communes in it.", "communes", 1),
        people("people", "Residents; empty where those of a commune are not known."),
        Column("area_km2", "number", "Geodesic area on WGS 84.", "km2", 0),
        *(people(f"{gap}_people", f"People in the {_words(gap)}.") for gap in GAPS),
        *(share(f"{gap}_share", f"Share of people in the {_words(gap)}.") for gap in GAPS),
        SYNTHETIC,
    )


def _words(gap: str) -> str:
    return gap.replace("_", " ")
