"""People of cells that a coast cuts: by hand on coarse cells, against other people's areas, and conserved."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.config.layers import LandFile, PeopleLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.raster import windows
from commune_coverage.readers.population.land import is_land_raster, write_land
from commune_coverage.readers.population.raster import Inputs, populated_cells

CRS = "EPSG:32648"
WEST, NORTH, CELL_M = 500_000.0, 1_200_000.0, 1000.0


def write_raster(path: Path, values: np.ndarray) -> Path:
    transform = rasterio.Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype="float64", crs=CRS, transform=transform
    ) as target:
        target.write(values, 1)
    return path


def box(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """In cells from the corner of the raster."""
    return shapely.box(WEST + left * CELL_M, NORTH - bottom * CELL_M, WEST + right * CELL_M, NORTH - top * CELL_M)


def people_of(folder: Path, people: np.ndarray, communes: list[shapely.Geometry], **more: object) -> np.ndarray:
    """People of each commune, all windows together; with those left outside at the end."""
    shapes = gpd.GeoSeries(communes, crs=CRS).to_frame("geometry")
    shapes.to_crs(4326).to_parquet(folder / "communes.parquet")
    layer = PeopleLayer(path=write_raster(folder / "people.tif", people), **more)
    counted, outside = np.zeros(len(communes)), 0.0
    with rasterio.open(layer.path) as source:
        parts = windows(source)
    outlines = None
    if layer.land is not None and not is_land_raster(layer.land):
        outlines = write_land(layer.land, folder / "outlines.parquet", RowLog("people", "land.gpkg"))
    for bounds in parts:
        cells, window, _ = populated_cells(Inputs(layer, folder / "communes.parquet", outlines), bounds)
        counted += np.bincount(cells.commune, cells.people[cells.place] * cells.fraction, len(communes))
        outside += window.people_outside
    assert counted.sum() + outside == pytest.approx(people.sum(), abs=1e-6)
    return np.append(counted, outside)


ISLAND = np.array(
    [[0, 0, 0, 0, 0], [0, 10, 20, 10, 0], [0, 30, 40, 30, 0], [0, 10, 20, 10, 0], [0, 0, 0, 0, 0]], dtype=float
)


def test_nobody_of_an_island_lives_at_sea(tmp_path: Path) -> None:
    """The island reaches half a cell into its outer cells, of which a quarter or a half is land."""
    west, east = box(1.5, 1.5, 2.5, 3.5), box(2.5, 1.5, 3.5, 3.5)
    found = people_of(tmp_path, ISLAND, [west, east])
    assert found == pytest.approx([90.0, 90.0, 0.0], abs=1e-3)


def test_people_of_a_cell_on_the_border_of_two_communes_are_shared_by_area(tmp_path: Path) -> None:
    """A quarter of the middle column is of the west, and of nobody else but the east."""
    west, east = box(1, 1, 2.25, 4), box(2.25, 1, 4, 4)
    found = people_of(tmp_path, ISLAND, [west, east])
    assert found == pytest.approx([50 + 80 / 4, 50 + 80 * 3 / 4, 0.0], abs=1e-3)


def test_a_cell_on_a_border_with_a_country_where_people_live_keeps_its_part_by_area(tmp_path: Path) -> None:
    people = np.full((5, 5), 8.0)
    found = people_of(tmp_path, people, [box(0, 0, 2.25, 5)])
    assert found == pytest.approx([8 * 5 * 2.25, 8 * 5 * 2.75], abs=1e-3)


def test_a_border_and_a_coast_of_one_commune(tmp_path: Path) -> None:
    """East of it live neighbours, west of it is the sea: its cells in the west are whole, those in the east are cut."""
    people = np.zeros((5, 6))
    people[:, 1:] = 8.0
    found = people_of(tmp_path, people, [box(1.75, 0, 3.5, 5)])
    assert found == pytest.approx([5 * 8 * (1 + 1 + 0.5), 5 * 8 * 2.5], abs=1e-3)


def test_a_lake_in_a_commune_holds_nobody(tmp_path: Path) -> None:
    people = np.full((5, 5), 10.0)
    people[2, 2] = 0
    shape = box(0, 0, 5, 5).difference(box(1.9, 1.9, 3.1, 3.1))
    assert people_of(tmp_path, people, [shape]) == pytest.approx([240.0, 0.0], abs=0.01)


@pytest.mark.parametrize("unit", ["share", "km2"])
def test_a_band_of_land_says_what_is_sea_where_neighbours_live_beside(tmp_path: Path, unit: str) -> None:
    """A strait: the commune has 0.25 of each cell of a column, the neighbour beyond it 0.25, the rest is water."""
    people, share = np.full((4, 4), 8.0), np.ones((4, 4))
    share[:, 1] = 0.5
    band = write_raster(tmp_path / "land.tif", share)
    found = people_of(tmp_path, people, [box(0, 0, 1.25, 4)], land=LandFile(path=band, unit=unit))
    assert found[0] == pytest.approx(4 * 8 + 4 * 8 * 0.5, rel=2e-3)
    assert people_of(tmp_path, people, [box(0, 0, 1.25, 4)])[0] == pytest.approx(4 * 8 * 1.25, abs=1e-3)


def test_outlines_of_land_say_the_same(tmp_path: Path) -> None:
    people = np.full((4, 4), 8.0)
    gpd.GeoSeries([box(0, 0, 1.25, 4), box(1.75, 0, 4, 4)], crs=CRS).to_frame("geometry").to_file(
        tmp_path / "land.gpkg"
    )
    found = people_of(tmp_path, people, [box(0, 0, 1.25, 4)], land=LandFile(path=tmp_path / "land.gpkg"))
    assert found[0] == pytest.approx(4 * 8 * 1.5, rel=1e-4)


def test_a_band_of_land_on_other_cells_is_refused(tmp_path: Path) -> None:
    band = write_raster(tmp_path / "land.tif", np.ones((4, 4)))
    with rasterio.open(band, "r+") as target:
        target.transform = target.transform @ rasterio.Affine.translation(0.5, 0)
    with pytest.raises(UnreadableFileError, match="not on the grid"):
        people_of(tmp_path, np.full((4, 4), 8.0), [box(0, 0, 1.25, 4)], land=LandFile(path=band))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_islands_at_random_lose_nobody_and_share_by_area_inside(seed: int) -> None:
    """Whatever an island's coast is, everybody of cells that it touches is on it; GEOS says what it touches."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    radius = rng.uniform(3, 6.5, 30)
    shape = shapely.Polygon(
        np.column_stack((WEST + CELL_M * (8 + radius * np.cos(angles)), NORTH - CELL_M * (8 + radius * np.sin(angles))))
    )
    rows, columns = np.divmod(np.arange(256), 16)
    cells = shapely.box(
        WEST + columns * CELL_M, NORTH - (rows + 1) * CELL_M, WEST + (columns + 1) * CELL_M, NORTH - rows * CELL_M
    )
    touched = (shapely.area(shapely.intersection(cells, shape)) > 1.1e4).reshape(16, 16)
    people = np.where(touched, rng.gamma(1, 50, (16, 16)), 0.0)
    halves: list[shapely.Geometry] = [shape.intersection(box(0, 0, 8.3, 16)), shape.intersection(box(8.3, 0, 16, 16))]
    with tempfile.TemporaryDirectory() as folder:
        west, _, outside = people_of(Path(folder), people, halves)
    assert outside == pytest.approx(0, abs=1e-6)
    parts = [shapely.area(shapely.intersection(cells, half)).reshape(16, 16) for half in halves]
    with np.errstate(invalid="ignore"):
        wanted = np.nansum(people * parts[0] / (parts[0] + parts[1]))
    assert west == pytest.approx(wanted, rel=1e-3)
