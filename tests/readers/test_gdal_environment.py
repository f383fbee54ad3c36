"""What GDAL may do with a file of a stranger: open what it holds, and nothing that it names."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import CoverageError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.gdal_environment import ALLOWED_DRIVERS, READING
from commune_coverage.core.versions import bundled_libraries
from commune_coverage.readers.formats.raster import open_raster
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.safety.companions import companions
from commune_coverage.readers.safety.files import require_file, sha256

CANARY = 4242.0
_LISTED = """
import warnings; warnings.simplefilter("ignore")
from commune_coverage.core.gdal_environment import restrict_gdal
restrict_gdal()
import pyogrio, rasterio
with rasterio.Env() as env:
    print("\\n".join(sorted({*pyogrio.list_drivers(), *env.drivers()})))
"""
_EACH = """
import json, warnings; warnings.simplefilter("ignore")
from commune_coverage.core.gdal_environment import READING, restrict_gdal
restrict_gdal()
import pyogrio, rasterio
from rasterio.env import get_gdal_config
with rasterio.Env() as env:
    drivers = sorted(pyogrio.list_drivers()), sorted(env.drivers())
settings = [[ask(name) for name in READING] for ask in (pyogrio.get_gdal_config_option, get_gdal_config)]
versions = ".".join(map(str, pyogrio.__gdal_version__)), rasterio.__gdal_version__
print(json.dumps([drivers, settings, versions]))
"""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def _raster(path: Path, value: float = 1.0, **more: object) -> Path:
    profile = {"driver": "GTiff", "height": 4, "width": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=from_origin(100, 10, 1, 1), **profile, **more) as target:
        target.write(np.full((4, 4), value, dtype="float32"), 1)
    return path


def _virtual(path: Path, source: str, *, band: str = "") -> Path:
    path.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:4326</SRS><GeoTransform>100,1,0,10,0,-1</GeoTransform>'
        f'<VRTRasterBand dataType="Float32" band="1"{band}><SimpleSource>{source}</SimpleSource></VRTRasterBand>'
        "</VRTDataset>"
    )
    return path


def _source(name: str, attributes: str = 'relativeToVRT="1"') -> str:
    return f"<SourceFilename {attributes}>{name}</SourceFilename><SourceBand>1</SourceBand>"


def test_commands_and_workers_have_the_allowed_drivers_alone() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GDAL_", "CPL_"))}
    found = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, text=True, check=True, env=env)
    listed = set(found.stdout.split("\n")) - {""}
    assert listed - ALLOWED_DRIVERS == set()
    assert {"GTiff", "VRT", "GPKG", "GeoJSON", "ESRI Shapefile", "GML", "AAIGrid", "HFA"} <= listed
    assert found.stderr == ""


def test_both_gdals_of_a_process_are_held_to_the_same_settings_and_the_manifest_names_both() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GDAL_", "CPL_", "GML_"))}
    found = subprocess.run([sys.executable, "-c", _EACH], capture_output=True, text=True, check=True, env=env)
    (of_vectors, of_rasters), (vectors, rasters), versions = json.loads(found.stdout)
    assert vectors == rasters == list(READING.values())
    for drivers in (of_vectors, of_rasters):
        assert set(drivers) - ALLOWED_DRIVERS == set()
    assert {"GPKG", "GML"} <= set(of_vectors)
    assert {"GTiff", "VRT"} <= set(of_rasters)
    named = bundled_libraries()
    # One that was built for the system's GDAL brings none.
    stated = [named[name].get("gdal", version) for name, version in zip(("pyogrio", "rasterio"), versions, strict=True)]
    assert stated == versions


def test_what_a_user_leaves_out_stays_left_out() -> None:
    env = dict(os.environ) | {"GDAL_SKIP": "GPKG"}
    found = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, text=True, check=True, env=env)
    assert "GPKG" not in found.stdout.split()


def test_a_virtual_raster_of_rasters_in_its_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    _raster(tmp_path / "in/a.tif", 7.0)
    with open_raster(FileRef(path=_virtual(tmp_path / "a.vrt", _source("in/a.tif")))) as source:
        assert source.read(1).tolist() == [[7.0] * 4] * 4


@pytest.mark.parametrize(
    ("source", "band"),
    [
        ('<SourceFilename relativeToVRT="1" x=">a">a.tif</SourceFilename><SourceBand>1</SourceBand>', ""),
        ('<SourceFilename SourceFilename="/etc/hostname"/><SourceBand>1</SourceBand>', ""),
        (_source("/vsicurl/{server}/a.tif"), ""),
        (_source("{server}/a.tif", 'relativeToVRT="0"'), ""),
        (_source("../canary.tif"), ""),
        (_source("link.tif"), ""),
        (_source("folder/canary.tif"), ""),
        (_source("nested.vrt"), ""),
        (_source("a.tif").replace("<SourceBand>1", "<SourceBand>mask,1"), ""),
        (_source("a.tif") + "<SourceDataset>{server}</SourceDataset>", ""),
        (_source("a.tif") + '<OpenOptions><OOI key="x">1</OOI></OpenOptions>', ""),
        (_source("a.tif") + "<!-- " + _source("{server}/a.tif") + " -->", ""),
        (_source("<![CDATA[/etc/a.tif]]>"), ""),
        (_source("a.tif"), ' subClass="VRTDerivedRasterBand"'),
        (_source("a.tif"), ' subClass="VRTRawRasterBand"'),
    ],
)
def test_a_virtual_raster_asks_nobody_and_reads_nothing_elsewhere(
    source: str, band: str, tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    server, asked = listener
    folder = tmp_path / "upload"
    folder.mkdir()
    _raster(tmp_path / "canary.tif", CANARY)
    _raster(folder / "a.tif")
    (folder / "link.tif").symlink_to(tmp_path / "canary.tif")
    (folder / "folder").symlink_to(tmp_path)
    _virtual(folder / "nested.vrt", _source("a.tif"))
    path = _virtual(folder / "p.vrt", source.replace("{server}", server), band=band)
    with pytest.raises(UnsafeArchiveError), open_raster(FileRef(path=path)) as opened:
        assert CANARY not in opened.read(1)
    assert asked == []


def test_a_raster_whose_overviews_lie_elsewhere_asks_nobody(tmp_path: Path, listener: tuple[str, list[str]]) -> None:
    server, asked = listener
    path = _raster(tmp_path / "a.tif")
    with rasterio.open(path, "r+") as target:
        target.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=f"/vsicurl/{server}/o.tif")
    path.with_name("a.tif.aux.xml").write_text(
        f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/{server}/o.tif</MDI></Metadata>'
        "</PAMDataset>"
    )
    with (
        pytest.raises(UnreadableFileError, match="says which file its overviews are in"),
        open_raster(FileRef(path=path)),
    ):
        pass
    assert asked == []


def test_gml_whose_schema_lies_elsewhere_asks_nobody(tmp_path: Path, listener: tuple[str, list[str]]) -> None:
    server, asked = listener
    feature = "<gml:featureMember><a><gml:pos>1 2</gml:pos></a></gml:featureMember>"
    for schema in (f"{server}/a.xsd", f"{server}/wfs?SERVICE=WFS&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=a"):
        (tmp_path / "a.gml").write_text(
            '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="http://x.org {schema}">{feature}</gml:FeatureCollection>'
        )
        with suppress(CoverageError):
            read_vector(FileRef(path=tmp_path / "a.gml", crs="EPSG:4326"))
    assert asked == []


def test_notes_beside_a_raster_that_change_what_it_says_are_refused_and_statistics_are_not_read(tmp_path: Path) -> None:
    path, notes = _raster(tmp_path / "a.tif", 3.0), tmp_path / "a.tif.aux.xml"
    notes.write_text('<PAMDataset><PAMRasterBand band="1"><Metadata><MDI key="STATISTICS_MAXIMUM">3</MDI></Metadata>'
                     "</PAMRasterBand></PAMDataset>")  # fmt: skip
    assert require_file(path) == path
    notes.write_text('<PAMDataset><PAMRasterBand band="1"><NoDataValue>3</NoDataValue></PAMRasterBand></PAMDataset>')
    with pytest.raises(UnreadableFileError, match=r"'a.tif.aux.xml' says of 'a.tif' what is not in it \(NoDataValue\)"):
        require_file(path)


@pytest.mark.parametrize("beside", ["a.tif.msk", "a.tif.ovr", "a.tfw", "a.prj"])
def test_what_is_read_with_a_raster_is_hashed_with_it(beside: str, tmp_path: Path) -> None:
    path = _raster(tmp_path / "a.tif")
    before = sha256(path)
    (tmp_path / beside).write_text("1")
    assert sha256(path) != before
    assert companions(path) == [path, tmp_path / beside]


def test_the_rasters_of_a_virtual_raster_are_hashed_with_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = _raster(tmp_path / "in/a.tif")
    path = _virtual(tmp_path / "a.vrt", _source("in/a.tif"))
    before = sha256(path)
    assert companions(path) == [path, source]
    _raster(source, 2.0)
    assert sha256(path) != before


def test_a_database_that_is_still_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs="EPSG:4326")
    pyogrio.write_dataframe(frame, path, driver="GPKG")
    (tmp_path / "a.gpkg-wal").write_bytes(b"")
    assert require_file(path) == path
    (tmp_path / "a.gpkg-wal").write_bytes(b"1")
    with pytest.raises(UnreadableFileError, match=r"changes lie in 'a\.gpkg-wal'"):
        require_file(path)
