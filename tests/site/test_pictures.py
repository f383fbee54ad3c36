"""Pictures: every place in the pixel where it stands, whichever groups the places come in, and few images at a time."""

import base64
import itertools
import math
import zlib

import numpy as np
import pytest

from commune_coverage.site.geometry.raster_overlays import Canvas, OverlaySpec
from commune_coverage.site.geometry.tile_grid import CELL_M, TILE_PIXELS, Extent, mercator, tile_grid_of
from commune_coverage.site.i18n.saying import Saying

PICTURES = [
    OverlaySpec(key, "delivery", Saying("picture_minutes"), [("#000000", Saying("picture_minutes"))]) for key in "ab"
]


def _places(count=3000, seed=1):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(103.0, 106.5, count), rng.uniform(10.0, 12.5, count)
    return lon, lat, rng.integers(1, 6, (2, count)).astype(np.uint8)


def _extent(lon, lat):
    return Extent(lon.min(), lat.min(), lon.max(), lat.max())


def _painted(groups, spacing_m=CELL_M):
    canvas = Canvas(tile_grid_of([_extent(lon, lat) for lon, lat, _ in groups], spacing_m), PICTURES)
    most = 0
    for number, (lon, lat, classes) in enumerate(groups):
        canvas.paint(number, lon, lat, classes)
        most = max(most, len(canvas._open))
    assert not canvas._open
    return canvas.painted(), most


def _image(file):
    raw = zlib.decompress(base64.b64decode(file["packed"]))
    return np.frombuffer(raw, dtype=np.uint8).reshape(file["height"], file["width"])


def _pixel_at(file, lon, lat):
    """Row and column at a position, by the bounds that pages lay the image into."""
    (south, west), (north, east) = file["bounds"]
    top, bottom, own = np.arctanh(np.sin(np.radians([north, south, lat])))
    column, row = (lon - west) / (east - west) * file["width"], (top - own) / (top - bottom) * file["height"]
    return int(row), int(column)


def test_groups_in_any_number_and_order_give_the_same_files():
    lon, lat, classes = _places()
    whole, _ = _painted([(lon, lat, classes)])
    band = np.floor(lat * 4).astype(int)
    by_band = [(lon[band == one], lat[band == one], classes[:, band == one]) for one in np.unique(band)]
    for groups in (by_band, by_band[::-1]):
        found, most = _painted(groups)
        assert found == whole
        assert most < len(whole[0].known["tiles"])


@pytest.mark.parametrize("groups", [2, 7])
@pytest.mark.parametrize("spacing_m", [CELL_M, 700.0])
def test_places_in_any_split_give_the_files_of_one_group(spacing_m, groups):
    lon, lat, classes = _places()
    group = np.random.default_rng(groups).integers(0, groups, len(lon))
    split = [(lon[group == one], lat[group == one], classes[:, group == one]) for one in range(groups)]
    assert _painted(split, spacing_m)[0] == _painted([(lon, lat, classes)], spacing_m)[0]


@pytest.mark.parametrize(("spacing_m", "margin"), [(CELL_M, 1), (700.0, 3)])
def test_files_are_what_a_loop_over_the_places_paints(spacing_m, margin):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(103.95, 104.05, 1500), rng.uniform(10.97, 11.03, 1500)
    lon, lat, classes = np.append(lon, lon[:300]), np.append(lat, lat[:300]), rng.integers(1, 6, (2, 1800))
    frames = tile_grid_of([_extent(lon, lat)], spacing_m)
    x_m, y_m = mercator(lon, lat)
    side_m = TILE_PIXELS * frames.pixel_m
    tile_of = [f"{math.floor(x / side_m)}_{math.floor(y / side_m)}" for x, y in zip(x_m, y_m, strict=True)]
    for painted, own in zip(_painted([(lon, lat, classes.astype(np.uint8))], spacing_m)[0], classes, strict=True):
        assert len(painted.files) == 1 + len(set(tile_of))
        for name, file in painted.files.items():
            of_file = name.split("-")[1]
            inside = [of_file in ("whole", tile) for tile in tile_of]
            places = zip(lon[inside], lat[inside], own[inside], strict=True)
            assert (_image(file) == _painted_by_loop(file, places, margin)).all()


def _painted_by_loop(file, places, margin):
    """Points as squares, or single pixels without the gaps of one pixel between them: along columns, then rows."""
    image, around = np.zeros((file["height"], file["width"]), dtype=int), 0 if margin == 1 else margin
    for lon, lat, own in places:
        row, column = _pixel_at(file, lon, lat)
        for beside, above in itertools.product(range(-around, around + 1), repeat=2):
            image[row + above, column + beside] = max(image[row + above, column + beside], own)
    for lines in (image.T, image) if margin == 1 else ():
        for line in lines:
            before = line.copy()
            for here in range(1, len(line) - 1):
                if before[here] == 0 and before[here - 1] and before[here + 1]:
                    line[here] = max(before[here - 1], before[here + 1])
    return image


@pytest.mark.parametrize("spacing_m", [CELL_M, 700.0])
def test_a_place_is_seen_where_it_stands_in_the_whole_and_in_its_tile(spacing_m):
    lon, lat, classes = _places(200)
    for of_picture, painted in enumerate(_painted([(lon, lat, classes)], spacing_m)[0]):
        key = PICTURES[of_picture].key
        tiles = [painted.files[f"pictures/{key}-{tile['name']}"] for tile in painted.known["tiles"]]
        assert sum(file["width"] * file["height"] for file in tiles) < len(tiles) * (TILE_PIXELS + 8) ** 2 / 2
        files = [painted.files[f"pictures/{key}-whole"], *tiles]
        for at_lon, at_lat, own in zip(lon, lat, classes[of_picture], strict=True):
            inside = [
                file
                for file in files
                if file["bounds"][0][1] <= at_lon < file["bounds"][1][1]
                and file["bounds"][0][0] <= at_lat < file["bounds"][1][0]
            ]
            seen = [_image(file)[_pixel_at(file, at_lon, at_lat)] for file in inside]
            assert len(seen) >= 2
            assert seen[0] >= own
            assert max(seen[1:]) >= own


def test_the_worst_of_the_places_of_a_pixel_is_seen_and_empty_land_is_nothing():
    lon, lat = np.array([104.0, 104.0, 104.00001]), np.array([11.0, 11.0, 11.0])
    painted = _painted([(lon, lat, np.array([[1, 4, 2], [3, 1, 1]], dtype=np.uint8))])[0]
    for own, worst in zip(painted, (4, 3), strict=True):
        for file in own.files.values():
            image = _image(file)
            assert image.max() == worst
            assert (image > 0).sum() <= 2


def test_a_country_without_places_is_one_empty_pixel():
    for painted in Canvas(tile_grid_of([]), PICTURES).painted():
        (file,) = painted.files.values()
        assert (_image(file) == 0).all()
        assert painted.known["tiles"] == []
