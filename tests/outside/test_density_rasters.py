"""People of density rasters against the ellipsoid of pyproj, and of any raster on the right side of a border."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod, Transformer
from shapely.affinity import affine_transform

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.population.tables import read_places
from commune_coverage.readers.boundaries.study_area import StudyArea
from tests import tiny

EARTH = Geod(ellps="WGS84")


def _write(
    path: Path, values: list[list[float]], crs: str, transform: rasterio.Affine, *, density: bool
) -> PeopleLayer:
    cells = np.array(values, dtype=np.float64)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=cells.shape[0],
        width=cells.shape[1],
        count=1,
        dtype="float64",
        crs=crs,
        transform=transform,
    ) as target:
        target.write(cells, 1)
    return PeopleLayer(path=path, density_people_per_km2=density)


def _read(layer: PeopleLayer, area: StudyArea) -> SimpleNamespace:
    people, (log,) = tiny.read_people(layer, area, layer.path.parent / "people")
    assert log.is_balanced()
    assert people.read == pytest.approx(people.counted + people.outside, rel=1e-9)
    return people


def _km2(transform: rasterio.Affine, row: int, column: int, crs: str) -> float:
    """Of a cell on the ellipsoid, its edges drawn with 200 points each."""
    along = np.linspace(0, 1, 200, endpoint=False)
    corners = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]
    edge = [
        (column + (1 - part) * a[1] + part * b[1], row + (1 - part) * a[0] + part * b[0])
        for a, b in itertools.pairwise(corners)
        for part in along
    ]
    x, y = transform @ tuple(np.array(edge).T)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return abs(EARTH.polygon_area_perimeter(lon, lat)[0]) / 1e6


def _country(shape: shapely.Geometry, crs: str, metric: str) -> StudyArea:
    frame = gpd.GeoDataFrame({"commune_code": ["1"], "commune_name": ["One"], "province_code": ["0"]}, geometry=[shape])
    return StudyArea(frame.set_crs(crs).to_crs("EPSG:4326"), metric)


def test_a_hundred_a_km2_on_900_km2_are_90_000_though_the_raster_is_in_degrees(tmp_path: Path) -> None:
    step = 1 / 120
    transform = rasterio.Affine(step, 0, 104.0, 0, -step, 11.2)
    layer = _write(tmp_path / "d.tif", [[100.0] * 72] * 60, "EPSG:4326", transform, density=True)
    people = _read(layer, tiny.area())
    km2 = [abs(EARTH.geometry_area_perimeter(square)[0]) / 1e6 for square in tiny.communes().geometry]
    assert people.by_commune == pytest.approx(100 * np.array(km2), rel=2e-5)
    # At the middle meridian of UTM a drawn metre is 1 / 0.9996 of one on the ground, farther out less.
    assert people.counted == pytest.approx(90_000 / 0.9996**2, rel=3e-4)


@pytest.mark.parametrize(
    ("crs", "x", "y", "cell", "metric"),
    [
        ("EPSG:4326", 104.0, 11.1, 0.1, "EPSG:32648"),
        ("EPSG:4326", 10.0, 70.0, 0.5, "EPSG:32632"),
        # Beyond 180 degrees as some rasters count, and a system that lies on both sides of that line.
        ("EPSG:4326", 179.8, -16.0, 0.1, "EPSG:3460"),
        ("EPSG:3460", 2_120_000.0, 4_000_000.0, 5_000.0, "EPSG:3460"),
        ("EPSG:3857", 1_100_000.0, 9_000_000.0, 20_000.0, "EPSG:32632"),
        ("EPSG:32648", 400_000.0, 1_230_000.0, 5_000.0, "EPSG:32648"),
        # Feet of the United States.
        ("EPSG:2263", 1_000_000.0, 250_000.0, 10_000.0, "EPSG:32618"),
    ],
)
def test_people_are_density_times_the_geodesic_area_of_each_cell(
    crs: str, x: float, y: float, cell: float, metric: str, tmp_path: Path
) -> None:
    transform = rasterio.Affine(cell, 0, x, 0, -cell, y)
    values = [[10.0, 0.0, 2.5], [0.0, 400.0, 1.0]]
    within = shapely.box(x + 0.1 * cell, y - 1.9 * cell, x + 0.9 * cell, y - 0.1 * cell)
    people = _read(_write(tmp_path / "d.tif", values, crs, transform, density=True), _country(within, crs, metric))
    wanted = sum(
        value * _km2(transform, row, column, crs)
        for row, line in enumerate(values)
        for column, value in enumerate(line)
    )
    assert people.read == pytest.approx(wanted, rel=2e-5)


def test_a_cell_that_hangs_over_the_edge_of_the_world_adds_nobody_and_spoils_no_other(tmp_path: Path) -> None:
    """Mollweide ends 18,040,096 m east on the equator."""
    transform = rasterio.Affine(100_000, 0, 17_900_000, 0, -100_000, 100_000)
    layer = _write(tmp_path / "d.tif", [[3.0, 7.0, 7.0]], "ESRI:54009", transform, density=True)
    people = _read(layer, _country(shapely.box(178.5, 0.1, 178.9, 0.9), "EPSG:4326", "EPSG:32660"))
    # The projection is of equal area on a sphere of 6,378 km: 10,000 km2 are 9,933 on the ellipsoid's equator.
    assert people.read == pytest.approx(3 * _km2(transform, 0, 0, "ESRI:54009"), rel=2e-5)
    assert people.read == pytest.approx(3 * 9_933, rel=1e-4)


def test_a_raster_of_people_is_not_multiplied(tmp_path: Path) -> None:
    transform = rasterio.Affine(0.1, 0, 104.1, 0, -0.1, 11.0)
    people = _read(_write(tmp_path / "p.tif", [[7.0]], "EPSG:4326", transform, density=False), tiny.area())
    assert people.read == 7.0


def test_the_people_of_a_cell_stand_in_its_middle(tmp_path: Path) -> None:
    transform = rasterio.Affine(2_000, 0, tiny.WEST, 0, -4_000, tiny.SOUTH + 30_000)
    values = [[0.0, 0.0, 0.0], [0.0, 9.0, 0.0]]
    _read(_write(tmp_path / "p.tif", values, tiny.METRIC, transform, density=False), tiny.area())
    place = read_places(tmp_path / "people", ["x_m", "y_m", "people"])
    # One and a half cells from the west, one and a half from the north.
    assert place.to_numpy() == pytest.approx(np.array([[tiny.WEST + 3_000, tiny.SOUTH + 24_000, 9.0]]), abs=0.01)


@pytest.mark.parametrize(
    "transform",
    [
        rasterio.Affine(1000, 100, tiny.WEST, 0, -1000, tiny.SOUTH + 30_000),
        rasterio.Affine(1000, 0, tiny.WEST, 100, -1000, tiny.SOUTH + 30_000),
        rasterio.Affine(1000, 0, tiny.WEST, 0, 1000, tiny.SOUTH),
        rasterio.Affine(-1000, 0, tiny.WEST + 30_000, 0, -1000, tiny.SOUTH + 30_000),
    ],
    ids=["leaning", "sheared", "south up", "mirrored"],
)
def test_a_raster_that_is_not_north_up_is_shared_by_the_parts_of_its_cells(
    transform: rasterio.Affine, tmp_path: Path
) -> None:
    values = [[1000.0, 2000.0], [3000.0, 4000.0]]
    people = _read(_write(tmp_path / "p.tif", values, tiny.METRIC, transform, density=False), tiny.area())
    communes = tiny.communes().to_crs(tiny.METRIC).geometry.to_numpy()
    matrix = [transform.a, transform.b, transform.d, transform.e, transform.c, transform.f]
    expected = np.zeros(len(communes))
    for row, column in np.ndindex(2, 2):
        cell = affine_transform(shapely.box(column, row, column + 1, row + 1), matrix)
        expected += values[row][column] * shapely.area(shapely.intersection(communes, cell)) / cell.area
    assert people.read == 10_000.0
    # A border that is straight in degrees is bent by a decimetre in metres.
    assert people.by_commune == pytest.approx(expected, abs=1.0)
    assert people.by_commune.sum() + people.outside == pytest.approx(10_000.0, abs=1e-5)


def test_a_cell_across_a_corner_is_shared_by_the_side_on_which_its_parts_lie(tmp_path: Path) -> None:
    """10 km wide, 3 km of it in the west; 10 km high, 1 km of it in the south: 3, 7, 27 and 63 of 100 people."""
    transform = rasterio.Affine(10_000, 0, tiny.WEST + 7_000, 0, -10_000, tiny.SOUTH + 19_000)
    layer = _write(tmp_path / "p.tif", [[100.0]], tiny.METRIC, transform, density=False)
    people = _read(layer, tiny.area())
    assert people.by_commune[[0, 1, 3, 4]] == pytest.approx([3, 7, 27, 63], rel=1e-3)
    assert people.by_commune.sum() == pytest.approx(100, abs=1e-3)
    assert people.outside == pytest.approx(0, abs=1e-6)


def test_a_polygon_across_a_corner_is_shared_by_the_side_on_which_its_parts_lie(tmp_path: Path) -> None:
    """The same 10 km by 10 km, a tenth of them again over the country's edge."""
    square = shapely.box(tiny.WEST + 7_000, tiny.SOUTH - 1_000, tiny.WEST + 17_000, tiny.SOUTH + 9_000)
    gpd.GeoDataFrame({"people": [1000.0]}, geometry=[square], crs=tiny.METRIC).to_file(tmp_path / "z.gpkg")
    people = _read(PeopleLayer(path=tmp_path / "z.gpkg", format="polygons"), tiny.area())
    assert people.by_commune[:2] == pytest.approx([270, 630], rel=1e-6)
    assert people.outside == pytest.approx(100, rel=1e-6)
    assert people.by_commune[2:].sum() == pytest.approx(0, abs=1e-6)
