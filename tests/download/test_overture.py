"""Overture Maps: the newest release's rows of a country as one flat file, whatever the object store does."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from commune_coverage.config.layers import FileRef, Layer, PointsLayer
from commune_coverage.download.catalogue import Source, load_catalogue
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.points.reader import read_payments
from tests import tiny
from tests.download.faulty_server import FaultyServer, status, whole
from tests.download.object_server import ObjectServer, object_server
from tests.download.trials import Clock, objects

pytest.importorskip("s3fs")
BUCKET = "overturemaps-us-west-2"
BOUNDS = "104.00,10.00,106.00,12.00"
RELEASE = "2026-10-21.0"


def _box(x: float, y: float) -> dict[str, float]:
    return {"xmin": x - 0.001, "xmax": x + 0.001, "ymin": y - 0.001, "ymax": y + 0.001}


def _place(number: int, x: float, y: float) -> dict[str, Any]:
    return {
        "id": f"p{number:05d}",
        "geometry": shapely.to_wkb(shapely.Point(x, y)),
        "bbox": _box(x, y),
        "names": {"primary": f"ភ្នំ <b>{number}</b>", "common": None},
        "confidence": 0.5 + number % 50 / 100,
        "categories": {"primary": "bank" if number % 2 else "post_office", "alternate": ["shop"]},
        "brand": {"names": {"primary": "ABA"}, "wikidata": None} if number % 3 else None,
    }


def _segment(number: int, x: float, y: float) -> dict[str, Any]:
    speed = {"value": 40 + number % 3 * 10, "unit": "mph" if number % 5 == 0 else "km/h"}
    return {
        "id": f"s{number:05d}",
        "geometry": shapely.to_wkb(shapely.LineString([(x, y), (x + 0.001, y)])),
        "bbox": _box(x, y),
        "subtype": "rail" if number % 7 == 0 else "road",
        "class": "secondary",
        "road_surface": [{"value": "gravel", "between": [0.0, 1.0]}] if number % 2 else None,
        "speed_limits": [{"max_speed": None}, {"max_speed": speed}] if number % 3 else None,
    }


def _file(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=50, compression="zstd")
    return sink.getvalue()


class Overture:
    """Two files of one theme: a band of rows from west to east, a quarter of which is in the country."""

    def __init__(self, name: str, server: FaultyServer, store: ObjectServer) -> None:
        made = _place if name == "overture-places" else _segment
        theme = "places/type=place" if name == "overture-places" else "transportation/type=segment"
        self.server, self.bucket = server, store
        self.folder = f"theme={theme}"
        self.rows = [[made(n, 100 + n / 250, 11.0) for n in range(start, 2000, 2)] for start in (0, 1)]
        self.put(RELEASE, 0, 1)
        server.give("/catalog.json", whole(json.dumps({"latest": RELEASE, "links": []}).encode()))
        changes = {
            "endpoint": store.endpoint,
            "allowed_hosts": ("127.0.0.1",),
            "latest": server.address("/catalog.json"),
            "min_bytes": 10,
        }
        self.row: Source = load_catalogue()[name].model_copy(update=changes)

    def put(self, release: str, *numbers: int) -> None:
        for number in numbers:
            key = f"release/{release}/{self.folder}/part-0000{number}.zstd.parquet"
            self.bucket.objects[f"{BUCKET}/{key}"] = _file(self.rows[number])

    def fetch(self, store: SourceStore, release: str = "latest") -> FetchResult:
        request = Request(self.row, {"release": release, "bounds": BOUNDS})
        [outcome] = fetch_sources([request], store, context=Clock().context())
        return outcome

    def placed(self, store: SourceStore, outcome: FetchResult, folder: Path) -> Path:
        assert outcome.version is not None, outcome.sentence
        return store.place(self.row, outcome.version, folder)


@pytest.fixture
def bucket() -> Iterator[ObjectServer]:
    with object_server() as running:
        yield running


@pytest.fixture(params=["overture-places", "overture-segments"])
def overture(request: pytest.FixtureRequest, server: FaultyServer, bucket: ObjectServer) -> Overture:
    return Overture(request.param, server, bucket)


def test_places_are_flat_and_of_the_country_only(server: FaultyServer, bucket: ObjectServer, tmp_path: Path) -> None:
    overture, store = Overture("overture-places", server, bucket), SourceStore(tmp_path)
    outcome = overture.fetch(store)
    path = overture.placed(store, outcome, tmp_path)
    assert outcome.version is not None
    assert outcome.version.label == RELEASE
    found = read_vector(FileRef(path=path)).to_crs("EPSG:4326")
    kept = [row for rows in overture.rows for row in rows if row["bbox"]["xmax"] >= 104 and row["bbox"]["xmin"] <= 106]
    assert list(found["id"]) == [row["id"] for row in kept]
    assert len(kept) == 501
    assert set(found["class"]) == {"bank", "post_office"}
    assert found["operator"].fillna("").tolist() == ["ABA" if int(r["id"][1:]) % 3 else "" for r in kept]
    columns = {"point_id": "id", "point_name": "name", "class": "class", "confidence": "confidence"}
    layer = PointsLayer(path=path, columns=columns, classes={"bank": "bank"}, default_class="other")
    points, (log,) = tiny.read(read_payments, layer, None)
    assert (log.read, len(points), (points["class"] == "bank").sum()) == (501, 501, 250)
    assert log.is_balanced()


def test_segments_are_roads_with_surface_and_speed(server: FaultyServer, bucket: ObjectServer, tmp_path: Path) -> None:
    overture, store = Overture("overture-segments", server, bucket), SourceStore(tmp_path)
    path = overture.placed(store, overture.fetch(store), tmp_path)
    found = read_vector(Layer(path=path))
    numbers = [int(name[1:]) for name in found["id"]]
    assert all(number % 7 for number in numbers)
    assert found["surface"].fillna("").tolist() == ["gravel" if number % 2 else "" for number in numbers]
    limits = [f"{40 + n % 3 * 10}{' mph' if n % 5 == 0 else ''}" if n % 3 else "" for n in numbers]
    assert found["maxspeed"].fillna("").tolist() == limits
    assert set(found.geom_type) == {"LineString"}


def test_only_the_row_groups_of_the_country_are_asked_for(overture: Overture, store: SourceStore) -> None:
    draw = random.Random(1)  # noqa: S311
    for row in (row for rows in overture.rows for row in rows):
        row["id"] += draw.randbytes(1500).hex()
    overture.put(RELEASE, 0, 1)
    assert overture.fetch(store).status == "fetched"
    assert overture.bucket.sent_bytes < 0.5 * sum(map(len, overture.bucket.objects.values()))


def test_an_unchanged_release_is_not_read_again(overture: Overture, store: SourceStore) -> None:
    assert overture.fetch(store).status == "fetched"
    overture.bucket.ranges.clear()
    assert overture.fetch(store).status == "unchanged"
    assert overture.bucket.ranges == []


def test_a_new_release_is_followed(overture: Overture, store: SourceStore) -> None:
    overture.fetch(store)
    overture.rows[1] = overture.rows[1][:900]
    overture.put("2026-11-18.0", 0, 1)
    overture.server.give("/catalog.json", whole(b'{"latest": "2026-11-18.0"}'))
    outcome = overture.fetch(store)
    assert outcome.version is not None
    assert outcome.version.label == "2026-11-18.0"
    assert "/release/2026-11-18.0/" in outcome.version.address


def test_a_named_release_needs_no_catalogue(overture: Overture, store: SourceStore) -> None:
    overture.server.give("/catalog.json", status(500))
    assert overture.fetch(store, RELEASE).status == "fetched"
    assert overture.server.asked == []


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"<html>", b'{"latest": 5}', b'{"latest": "../../x"}'])
def test_a_catalogue_that_names_no_release_is_said(body: bytes, overture: Overture, store: SourceStore) -> None:
    overture.server.give("/catalog.json", whole(body))
    assert overture.fetch(store).status == "failed"
    assert objects(store) == []


def test_a_release_that_is_gone_is_said(overture: Overture, store: SourceStore) -> None:
    outcome = overture.fetch(store, "2020-01-01.0")
    assert "has no Parquet file" in outcome.sentence or "has no such object" in outcome.sentence


def test_a_part_that_fails_keeps_the_other(overture: Overture, store: SourceStore, tmp_path: Path) -> None:
    good = overture.placed(SourceStore(tmp_path / "a"), overture.fetch(SourceStore(tmp_path / "a")), tmp_path)
    second = sorted(overture.bucket.objects)[1]
    atomic_write = overture.bucket.objects[second]
    overture.bucket.objects[second] = atomic_write[: len(atomic_write) // 2]
    outcome = overture.fetch(store)
    assert outcome.status == "failed"
    assert "not readable Parquet" in outcome.sentence
    assert len(objects(store)) == 1
    overture.bucket.objects[second] = atomic_write
    overture.bucket.ranges.clear()
    again = overture.placed(store, overture.fetch(store), tmp_path / "b")
    assert again.read_bytes() == good.read_bytes()
    assert {path for path, _ in overture.bucket.ranges} == {second}


def test_a_busy_store_is_asked_again(overture: Overture, store: SourceStore) -> None:
    overture.bucket.faults = [status(503)]
    assert overture.fetch(store).status == "fetched"


def test_a_store_that_stays_away_is_given_up(overture: Overture, store: SourceStore) -> None:
    overture.bucket.faults = [status(503)] * 1000
    assert "tried 3 times" in overture.fetch(store).sentence
    assert objects(store) == []


def test_another_layout_is_no_empty_country(overture: Overture, store: SourceStore) -> None:
    for name in overture.bucket.objects:
        overture.bucket.objects[name] = _file([{"id": "x", "where": 1.0}])
    assert "its layout has changed" in overture.fetch(store).sentence
