"""Faults planted in the invented country's files, and the list of where each one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import Reason

COLUMNS = ["country_file", "layer", "file", "line", "reason_code", "action"]
HOSTILE_NAMES = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=1+1")
Row = list[str]
Fault = tuple[Row, Reason | str]


@dataclass
class Planted:
    """The faults of one country file: quarantined for a reason; else 'blank', 'repair', 'neighbour', 'out_of_area'."""

    country_file: str
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, layer: str, file: str, line: int, what: Reason | str) -> None:
        """Record one fault at a physical line, sheet row, feature number or cell index."""
        reason, action = (what.name.lower(), "quarantine") if isinstance(what, Reason) else ("", what)
        row = (self.country_file, layer, file, int(line), reason, action)
        self.rows.append(dict(zip(COLUMNS, row, strict=True)))

    def insert(self, layer: str, file: str, good: list[Row], faults: list[Fault], first_line: int) -> list[Row]:
        """``good`` with the faulty rows among its second half, evenly; ``first_line`` is the line of its first row.

        They stand in the second half so that a repeated identifier comes after the first one.
        """
        places = np.linspace(len(good) // 2, len(good), len(faults)).astype(int).tolist()
        rows: list[Row] = []
        start = 0
        for place, (row, what) in zip(places, faults, strict=True):
            rows += good[start:place]
            self.add(layer, file, first_line + len(rows), what)
            rows.append(row)
            start = place
        return rows + good[start:]

    def write(self, folder: Path) -> None:
        """Append to planted_faults.csv."""
        target = folder / "planted_faults.csv"
        before = pd.read_csv(target) if target.is_file() else pd.DataFrame(columns=COLUMNS)
        table = (
            pd.concat([before, pd.DataFrame(self.rows, columns=COLUMNS)]) if len(before) else pd.DataFrame(self.rows)
        )
        with atomic_write(target) as path:
            table.to_csv(path, index=False, lineterminator="\n")


def changed(row: Row, **fields: str) -> Row:
    """A copy of a row with some fields, by position ('f3'), replaced."""
    copy = list(row)
    for name, value in fields.items():
        copy[int(name[1:])] = value
    return copy


OVERLAP_DEG = 0.004
SLIVER_DEG = 0.0006
SHAPELESS_CODE = "990101"


def spoil_communes(communes: gpd.GeoDataFrame, layer: str, file: str, planted: Planted) -> gpd.GeoDataFrame:
    """The communes (commune_code, geometry) with faults in them; every row's feature number is recorded."""
    frame = communes.copy().reset_index(drop=True)
    crossed, grown, shrunk, halved = _inland(frame)
    shapes = frame.geometry.to_numpy().copy()
    shapes[crossed] = _crossed(shapes[crossed])
    shapes[grown] = shapely.buffer(shapes[grown], OVERLAP_DEG)
    shapes[shrunk] = shapely.buffer(shapes[shrunk], -SLIVER_DEG)
    first, second = _halves(shapes[halved])
    shapes[halved] = first
    code = frame["commune_code"][halved]
    corner = shapely.box(*(frame.total_bounds[:2] - 0.05), *(frame.total_bounds[:2] - 0.04))
    extra = gpd.GeoDataFrame(
        {"commune_code": [code, "", SHAPELESS_CODE]}, geometry=[second, corner, None], crs=frame.crs
    )
    for row in (crossed, grown, shrunk, halved, len(frame), len(frame) + 2):
        planted.add(layer, file, row + 1, "repair")
    planted.add(layer, file, len(frame) + 2, Reason.MISSING_CODE)
    return gpd.GeoDataFrame(pd.concat([frame.set_geometry(shapes), extra], ignore_index=True), crs=frame.crs)


def _inland(frame: gpd.GeoDataFrame) -> list[int]:
    """Four communes of one part, away from the shore and from each other, in the order of their codes."""
    shore = shapely.union_all(frame.geometry.to_numpy()).boundary
    shapes = frame.geometry.to_numpy()
    inside = np.flatnonzero((shapely.distance(shapes, shore) > 2 * OVERLAP_DEG) & (frame.geom_type == "Polygon"))
    chosen: list[int] = []
    for row in inside.tolist():
        if all(shapely.distance(shapes[row], shapes[other]) > 3 * OVERLAP_DEG for other in chosen):
            chosen.append(row)
    return chosen[:4]


def _crossed(shape: shapely.Polygon) -> shapely.Polygon:
    """The polygon with two neighbouring vertices swapped, at the first place where that crosses the ring."""
    points = list(shape.exterior.coords)
    for place in range(1, len(points) - 2):
        swapped = [*points[:place], points[place + 1], points[place], *points[place + 2 :]]
        if not shapely.is_valid(shapely.Polygon(swapped)):
            return shapely.Polygon(swapped)
    return shape


def _halves(shape: shapely.Polygon) -> tuple[shapely.Geometry, shapely.Geometry]:
    west, south, east, north = shape.bounds
    left = shapely.box(west, south, (west + east) / 2, north)
    return shapely.intersection(shape, left), shapely.difference(shape, left)
