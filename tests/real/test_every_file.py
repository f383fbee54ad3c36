"""Every real file that fits a reader comes through a fetch unchanged and reads to the counts published of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import rasterio.warp
import shapely

from commune_coverage.config.layers import FileRef, Layer, PeopleLayer, PointsLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.download.catalogue import Source
from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import FetchContext, Request
from commune_coverage.download.versions import SourceStore
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.osm import sqlite_points
from commune_coverage.readers.formats.raster import open_raster
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.parsing.numbers import to_numbers
from commune_coverage.readers.points.reader import read_hubs
from tests import tiny
from tests.download.faulty_server import FaultyServer, faulty_server, versioned
from tests.download.trials import QUICK

FORMATS = {
    ".geojson": "geojson",
    ".topojson": "json",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".zip": "zip",
    ".tif": "geotiff",
    ".gpkg": "gpkg",
    ".pbf": "osm-pbf",
}
VECTORS = {
    "cambodia/boundaries/kh_adm3_codes_simplified.geojson": 1633,
    "cambodia/boundaries/kh_adm3_geoboundaries_simplified.geojson": 1633,
    "cambodia/boundaries/kh_adm2_hdx_20181004.geojson": 197,
    "cambodia/boundaries/kh_adm1_hdx_20181004.geojson": 25,
    "cambodia/boundaries/kh_adm1_wfp_ed2022.geojson": 25,
    "cambodia/boundaries/kh_adm1_odc_utm48.geojson": 25,
    "cambodia/boundaries/kh_adm0_geoboundaries.geojson": 1,
    "cambodia/gazetteer/kh_villages_2008_points_shp.zip": 14_073,
    "cambodia/hubs/kh_special_economic_zones.geojson": 29,
    "luxembourg/boundaries/lux.shp": 12,
    "luxembourg/roads/lu_highways.gpkg": 13_153,
}
TABLES = {
    "cambodia/gazetteer/kh_communes_2011.csv": 1621,
    "cambodia/gazetteer/kh_villages_2008_points.csv": 14_073,
    "cambodia/population/kh_commune_population_2010.csv": 1621,
    "cambodia/population/kh_urban_communes_2008_2011.csv": 287,
    "luxembourg/towers/lu_opencellid_270.csv": 21_195,
    "formats/dj_onsset_settlements.csv": 1473,
}
SHEETS = {"Province": 25, "G.Dist": 197, "G.Comm": 1633, "G.Vill": 14_133}
SUMS = {
    ("cambodia/population/kh_commune_population_2010.csv", "TT_Both"): 14_339_953,
    ("cambodia/population/kh_commune_database_2011.csv", "TT_Family"): 3_010_044,
}


class Fetching:
    """A publisher on the loopback and a store for what comes from it."""

    def __init__(self, data: Path, server: FaultyServer, folder: Path) -> None:
        self.data, self.server, self.folder = data, server, folder

    def __call__(self, name: str) -> Path:
        """The file as it lies after a fetch."""
        body, suffix = _body(self.data / name)
        self.server.give(f"/{name}", versioned(body))
        source = Source.model_validate(
            {
                "id": "real",
                "kind": "people",
                "title": name,
                "publisher": "as it was",
                "format": FORMATS[suffix],
                "address": self.server.address(f"/{name}"),
                "allowed_hosts": ["127.0.0.1"],
                "version": "{modified}",
                "min_bytes": 1,
                "max_bytes": 10**9,
                "max_size_change_share": 1e9,
                "max_age_days": 1,
            }
        )
        store = SourceStore(self.folder)
        around = FetchContext(http_policy=QUICK, now=lambda: datetime(2026, 11, 23, tzinfo=UTC))
        [outcome] = fetch_sources([Request(source)], store, context=around)
        assert outcome.version is not None, outcome.sentence
        assert store.path_of(outcome.version).read_bytes() == body
        return store.place(source, outcome.version, self.folder / Path(name).stem)


def _body(path: Path) -> tuple[bytes, str]:
    """The bytes that are served; a shapefile's parts as the zip in which they are handed on."""
    if path.suffix != ".shp":
        return path.read_bytes(), path.suffix
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(path.parent.glob(f"{path.stem}.*")):
            archive.write(part, part.name)
    return packed.getvalue(), ".zip"


@pytest.fixture
def fetched(shared_data, tmp_path) -> Iterator[Fetching]:
    with faulty_server() as server:
        yield Fetching(shared_data, server, tmp_path)


def _table(path: Path, **options: object) -> tuple[object, RowLog]:
    log = RowLog("real", path.name)
    return read_table(FileRef(path=path, **options), log), log


@pytest.mark.parametrize("name", VECTORS)
def test_vector_files(fetched, name):
    assert len(read_vector(FileRef(path=fetched(name)))) == VECTORS[name]


def test_topojson_names_its_system_in_the_country_file(fetched):
    path = fetched("cambodia/boundaries/kh_adm2_odc_2011.topojson")
    assert len(read_vector(FileRef(path=path, crs="EPSG:4326"))) == 194


@pytest.mark.parametrize("name", TABLES)
def test_tables(fetched, name):
    _, log = _table(fetched(name))
    assert log.read == TABLES[name]


@pytest.mark.parametrize(("name", "column"), SUMS)
def test_sums(fetched, name, column):
    frame, _ = _table(fetched(name))
    assert to_numbers(frame[column]).sum() == SUMS[name, column]


@pytest.mark.parametrize("year", [2010, 2011])
def test_villages_of_poor_households(fetched, year):
    frame, log = _table(fetched(f"cambodia/population/kh_idpoor_villages_{year}.csv"))
    assert len(frame) == log.read > 1000


@pytest.mark.parametrize("sheet", SHEETS)
def test_sheets(fetched, sheet):
    _, log = _table(fetched("cambodia/gazetteer/kh_national_gazetteer_2014.xlsx"), layer=sheet)
    assert log.read == SHEETS[sheet]


@pytest.mark.parametrize(
    ("name", "people"), [("es_worldpop_2020_1km_unadj.tif", 46_754_783), ("bi_ghs_pop_mollweide.tif", 11_131_282)]
)
def test_people(fetched, tmp_path, name, people):
    path = fetched(f"formats/{name}")
    with rasterio.open(path) as raster:
        west, south, east, north = rasterio.warp.transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    whole = gpd.GeoDataFrame({"commune_code": ["1"]}, geometry=[shapely.box(west, south, east, north)], crs="EPSG:4326")
    area = StudyArea(whole, str(whole.estimate_utm_crs()))
    facts, _ = tiny.read_people(PeopleLayer(path=path), area, tmp_path)
    assert round(facts.counted + facts.outside) == people


@pytest.mark.parametrize(
    ("name", "shape"),
    [("cambodia/dem/kh_relief_15arcsec_clip.tif", None), ("luxembourg/dem/lu_elev_30arcsec.tif", (90, 95))],
)
def test_heights(fetched, name, shape):
    with open_raster(Layer(path=fetched(name))) as raster:
        assert shape is None or shape in ((raster.height, raster.width), (raster.width, raster.height))
        assert shape is not None or (raster.dtypes[0], raster.nodata) == ("int16", -32768)


@pytest.mark.parametrize(("tag", "count"), [("amenity=post_office", 62), ("amenity=bank", 161), ("amenity=atm", 114)])
def test_openstreetmap_nodes_of_luxembourg(fetched, tag, count):
    path = fetched("luxembourg/poi/lu_osm_nodes_2019.sqlite.zip")
    cantons = read_vector(FileRef(path=fetched("luxembourg/boundaries/lux.shp")))
    layer = PointsLayer(path=path, format="osm-sqlite", classes={tag: "kind"})
    points, (log,) = tiny.read(read_hubs, layer, StudyArea(cantons.assign(commune_code="1"), "EPSG:32632"))
    assert len(points) == log.kept == count
    assert log.is_balanced()
    assert sqlite_points(path, [tag])[1] == 29_743


def test_openstreetmap_nodes_of_djibouti(fetched):
    assert sqlite_points(fetched("formats/dj_osm_nodes_2019.sqlite.zip"), ["amenity=bank"])[1] == 1790
    assert sqlite_points(fetched("formats/bi_osm_nodes_2019.sqlite.zip"), ["amenity=bank"])[1] > 0


def test_openstreetmap_roads(fetched):
    path = fetched("formats/dj_osm_main_roads.osm.pbf")
    communes = gpd.GeoDataFrame({"commune_code": ["1"]}, geometry=[shapely.box(41, 10.5, 44, 13)], crs="EPSG:4326")
    _, [log] = tiny.read(read_roads, Layer(path=path), StudyArea(communes, "EPSG:32638"))
    assert log.read == 409
    assert sum(1 for _ in osmium.FileProcessor(str(path), osmium.osm.NODE)) == 12_139


@pytest.mark.parametrize("kind", ["fixed", "mobile"])
def test_speed_tests(fetched, kind):
    tiles = read_vector(FileRef(path=fetched(f"formats/gu_ookla_{kind}_2023Q4.geojson")))
    assert len(tiles) > 0
    assert {"avg_d_kbps", "avg_u_kbps", "tests", "devices"} <= set(tiles.columns)


def test_kilometres_of_road(fetched):
    roads = read_vector(FileRef(path=fetched("luxembourg/roads/lu_highways.gpkg"))).to_crs("EPSG:2169")
    assert roads.length.sum() / 1000 == pytest.approx(2935, rel=0.01)
