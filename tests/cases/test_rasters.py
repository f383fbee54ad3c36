"""Rasters as people bring them: scaled, turned, in any longitudes, with numbers that stand for none, in tiles."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.layers import ExtentLayer, FrictionLayer, Layers, PeopleLayer, RasterFile, RasterLayer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.ground.elevation import HEIGHTS, over_ground_m, read_elevation, read_ground
from commune_coverage.readers.ground.friction import FRICTION, read_friction
from commune_coverage.readers.ground.grid import Grid, read_extent, read_flood, read_ground_grid
from tests import tiny

DEG = 0.01
GEOD = Geod(ellps="WGS84")


def _squares(west, south, side=0.1, count=2, crs="EPSG:32632"):
    """``count`` x ``count`` communes of ``side`` degrees, row by row from the south-west."""
    boxes = [
        shapely.box(west + column * side, south + row * side, west + (column + 1) * side, south + (row + 1) * side)
        for row in range(count)
        for column in range(count)
    ]
    codes = [f"0{row + 1}0{column + 1}" for row in range(count) for column in range(count)]
    frame = gpd.GeoDataFrame({"commune_code": codes, "commune_name": codes}, geometry=boxes, crs="EPSG:4326")
    return StudyArea(frame, crs)


AREA = _squares(10.0, 5.0)
"""As the cases have it: four communes from 10.0 to 10.2 east and 5.0 to 5.2 north."""


def _write(path, bands, transform, *, crs="EPSG:4326", scale=None, offset=None, colours=None, names=None, **profile):
    bands = np.asarray(bands)
    bands = bands[None] if bands.ndim == 2 else bands
    shape = {"height": bands.shape[1], "width": bands.shape[2], "count": len(bands), "dtype": bands.dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **shape, **profile) as target:
        if colours is not None:
            target.colorinterp = colours
        target.write(bands)
        if scale is not None:
            target.scales, target.offsets = [scale] * len(bands), [offset or 0.0] * len(bands)
        for number, name in enumerate(names or (), start=1):
            target.set_band_description(number, name)
    return path


def _people(path, area, folder, **more):
    people, logs = tiny.read_people(PeopleLayer(path=path, **more), area, folder)
    assert all(log.is_balanced() for log in logs)
    assert people.read == pytest.approx(people.counted + people.outside + people.quarantined, abs=1e-4)
    return people, logs[0]


def _numbers(seed=1, shape=(30, 30), dtype="float64"):
    return np.random.default_rng(seed).integers(1, 50, shape).astype(dtype)


NORTH_UP = from_origin(9.95, 5.25, DEG, DEG)


# The cases.


@pytest.mark.parametrize(
    ("name", "people", "note"),
    [
        ("a-scaled-int16", 4000, ""),
        ("b-south-up", 4000, ""),
        ("c-undeclared-minus99999", 3990, "501 cells hold -99999"),
        ("d-undeclared-65535", 3990, "501 cells hold 65535"),
        ("e-nan", 3990, ""),
        ("i-mask-band", 4000, ""),
        ("k-float-lowest", 4000, ""),
    ],
)
def test_each_case_checks_runs_and_counts_its_people(case_folder, name, people, note):
    folder = case_folder(f"06-rasters/{name}")
    findings = check_country(load_country(folder / "country.toml"))
    assert findings.problems == []
    assert all(log.is_balanced() for log in findings.logs)
    assert note in " ".join(note for log in findings.logs for note in log.notes)
    run_pipeline(folder / "country.toml", folder / "d", folder / "m", date(2026, 1, 1), "serial", lambda *_: None)
    assert pd.read_parquet(folder / "d/latest/commune_gaps.parquet")["people"].sum() == pytest.approx(people, abs=0.01)


def _case_people(folder, tmp_path, **more):
    communes = gpd.read_file(folder / "communes.gpkg").rename(columns={"code": "commune_code", "name": "commune_name"})
    area = StudyArea(communes.to_crs("EPSG:4326"), "EPSG:32632")
    return _people(folder / "people.tif", area, tmp_path / "out", **more)[0]


def test_the_density_in_degrees_is_a_density_times_the_area_of_its_cells(case_folder, tmp_path):
    people = _case_people(case_folder("06-rasters/f-density-degrees"), tmp_path, density_people_per_km2=True)
    # 8.156658 people/km2 on the 20 x 20 cells that are filled.
    km2 = [
        abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, 0.001))[0]) / 1e6 for shape in AREA.communes.geometry
    ]
    assert people.by_commune.tolist() == pytest.approx([8.156658 * each for each in km2], rel=1e-6)
    assert people.counted == pytest.approx(4000, rel=5e-4)


def test_a_raster_of_half_the_communes_is_a_problem_of_the_check(case_folder):
    folder = case_folder("06-rasters/g-half")
    findings = check_country(load_country(folder / "country.toml"))
    [problem] = findings.problems
    assert "2 of 4 communes have no people data and count nobody (0102, 0202)" in problem
    assert 'commune-coverage approve people --because "…"' in problem


def test_a_rotated_raster_gives_each_commune_the_exact_part_of_each_cell(case_folder, tmp_path):
    folder = case_folder("06-rasters/l-rotated")
    people = _case_people(folder, tmp_path)
    with rasterio.open(folder / "people.tif") as source:
        by_hand, total = _by_intersection(source.transform, source.read(1).astype(float), AREA)
    assert people.by_commune.tolist() == pytest.approx(by_hand, abs=1e-3)
    assert people.read == pytest.approx(total)


def _by_intersection(transform, values, area):
    """People of each commune and of all cells: every cell a polygon, cut with every commune.

    A cell beyond which nobody lives in the cells around, as far as the raster goes, has all its people in the communes.
    """
    rows, columns = np.indices(values.shape).reshape(2, -1)
    corners = [transform @ (columns + x, rows + y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    cells = shapely.polygons(np.stack([np.column_stack(corner) for corner in corners], axis=1))
    part = [shapely.area(shapely.intersection(cells, shape)) / shapely.area(cells) for shape in area.communes.geometry]
    inside = sum(part).reshape(values.shape)
    shore = inside.copy()
    for row, column in np.argwhere((inside >= 0.01) & (inside < 1)):
        around = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        beyond = inside[around] < 0.01
        is_last = row in (0, values.shape[0] - 1) or column in (0, values.shape[1] - 1)
        if (beyond & (values[around] > 0)).any() or (is_last and not (beyond & (values[around] == 0)).any()):
            shore[row, column] = 1.0
    on_land = values / np.where(inside >= 0.01, shore, 1.0)
    return [float(on_land.ravel() @ each) for each in part], float(values.sum())


# Scale and offset.


@pytest.mark.parametrize(
    ("dtype", "scale", "offset"),
    [("int16", 0.1, 0.0), ("uint8", 2.0, 0.0), ("int32", 0.25, 3.0), ("float32", 10.0, -5.0), ("uint16", 0.001, 1.0)],
)
def test_people_are_numbers_times_scale_plus_offset(tmp_path, dtype, scale, offset):
    stored = _numbers(dtype=dtype)
    people, _ = _people(_write(tmp_path / "p.tif", stored, NORTH_UP, scale=scale, offset=offset), AREA, tmp_path / "o")
    assert people.read == pytest.approx((stored * scale + offset).sum())


def test_cells_that_are_nobody_by_their_offset_are_no_places(tmp_path):
    stored = np.full((30, 30), 5, "int16")
    stored[10:20, 10:20] = 6
    people, log = _people(_write(tmp_path / "p.tif", stored, NORTH_UP, scale=2.0, offset=-10.0), AREA, tmp_path / "o")
    assert (people.read, log.read) == (200, 100)


def test_a_scale_of_nothing_is_refused(tmp_path):
    path = _write(tmp_path / "p.tif", _numbers(dtype="int16"), NORTH_UP, scale=0.0)
    if rasterio.open(path).scales[0] != 0:
        pytest.skip("this GDAL does not keep a scale of 0")
    with pytest.raises(UnreadableFileError, match="which give no values"):
        _people(path, AREA, tmp_path / "o")


def test_heights_friction_and_floods_are_scaled_too(tmp_path):
    stored = _numbers(dtype="int16") * 100
    path = _write(tmp_path / "r.tif", stored, NORTH_UP, scale=0.01, offset=1.0, nodata=-32768)
    heights = read_ground(RasterLayer(path=path), (10.0, 10.1), (5.0, 5.1))
    rows, columns = heights.rows_columns(np.array([10.055]), np.array([5.055]))
    found = heights.height_m[int(rows.round()[0]), int(columns.round()[0])]
    assert found == pytest.approx(stored[19, 10] / 100 + 1)
    grid = Grid(AREA, 1000.0)
    for limits in (HEIGHTS, FRICTION):
        warped = grid.warp(RasterFile(path=path), Resampling.bilinear, limits)
        assert warped == pytest.approx(_warped(path, grid) / 100 + 1, rel=1e-5, nan_ok=True)
    flooded = read_extent(ExtentLayer(path=path, above=30.0), AREA, grid)
    assert flooded.tolist() == (_warped(path, grid, Resampling.max) / 100 + 1 > 30.0).tolist()


def _warped(path, grid, resampling=Resampling.bilinear, values=None, transform=None):
    """The band by rasterio's own warp on a grid, NaN where there is none."""
    with rasterio.open(path) as source:
        values = source.read(1, masked=True).astype(float).filled(np.nan) if values is None else values
        target = np.full(grid.shape, np.nan)
        reproject(
            values, target, src_transform=transform or source.transform, src_crs=source.crs, src_nodata=np.nan,
            dst_transform=grid.transform, dst_crs=grid.crs, dst_nodata=np.nan, resampling=resampling,
        )  # fmt: skip
        return target


# Numbers that stand for none.


@pytest.mark.parametrize(
    ("dtype", "number"),
    [
        ("uint8", 255),
        ("int16", 32767),
        ("int16", -32768),
        ("int16", -9999),
        ("uint16", 65535),
        ("int32", 2147483647),
        ("int32", -2147483648),
        ("uint32", 4294967295),
        ("int32", 65535),
        ("float32", -99999),
        ("float32", 65535),
        ("float32", 9999),
        ("float32", 1e20),
        ("float32", 3.4028234663852886e38),
        ("float32", 9.969209968386869e36),
        ("float64", -1.7976931348623157e308),
        ("float64", 99999),
    ],
)
def test_a_number_that_fills_what_nobody_lives_in_stands_for_none_and_is_told(tmp_path, dtype, number):
    values = _numbers(dtype=dtype)
    values[:, :9] = number
    people, log = _people(_write(tmp_path / "p.tif", values, NORTH_UP), AREA, tmp_path / "o")
    assert people.read == values[:, 9:].astype(float).sum()
    assert any("270 cells hold" in note and "taken as no data" in note for note in log.notes)


def test_a_number_along_the_edge_alone_stands_for_none(tmp_path):
    values = _numbers(dtype="uint16", shape=(300, 300))
    values[0], values[-1] = 65535, 65535
    people, _ = _people(
        _write(tmp_path / "p.tif", values, from_origin(9.95, 5.25, DEG / 10, DEG / 10)), AREA, tmp_path / "o"
    )
    assert people.read == values[1:-1].astype(float).sum()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda values: values.__setitem__((15, 15), 65535),
        lambda values: values.__setitem__((slice(15, 17), slice(15, 17)), 65535),
        lambda values: values.__setitem__((slice(None), slice(None)), np.where(values > 25, 65535, 0)),
        lambda values: (values.__setitem__((0, 0), 60000), values.__setitem__(slice(20, 30), 65535)),
    ],
    ids=["one cell", "four cells", "nothing else", "others as large"],
)
def test_a_number_that_may_be_people_is_asked_and_an_answer_is_taken(tmp_path, spoil):
    values = _numbers(dtype="uint16")
    spoil(values)
    path = _write(tmp_path / "p.tif", values, NORTH_UP)
    with pytest.raises(UnreadableFileError, match='set nodata = 65535, or nodata = "none" where it is a value'):
        _people(path, AREA, tmp_path / "o")
    people, _ = _people(path, AREA, tmp_path / "1", nodata="none")
    assert people.read == values.astype(float).sum()
    people, _ = _people(path, AREA, tmp_path / "2", nodata=65535)
    assert people.read == values[values != 65535].astype(float).sum()


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("float32", 250.5), ("int32", 9999), ("uint16", 30000)])
def test_a_largest_value_that_stands_alone_among_others_like_it_is_people(tmp_path, dtype, top):
    values = np.linspace(0, top, 900).astype(dtype).reshape(30, 30)
    if np.count_nonzero(values == values.max()) > 1:
        values[values == values.max()] = values.max() - 1
        values[-1, -1] = top
    people, _ = _people(_write(tmp_path / "p.tif", values, NORTH_UP), AREA, tmp_path / "o")
    assert people.read == pytest.approx(values.astype(float).sum())


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.06, 0.9))
def test_any_part_that_is_filled_is_left_out(tmp_path_factory, seed, share):
    rng, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("filled")
    values = rng.integers(0, 500, (40, 40)).astype("uint16")
    values[rng.random((40, 40)) < share] = 65535
    if (values == 65535).sum() < 0.05 * values.size:
        return
    people, _ = _people(_write(folder / "p.tif", values, NORTH_UP), AREA, folder / "o")
    assert people.read == values[values != 65535].astype(float).sum()


@pytest.mark.parametrize("number", [-9999, -32768, 32767, -999])
def test_no_land_is_so_high_or_so_deep(tmp_path, number):
    heights = _numbers(dtype="int16") * 20
    known = heights.copy()
    heights[:, 12:18] = number
    path = _write(tmp_path / "e.tif", heights, NORTH_UP)
    result = read_elevation(RasterLayer(path=path), tiny.context(AREA))
    assert any(f"180 cells hold {number}" in note for note in result.row_logs[0].notes)
    window = read_ground(RasterLayer(path=path), (9.96, 10.23), (4.97, 5.23))
    assert window.height_m.min() == 0
    assert window.height_m.max() <= known.max()
    grid = Grid(AREA, 1000.0)
    warped = grid.warp(RasterLayer(path=path), Resampling.bilinear, HEIGHTS)
    expected = np.where(heights == number, np.nan, heights.astype(float))
    assert warped == pytest.approx(_warped(path, grid, values=expected), rel=1e-5, nan_ok=True)


def test_heights_in_another_unit_are_refused(tmp_path):
    path = _write(tmp_path / "e.tif", _numbers(dtype="int32") * 1000, NORTH_UP)
    with pytest.raises(UnreadableFileError, match=r"which are no heights in metres; write the scale"):
        read_elevation(RasterLayer(path=path), tiny.context(AREA))


def test_heights_of_one_byte_with_a_largest_number_are_asked(tmp_path):
    heights = _numbers(dtype="uint8")
    heights[:, :9] = 255
    path = _write(tmp_path / "e.tif", heights, NORTH_UP)
    with pytest.raises(UnreadableFileError, match='set nodata = 255, or nodata = "none"'):
        read_elevation(RasterLayer(path=path), tiny.context(AREA))
    assert read_elevation(RasterLayer(path=path, nodata=255), tiny.context(AREA)).row_logs


@pytest.mark.parametrize("number", [-9999.0, 0.0, -1.0, 9999.0, 1e20])
def test_no_metre_takes_no_time_or_a_day(tmp_path, number):
    minutes = (_numbers() / 1000).astype("float32")
    minutes[:, 12:18] = number
    path = _write(tmp_path / "f.tif", minutes, NORTH_UP)
    [log] = read_friction(FrictionLayer(path=path), tiny.context(AREA)).row_logs
    assert any("180 cells hold" in note for note in log.notes)
    grid = Grid(AREA, 1000.0)
    expected = np.where(minutes == np.float32(number), np.nan, minutes.astype(float))
    warped = grid.warp(FrictionLayer(path=path), Resampling.bilinear, FRICTION)
    assert warped == pytest.approx(_warped(path, grid, values=expected), rel=1e-5, nan_ok=True)


@pytest.mark.parametrize(
    ("wet", "stated", "is_water"), [(1, {}, False), (100, {}, False), (None, {}, True), (None, {"nodata": 255}, False)]
)
def test_255_is_water_only_where_nothing_else_is(tmp_path, wet, stated, is_water):
    cells = np.zeros((30, 30), "uint8")
    cells[20:25, 20:25] = wet or 0
    cells[5:15, 5:15] = 255
    layer = ExtentLayer(path=_write(tmp_path / "w.tif", cells, NORTH_UP), **stated)
    read_flood(layer, tiny.context(AREA))
    grid = Grid(AREA, 500.0)
    flooded = read_extent(layer, AREA, grid)
    to_grid = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    for lon, lat, expected in ((10.055, 5.155, is_water), (10.175, 5.025, wet is not None)):
        column, row = ~grid.transform @ to_grid.transform(lon, lat)
        assert bool(flooded[int(row), int(column)]) == expected


# Turned rasters.


@pytest.mark.parametrize("seed", range(3))
def test_a_raster_south_up_or_mirrored_counts_as_its_north_up_twin(tmp_path, seed):
    values = _numbers(seed)
    expected = _people(_write(tmp_path / "n.tif", values, NORTH_UP), AREA, tmp_path / "n")[0].by_commune
    up = rasterio.Affine(DEG, 0, 9.95, 0, DEG, 4.95)
    mirrored = rasterio.Affine(-DEG, 0, 10.25, 0, -DEG, 5.25)
    for name, turned, transform in (("s", values[::-1], up), ("m", values[:, ::-1], mirrored)):
        people, _ = _people(_write(tmp_path / f"{name}.tif", turned, transform), AREA, tmp_path / name)
        assert people.by_commune == pytest.approx(expected, abs=1e-5)


@settings(max_examples=15)
@given(st.floats(-180, 180), st.floats(0.5, 2.0), st.integers(0, 1000))
def test_any_turn_gives_each_commune_the_exact_part_of_each_cell(tmp_path_factory, degrees, stretch, seed):
    folder = tmp_path_factory.mktemp("turned")
    middle = rasterio.Affine.translation(10.1, 5.1) @ rasterio.Affine.rotation(degrees)
    transform = middle @ rasterio.Affine.scale(DEG * stretch, -DEG) @ rasterio.Affine.translation(-15, -15)
    values = _numbers(seed)
    people, _ = _people(_write(folder / "p.tif", values, transform), AREA, folder / "o")
    by_hand, total = _by_intersection(transform, values, AREA)
    assert people.by_commune == pytest.approx(by_hand, abs=2e-2)
    assert people.read == total


@pytest.mark.parametrize("degrees", [0.5, 12.0, 90.0, 180.0])
def test_heights_of_a_turned_raster_are_where_they_belong(tmp_path, degrees):
    middle = rasterio.Affine.translation(10.1, 5.1) @ rasterio.Affine.rotation(degrees)
    transform = middle @ rasterio.Affine.scale(DEG, -DEG) @ rasterio.Affine.translation(-30, -30)
    rows, columns = np.indices((60, 60)) + 0.5
    lon, lat = transform @ (columns, rows)
    plane = ((lon - 9) * 500 + (lat - 4) * 200).astype("float32")
    path = _write(tmp_path / "e.tif", plane, transform)
    at = np.array([10.03, 10.1, 10.17]), np.array([5.06, 5.1, 5.18])
    expected = (at[0] - 9) * 500 + (at[1] - 4) * 200
    window = read_ground(RasterLayer(path=path), (10.0, 10.2), (5.0, 5.2))
    row, column = (np.rint(axis).astype(int) for axis in window.rows_columns(*at))
    assert window.height_m[row, column] == pytest.approx(expected, abs=6)
    grid = Grid(AREA, 1000.0)
    warped = grid.warp(RasterLayer(path=path), Resampling.bilinear, HEIGHTS)
    x, y = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True).transform(*at)
    column, row = ~grid.transform @ (np.asarray(x), np.asarray(y))
    assert warped[row.astype(int), column.astype(int)] == pytest.approx(expected, abs=6)


# Longitudes from 0 to 360.


def _world(tmp_path, west, values_of, step=0.5, width=720):
    lon = west + (np.arange(width) + 0.5) * step
    values = np.broadcast_to(values_of((lon + 180) % 360 - 180), (40, width)).astype("float32")
    return _write(tmp_path / f"w{west}.tif", values, from_origin(west, 15.0, step, step))


@pytest.mark.parametrize("west", [-10.0, -0.3, 100.0, 350.0, 178.9, -179.9])
@pytest.mark.parametrize(("from_lon", "width"), [(0.0, 720), (-180.0, 720), (-0.25, 720)])
def test_a_country_is_found_in_any_longitudes(tmp_path, west, from_lon, width):
    area = _squares((west + 180) % 360 - 180, 5.0, side=0.4, crs=f"+proj=laea +lat_0=5.4 +lon_0={west + 0.4}")
    path = _world(tmp_path, from_lon, lambda lon: 100 + np.abs(lon), width=width)
    people, _ = _people(path, area, tmp_path / "o")
    cell = lambda lon: np.floor((lon - from_lon) / 0.5) * 0.5 + from_lon  # noqa: E731
    for shape, counted in zip(area.communes.geometry, people.by_commune, strict=True):
        left, _, right, _ = shape.bounds
        edges = np.unique([left, right, *(cell(left) + 0.5 * np.arange(1, 3))])
        edges = edges[(edges >= left) & (edges <= right)]
        held = [100 + abs((cell((a + b) / 2) + 0.25 + 180) % 360 - 180) for a, b in pairwise(edges)]
        assert counted == pytest.approx(float(np.dot(held, np.diff(edges)) / 0.5 * 0.8), rel=1e-3)


@pytest.mark.parametrize("west", [-10.0, -0.3, 100.0, 350.0, 179.0])
def test_heights_are_found_in_longitudes_from_0_to_360(tmp_path, west):
    west = (west + 180) % 360 - 180
    layer = RasterLayer(path=_world(tmp_path, 0.0, lambda lon: 100 + np.abs(lon)))
    window = read_ground(layer, (west, west + 0.8), (5.0, 5.8))
    lon = np.array([west + 0.1, west + 0.7])
    rows, columns = window.rows_columns(lon, np.array([5.2, 5.6]))
    found = window.height_m[np.rint(rows).astype(int), np.rint(columns).astype(int)]
    expected = 100 + np.abs((np.floor(lon / 0.5) * 0.5 + 0.25 + 180) % 360 - 180)
    assert found == pytest.approx(expected, abs=1e-3)
    assert np.diff(columns)[0] == pytest.approx(1.2, abs=1e-6)
    assert np.isfinite(over_ground_m(layer, lon, np.array([5.2, 5.6]))).all()
    area = _squares(west, 5.0, side=0.4, crs=f"+proj=laea +lat_0=5.4 +lon_0={west + 0.4}")
    grid = Grid(area, 2000.0)
    warped = grid.warp(layer, Resampling.bilinear, HEIGHTS)
    assert np.isfinite(warped).all()
    x, y = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True).transform(lon, [5.2, 5.6])
    column, row = (np.floor(axis).astype(int) for axis in ~grid.transform @ (np.asarray(x), np.asarray(y)))
    assert warped[row, column] == pytest.approx(100 + np.abs((lon + 180) % 360 - 180), abs=0.3)


# Densities.


@pytest.mark.parametrize("lat", [-60.0, -3.0, 0.0, 45.0, 70.0])
def test_a_density_is_people_by_the_geodesic_area_of_each_cell(tmp_path, lat):
    density = _numbers()
    path = _write(tmp_path / "p.tif", density, from_origin(10.0, lat + 0.3, DEG, DEG))
    people, _ = _people(path, _squares(10.0, lat), tmp_path / "o", density_people_per_km2=True)
    areas_km2 = []
    for row in range(30):
        top = lat + 0.3 - row * DEG
        edge = shapely.segmentize(shapely.box(10.0, top - DEG, 10.0 + DEG, top), 0.0005)
        areas_km2.append(abs(GEOD.geometry_area_perimeter(edge)[0]) / 1e6)
    assert people.read == pytest.approx(float((density * np.array(areas_km2)[:, None]).sum()), rel=1e-7)


@pytest.mark.parametrize("name", ["Population density", "people/km2", "persons per sq km"])
def test_a_band_that_calls_itself_a_density_is_asked_about(tmp_path, name):
    path = _write(tmp_path / "p.tif", _numbers(), NORTH_UP, names=[name])
    with pytest.raises(UnreadableFileError, match="set density_people_per_km2 = true, or false"):
        _people(path, AREA, tmp_path / "o")
    assert _people(path, AREA, tmp_path / "o", density_people_per_km2=False)[0].read == _numbers().sum()


# Several bands.


def test_of_several_bands_the_one_that_is_meant_is_asked(tmp_path):
    bands = np.stack([_numbers(seed) for seed in (1, 2, 3)])
    path = _write(tmp_path / "p.tif", bands, NORTH_UP, names=["men", "women", None])
    message = r"has 3 bands; set band = N .*: 1 \(men\), 2 \(women\), 3"
    with pytest.raises(UnreadableFileError, match=message):
        _people(path, AREA, tmp_path / "o")
    assert _people(path, AREA, tmp_path / "2", band=2)[0].read == bands[1].sum()
    with pytest.raises(UnreadableFileError, match="has no band 4; set band to one of"):
        _people(path, AREA, tmp_path / "o", band=4)
    for read in (
        lambda: read_elevation(RasterLayer(path=path), tiny.context(AREA)),
        lambda: read_friction(FrictionLayer(path=path), tiny.context(AREA)),
        lambda: read_flood(ExtentLayer(path=path), tiny.context(AREA)),
        lambda: Grid(AREA, 1000.0).warp(RasterLayer(path=path), Resampling.bilinear, HEIGHTS),
    ):
        with pytest.raises(UnreadableFileError, match="set band = N"):
            read()


def test_a_band_of_transparency_is_no_band_of_people_and_hides_cells(tmp_path):
    values, alpha = _numbers(dtype="uint8"), np.full((30, 30), 255, "uint8")
    alpha[:10] = 0
    colours = [ColorInterp.gray, ColorInterp.alpha]
    path = _write(tmp_path / "p.tif", np.stack([values, alpha]), NORTH_UP, colours=colours)
    assert _people(path, AREA, tmp_path / "o")[0].read == values[10:].sum()


def test_the_second_band_gives_heights_friction_and_floods(tmp_path):
    bands = np.stack([np.zeros((30, 30)), _numbers()])
    path = _write(tmp_path / "r.tif", bands, NORTH_UP)
    grid = Grid(AREA, 1000.0)
    expected = _warped(path, grid, values=bands[1])
    for layer, limits in ((RasterLayer(path=path, band=2), HEIGHTS), (FrictionLayer(path=path, band=2), FRICTION)):
        assert grid.warp(layer, Resampling.bilinear, limits) == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert read_ground(RasterLayer(path=path, band=2), (10.0, 10.1), (5.0, 5.1)).height_m.max() > 0


# Tiles.


def _tiles(tmp_path, values, cut, overlap=0, **profile):
    first = _write(tmp_path / "1.tif", values[:, : cut + overlap], NORTH_UP, **profile)
    second = _write(tmp_path / "2.tif", values[:, cut:], NORTH_UP @ rasterio.Affine.translation(cut, 0), **profile)
    return first, {"also": [{"path": second}]}


@pytest.mark.parametrize(("cut", "overlap"), [(15, 0), (7, 0), (15, 1), (10, 10)])
@pytest.mark.parametrize("nodata", [None, -99999])
def test_tiles_count_as_the_raster_that_they_were_cut_from(tmp_path, cut, overlap, nodata):
    values = _numbers(dtype="float32")
    values[:4] = -99999
    whole = _people(_write(tmp_path / "w.tif", values, NORTH_UP, nodata=nodata), AREA, tmp_path / "w")[0]
    first, also = _tiles(tmp_path, values, cut, overlap, nodata=nodata)
    people, _ = _people(first, AREA, tmp_path / "o", **also)
    assert people.by_commune == pytest.approx(whole.by_commune, abs=1e-5)
    assert people.read == whole.read == values[4:].sum()


def test_tiles_with_scales_of_their_own_and_a_gap(tmp_path):
    values = _numbers(dtype="int16")
    first = _write(tmp_path / "1.tif", values[:10], NORTH_UP, scale=0.5)
    second = _write(tmp_path / "2.tif", values[15:], NORTH_UP @ rasterio.Affine.translation(0, 15), scale=2.0)
    people, _ = _people(first, AREA, tmp_path / "o", also=[{"path": second}])
    assert people.read == pytest.approx(values[:10].sum() * 0.5 + values[15:].sum() * 2.0)


def test_a_virtual_raster_of_tiles_is_read(tmp_path):
    values = _numbers(dtype="float32")
    _tiles(tmp_path, values, 12)
    part = '<SimpleSource><SourceFilename relativeToVRT="1">{}.tif</SourceFilename><SourceBand>1</SourceBand>'
    part += '<SrcRect xOff="0" yOff="0" xSize="{}" ySize="30"/><DstRect xOff="{}" yOff="0" xSize="{}" ySize="30"/>'
    sources = "".join(part.format(*each) + "</SimpleSource>" for each in ((1, 12, 0, 12), (2, 18, 12, 18)))
    (tmp_path / "p.vrt").write_text(
        '<VRTDataset rasterXSize="30" rasterYSize="30"><SRS>EPSG:4326</SRS><GeoTransform>9.95,0.01,0,5.25,0,-0.01'
        f'</GeoTransform><VRTRasterBand dataType="Float32" band="1">{sources}</VRTRasterBand></VRTDataset>'
    )
    assert _people(tmp_path / "p.vrt", AREA, tmp_path / "o")[0].read == values.sum()


@pytest.mark.parametrize("odd", ["half a cell", "size", "system"])
def test_tiles_of_another_grid_are_refused(tmp_path, odd):
    first = _write(tmp_path / "1.tif", _numbers(), NORTH_UP)
    moved = NORTH_UP @ rasterio.Affine.translation(30.5 if odd == "half a cell" else 30, 0)
    if odd == "size":
        moved = moved @ rasterio.Affine.scale(0.5)
    second = _write(tmp_path / "2.tif", _numbers(), moved, crs="EPSG:4258" if odd == "system" else "EPSG:4326")
    with pytest.raises(UnreadableFileError, match=r"'2.tif' is not on the grid of '1.tif'"):
        _people(first, AREA, tmp_path / "o", also=[{"path": second}])


def test_tiles_of_heights_and_friction_are_one_raster(tmp_path):
    values = (_numbers(dtype="float32") / 10).astype("float32")
    first, also = _tiles(tmp_path, values, 15)
    whole = _write(tmp_path / "w.tif", values, NORTH_UP)
    grid = Grid(AREA, 1000.0)
    for model, limits in ((RasterLayer, HEIGHTS), (FrictionLayer, FRICTION)):
        tiles = grid.warp(model(path=first, **also), Resampling.bilinear, limits)
        assert tiles == pytest.approx(grid.warp(model(path=whole), Resampling.bilinear, limits), rel=1e-6, nan_ok=True)
    one, other = (
        read_ground(each, (10.0, 10.2), (5.0, 5.2)).height_m
        for each in (RasterLayer(path=whole), RasterLayer(path=first, **also))
    )
    assert one == pytest.approx(other)


def test_only_rasters_have_further_tiles(tmp_path):
    (tmp_path / "v.csv").write_text("lon,lat,people\n10.1,5.1,5\n")
    with pytest.raises(UnreadableFileError, match="only rasters have further tiles"):
        _people(tmp_path / "v.csv", AREA, tmp_path / "o", format="points", also=[{"path": tmp_path / "v.csv"}])


# What a raster does not say.


@pytest.mark.parametrize("hole", [np.nan, -99999])
def test_communes_where_no_cell_holds_a_number_are_named(tmp_path, hole):
    values = _numbers()
    values[:, 14:] = hole
    path = _write(tmp_path / "p.tif", values, NORTH_UP)
    result = _result(path, tmp_path)
    assert result.facts["communes_without_data"] == ["0102", "0202"]
    assert any("2 of 4 communes have no people data" in note for note in result.row_logs[0].notes)


def test_a_commune_of_nobody_is_no_problem_where_cells_say_so(tmp_path):
    values = _numbers()
    values[:, 14:] = 0
    result = _result(_write(tmp_path / "p.tif", values, NORTH_UP), tmp_path)
    assert result.facts["communes_without_data"] == []


def test_one_commune_of_many_is_noted_only(tmp_path):
    area = _squares(10.0, 5.0, side=0.05, count=4)
    values = np.ones((20, 20))
    values[:5, :5] = np.nan
    result = _result(_write(tmp_path / "p.tif", values, from_origin(10.0, 5.2, DEG, DEG)), tmp_path, area)
    assert result.facts["communes_without_data"] == ["0401"]
    assert any("1 of 16 communes have no people data" in note for note in result.row_logs[0].notes)


def _result(path, tmp_path, area=AREA):
    from commune_coverage.readers.population.reader import read_people

    folder = tmp_path / "stages"
    folder.mkdir()
    area.communes.to_parquet(folder / "communes.parquet")
    return read_people(PeopleLayer(path=path), tiny.context(area, folder))


# Coarse relief.


@pytest.mark.parametrize(
    ("step", "is_coarse"), [(1 / 3600, False), (3 / 3600, False), (15 / 3600, True), (30 / 3600, True)]
)
def test_relief_in_large_cells_is_an_assumption_with_its_size(tmp_path, step, is_coarse):
    path = _write(
        tmp_path / "e.tif", np.full((60, 60), 100.0), from_origin(10.1 - 30 * step, 5.1 + 30 * step, step, step)
    )
    result = read_elevation(RasterLayer(path=path), tiny.context(AREA))
    side_m = GEOD.line_length([10.1, 10.1 + step], [5.1, 5.1])
    assert bool(result.assumptions) == is_coarse
    if is_coarse:
        stated = float(result.assumptions[0].value.split(" for every ")[1].split(" m")[0].replace(",", ""))
        assert stated == pytest.approx(side_m, abs=3)
        assert any("hills between are not seen" in note for note in result.row_logs[0].notes)


def test_the_ground_is_made_of_a_scaled_raster_with_holes(tmp_path):
    stored = _numbers(dtype="int16") * 10
    stored[:, 20:] = -9999
    path = _write(tmp_path / "e.tif", stored, NORTH_UP, scale=0.1)
    layers = Layers(communes={"path": tmp_path / "c.geojson"}, elevation={"path": path})
    ground = read_ground_grid(layers, AREA, None, 1000.0)
    assert ground.height_m.min() >= 0
    assert ground.height_m.max() <= 49
