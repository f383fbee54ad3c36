"""Every row of the shipped catalogue against each fault of a publisher: it fetches, or ends with the right words."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import time
import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from commune_coverage.download.catalogue import Source, fill, load_catalogue
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import Answer, FaultyServer, needs_user_agent, status, versioned, whole
from tests.download.trials import TOKEN, Clock, objects

# Rows put together from parts have tests of their own: test_wholes.py and test_overture.py.
CATALOGUE = {name: row for name, row in load_catalogue().items() if row.address and row.parts is None}
VALUES = {
    "ISO3": "KHM",
    "year": "2025",
    "quarter": "3",
    "mcc": "456",
    "query": "node(1);out;",
    "continent": "asia",
    "country": "cambodia",
    "resource": "*shp*.zip",
    "level": "ADM3",
    "indicator": "9.c.1",
    "m49": "116",
}
PAGE = b"<!DOCTYPE html><html><title>Service unavailable</title></html>" + b" " * 300


def _geotiff() -> bytes:
    values = np.random.default_rng(1).random((300, 300)).astype("float32")
    options = {"height": 300, "width": 300, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", tiled=True, transform=from_origin(104, 12, 0.01, 0.01), **options) as target:
            target.write(values, 1)
        return bytes(memory.read())


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/communes.shp", np.random.default_rng(2).bytes(300_000))
    return packed.getvalue()


def _parquet() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"quadkey": np.random.default_rng(3).random(40_000)}), target)
    return target.getvalue()


def _cells() -> bytes:
    rng = np.random.default_rng(4)
    lines = (f"LTE,456,1,{area},{cell},0,104.9,11.5,1000,5" for area, cell in rng.integers(1, 9**8, (9000, 2)))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def _pbf(folder: Path) -> bytes:
    import osmium

    path = folder / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, position in enumerate(np.random.default_rng(5).uniform(10, 14, (20_000, 2)), start=1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=tuple(position), tags={"amenity": "bank"}))
    return path.read_bytes()


def _features() -> bytes:
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [104, 11]}}
    return json.dumps({"type": "FeatureCollection", "features": [point] * 3000}).encode()


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    elements = [{"type": "node", "id": n, "lat": 11, "lon": 104, "tags": {"amenity": "bank"}} for n in range(3000)]
    return {
        "geotiff": _geotiff(),
        "zip": _zipped(),
        "parquet": _parquet(),
        "csv-gz": _cells(),
        "geojson": _features(),
        "osm-pbf": _pbf(tmp_path_factory.mktemp("pbf")),
        "json": json.dumps({"data": [{"series": "IT_MOB_4GNTWK", "value": "92.5"}] * 3000}).encode(),
        "overpass": json.dumps({"elements": elements}).encode(),
    }


class Replay:
    """One publisher's layout on the loopback: its path, its listing where it has one, its checksum beside."""

    def __init__(self, row: Source, server: FaultyServer, body: bytes) -> None:
        self.server, self.body = server, body
        parts = urlsplit(fill(row.address, VALUES | {"token": TOKEN}))
        pattern = urlsplit(row.address)
        local = server.address(pattern.path) + (f"?{pattern.query}" if pattern.query else "")
        changes: dict[str, Any] = {"address": local, "mirrors": (), "allowed_hosts": ("127.0.0.1",), "min_bytes": 10}
        self.row = row.model_copy(update=changes)
        self.path = parts.path
        if row.link:
            self.path = "/data/khm_admbnda_shp_2026.zip" if row.format == "zip" else "/data/communes.geojson"
            if "iso3" in row.link_file:
                self.path = f"/data/{fill(row.link_file, VALUES)}"
            server.give(parts.path, whole(json.dumps(_listing(row.link, server.address(self.path))).encode()))
        if row.checksum_suffix:
            self.checksum(hashlib.md5(body, usedforsecurity=False).hexdigest())

    def checksum(self, digest: str) -> None:
        self.server.give(self.path + self.row.checksum_suffix, whole(f"{digest}  file\n".encode()))

    def fetch(self, store: SourceStore, *answers: Answer) -> FetchResult:
        self.server.give(self.path, *answers)
        known = {name: value for name, value in VALUES.items() if name in self.row.parameters}
        [outcome] = fetch_sources([Request(self.row, known)], store, context=Clock().context())
        return outcome


def _listing(link: str, address: str) -> object:
    found: object = address
    for name in reversed(link.split(".")):
        found = {name: [found] if name == "resources" else found}
        if name == "resources":
            found = {"resources": [{"url": address}, {"url": address.replace("khm", "other").replace("shp", "xlsx")}]}
    return found


@pytest.fixture(params=CATALOGUE)
def replay(request: pytest.FixtureRequest, server: FaultyServer, bodies: dict[str, bytes]) -> Replay:
    row = CATALOGUE[request.param]
    return Replay(row, server, bodies[row.format])


def _cut_tail(body: bytes) -> bytes:
    return body[: int(len(body) * 0.7)]


def _drip(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    for _ in range(60):
        request.wfile.write(b"x")
        time.sleep(0.02)


def _right(store: SourceStore, outcome: FetchResult, body: bytes) -> None:
    assert outcome.status == "fetched", outcome.sentence
    assert outcome.version is not None
    assert [path.read_bytes() for path in objects(store)] == [body]


def _refused(store: SourceStore, outcome: FetchResult, words: str) -> None:
    assert (outcome.status, outcome.version) == ("failed", None)
    assert words in outcome.sentence
    assert "\n" not in outcome.sentence
    assert TOKEN not in outcome.sentence
    assert objects(store) == []


def test_it_is_fetched_politely(replay: Replay, store: SourceStore) -> None:
    _right(store, replay.fetch(store, needs_user_agent(versioned(replay.body))), replay.body)


def test_it_is_fetched_when_the_host_is_less_busy(replay: Replay, store: SourceStore) -> None:
    busy = status(429, {"Retry-After": "3"})
    _right(store, replay.fetch(store, busy, status(503), versioned(replay.body)), replay.body)


def test_it_is_taken_up_where_it_was_cut(replay: Replay, store: SourceStore) -> None:
    cut = versioned(replay.body, cut_after=len(replay.body) // 3)
    _right(store, replay.fetch(store, cut, versioned(replay.body)), replay.body)


FAULTS = {
    "missing": (lambda body: status(404), "has no such file (404)"),
    "unacceptable": (lambda body: status(406), "(406)"),
    "page": (lambda body: whole(PAGE), "web page"),
    "refusal": (lambda body: whole(b"RATE_LIMITED" + b" " * 300), "refusal"),
    "nothing": (lambda body: whole(b""), "is empty"),
    "wrong length": (lambda body: whole(body, {"Content-Length": str(len(body) + 99)}), "was cut after"),
    "drip": (lambda body: _drip, "too slowly"),
    "private": (lambda body: status(302, {"Location": "http://10.1.2.3/x"}), "refused"),
    "metadata": (lambda body: status(302, {"Location": "http://169.254.169.254/latest"}), "refused"),
    "file": (lambda body: status(302, {"Location": "file:///etc/passwd"}), "refused"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_ends_in_its_own_words(fault: str, replay: Replay, store: SourceStore) -> None:
    response, words = FAULTS[fault]
    _refused(store, replay.fetch(store, response(replay.body)), words)


def test_a_file_cut_short_by_its_publisher_is_no_data(replay: Replay, store: SourceStore) -> None:
    outcome = replay.fetch(store, whole(_cut_tail(replay.body)))
    assert (outcome.status, objects(store)) == ("failed", [])


@pytest.mark.parametrize("name", [name for name, row in CATALOGUE.items() if row.checksum_suffix])
def test_a_wrong_checksum_is_no_data(
    name: str, server: FaultyServer, bodies: dict[str, bytes], store: SourceStore
) -> None:
    replay = Replay(CATALOGUE[name], server, bodies[CATALOGUE[name].format])
    replay.checksum("0" * 32)
    _refused(store, replay.fetch(store, versioned(replay.body)), "checksum")


def test_rows_without_an_address_say_what_to_do(store: SourceStore) -> None:
    for row in load_catalogue().values():
        if not row.address:
            [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
            _refused(store, outcome, "give one in a catalogue of your own")
