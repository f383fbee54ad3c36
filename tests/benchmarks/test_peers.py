"""Each step against a peer in the same process, interleaved; ratios, never lone seconds."""

import statistics
import time

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterstats
import shapely
from rasterio.transform import from_origin

from coverage.layers import PeopleLayer
from coverage.signal.best_server import best_servers
from coverage.signal.gains import table_distances_m
from coverage.sources.people_raster import cell_frame, read_tile
from coverage.sources.rasters import open_raster, windows
from tests.signal.random_country import random_country

ROUNDS = 5

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")]


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _report(name, ours, peer, peer_name, capsys):
    ratios = sorted(_seconds(peer) / _seconds(ours) for _ in range(ROUNDS))
    middle = statistics.median(ratios)
    with capsys.disabled():
        print(f"\n{name}: {peer_name} takes {middle:.2f} x our time ({ratios[0]:.2f} to {ratios[-1]:.2f})")  # noqa: T201
    return middle


def test_people_per_commune_against_rasterstats(tmp_path, capsys):
    rng = np.random.default_rng(1)
    values = np.where(rng.random((2000, 2000)) < 0.07, rng.gamma(1, 5, (2000, 2000)), 0).astype("float32")
    path, communes_path = tmp_path / "p.tif", tmp_path / "c.parquet"
    options = {"height": 2000, "width": 2000, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -99999}
    with rasterio.open(path, "w", transform=from_origin(100, 12, 1 / 1200, 1 / 1200), **options) as target:
        target.write(values, 1)
    seeds = shapely.MultiPoint(rng.uniform((100, 12 - 5 / 3), (100 + 5 / 3, 12), (180, 2)))
    box = shapely.box(100, 12 - 5 / 3, 100 + 5 / 3, 12)
    cells = [part.intersection(box) for part in shapely.voronoi_polygons(seeds, extend_to=box).geoms]
    communes = gpd.GeoDataFrame(geometry=cells, crs="EPSG:4326")
    communes.to_parquet(communes_path)
    layer = PeopleLayer(path=path)

    def ours():
        with open_raster(layer) as source:
            tiles = windows(source)
        found, triples = cell_frame([read_tile(layer, communes_path, window) for window in tiles])
        people = found["people"].to_numpy()[triples["place"]] * triples["fraction"]
        return np.bincount(triples["commune"], weights=people, minlength=len(communes))

    def peer():
        return np.array([row["sum"] or 0 for row in rasterstats.zonal_stats(communes, str(path), stats=["sum"])])

    assert ours().sum() == pytest.approx(values.sum(dtype=float), rel=1e-6)
    assert peer() == pytest.approx(ours(), rel=0.2)
    _report("people per commune, exact fractions", ours, peer, "rasterstats (cell centres)", capsys)


def test_best_server_against_brute_force(capsys):
    country = random_country(2, has_terrain=False, places=20_000, sites=400)
    places, transmitters = country.places, country.transmitters
    environment = np.repeat(places.environment, np.diff(places.block_start))

    def ours():
        return best_servers(places, transmitters, country.gains, country.masts, country.ground)[0]

    def peer():
        best = np.zeros((3, len(places.x_m)))
        nodes = table_distances_m() ** 2
        for channel in range(3):
            for row in range(*transmitters.channel_start[channel : channel + 2]):
                squares = (places.x_m - transmitters.x_m[row]) ** 2 + (places.y_m - transmitters.y_m[row]) ** 2
                tables = country.gains.table[transmitters.kind[row] * 3 : transmitters.kind[row] * 3 + 3]
                gains = np.choose(environment, [np.interp(squares, nodes, table) for table in tables])
                best[channel] = np.maximum(best[channel], transmitters.power_mw[row] * gains)
        return best

    assert ours() == pytest.approx(peer())
    assert _report("best server", ours, peer, "every cell at every place (numpy)", capsys) > 1


@pytest.mark.parametrize("has_terrain", [False, True])
def test_time_grows_no_faster_than_cells(has_terrain, capsys):
    few, many = (random_country(3, has_terrain, places=20_000, sites=sites) for sites in (500, 4000))
    ratio = len(many.transmitters.x_m) / len(few.transmitters.x_m)

    def solve(country):
        return best_servers(country.places, country.transmitters, country.gains, country.masts, country.ground)

    solve(few)
    slower = statistics.median(_seconds(lambda: solve(many)) / _seconds(lambda: solve(few)) for _ in range(ROUNDS))
    with capsys.disabled():
        print(f"\n{ratio:.1f} x the transmitters take {slower:.1f} x the time")  # noqa: T201
    assert slower < 2 * ratio
