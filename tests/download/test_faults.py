"""Each fault of a publisher ends in one sentence and leaves nothing under a final name."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import time
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime

import pytest

from commune_coverage.download.http import request as exchange
from commune_coverage.download.http.partial import Validators
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, needs_user_agent, status, versioned, whole
from tests.download.trials import Clock, cells, objects, source

CELLS = cells()
HTML = b"<!DOCTYPE html><html><body>Service unavailable</body></html>" + b" " * 200


def _fetch(server: FaultyServer, store: SourceStore, clock: Clock | None = None, **changes: object) -> FetchResult:
    clock = clock or Clock()
    [outcome] = fetch_sources([Request(source(server, **changes))], store, context=clock.context())
    return outcome


BAD_FILES = {
    "refusal": (b"RATE_LIMITED\n" + b" " * 200, {}, "refusal"),
    "page": (HTML, {}, "web page"),
    "empty": (b"", {}, "empty"),
    "not_gzip": (b"lon,lat\n" * 50, {}, "not csv-gz"),
    "cut_gzip": (CELLS[:-500], {}, "half-written gzip"),
    "page_in_gzip": (gzip.compress(HTML), {"min_bytes": 1}, "web page"),
    "too_small": (gzip.compress(b"lon,lat\n1,2"), {"min_bytes": 5000}, "plausible"),
    "too_large": (CELLS, {"max_bytes": 1000}, "plausible"),
    "cut_json": (b'{"a": [1, 2' + b" " * 200, {"format": "json"}, "cut short"),
    "no_tiff": (CELLS, {"format": "geotiff"}, "not geotiff"),
    "no_pbf": (CELLS, {"format": "osm-pbf"}, "not osm-pbf"),
    "broken_zip": (b"PK\x03\x04" + b"x" * 500, {"format": "zip"}, "zip"),
    "cut_parquet": (b"PAR1" + b"x" * 500, {"format": "parquet"}, "cut short"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused(name: str, server: FaultyServer, store: SourceStore) -> None:
    body, changes, words = BAD_FILES[name]
    server.give("/cells", whole(body))
    outcome = _fetch(server, store, **changes)
    assert (outcome.status, outcome.version) == ("failed", None)
    assert words in outcome.sentence
    assert objects(store) == []
    assert [path.suffix for path in store.partials.iterdir()] == [".lock"]
    assert len(server.asked) == 1


def test_missing_file_is_not_asked_for_again(server: FaultyServer, store: SourceStore) -> None:
    outcome = _fetch(server, store)
    assert outcome.sentence == "cells: host '127.0.0.1' has no such file (404)"
    assert len(server.asked) == 1


def test_a_name_is_given(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", needs_user_agent(whole(CELLS)))
    assert _fetch(server, store).status == "fetched"


def test_a_busy_host_is_asked_when_it_says(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", status(429, {"Retry-After": "7"}), status(503), whole(CELLS))
    clock = Clock()
    assert _fetch(server, store, clock).status == "fetched"
    assert clock.slept_s[0] == 7
    assert 1 <= clock.slept_s[1] <= 2


def test_a_host_that_wants_hours_is_left(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", status(429, {"Retry-After": "86400"}))
    clock = Clock()
    assert "86400 s" in _fetch(server, store, clock).sentence
    assert clock.slept_s == []


def test_a_busy_host_may_name_a_time(server: FaultyServer, store: SourceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noon(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 3, 1, 12, tzinfo=tz)

    monkeypatch.setattr(exchange, "datetime", Noon)
    later = format_datetime(datetime(2026, 3, 1, 12, 1, tzinfo=UTC), usegmt=True)
    server.give("/cells", status(503, {"Retry-After": later}), whole(CELLS))
    clock = Clock()
    assert _fetch(server, store, clock).status == "fetched"
    assert clock.slept_s[0] == 60


def test_tries_end(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", status(500))
    assert "tried 3 times" in _fetch(server, store).sentence
    assert len(server.asked) == 3


def test_cut_connection_is_taken_up(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", versioned(CELLS, cut_after=20_000), versioned(CELLS))
    outcome = _fetch(server, store)
    assert outcome.version is not None
    assert store.path_of(outcome.version).read_bytes() == CELLS
    assert server.asked[1][1]["Range"] == "bytes=20000-"
    assert server.asked[1][1]["If-Range"].startswith('"')


def test_a_weak_etag_does_not_vouch_for_bytes() -> None:
    assert Validators('W/"a"').for_range == ""
    assert Validators('W/"a"', "Sat, 21 Nov 2026 10:00:00 GMT").for_range.startswith("Sat")


def test_a_file_that_changed_meanwhile_is_begun_again(server: FaultyServer, store: SourceStore) -> None:
    newer = cells(seed=2)
    server.give("/cells", versioned(CELLS, cut_after=20_000), versioned(newer))
    outcome = _fetch(server, store)
    assert outcome.version is not None
    assert store.path_of(outcome.version).read_bytes() == newer


@pytest.mark.parametrize("code", [206, 416])
def test_wrong_place_of_continuation_is_noticed(code: int, server: FaultyServer, store: SourceStore) -> None:
    elsewhere = status(code, {"Content-Range": "bytes 5-9/10"})
    server.give("/cells", versioned(CELLS, cut_after=20_000), elsewhere, versioned(CELLS))
    outcome = _fetch(server, store)
    assert outcome.version is not None
    assert store.path_of(outcome.version).read_bytes() == CELLS


def test_wrong_length_is_noticed(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(CELLS, {"Content-Length": str(len(CELLS) + 100)}))
    outcome = _fetch(server, store)
    assert "was cut after" in outcome.sentence
    assert objects(store) == []


def test_slow_drip_is_given_up(server: FaultyServer, store: SourceStore) -> None:
    def drip(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        for sent in range(1000):
            drops.append(sent)
            request.wfile.write(b"x")
            time.sleep(0.02)

    drops: list[int] = []
    server.give("/cells", drip)
    assert "too slowly" in _fetch(server, store).sentence
    assert len(drops) < 1000, "it was waited for to the end"
    assert objects(store) == []


def test_slow_headers_are_given_up(server: FaultyServer, store: SourceStore) -> None:
    def drip(request: http.server.BaseHTTPRequestHandler) -> None:
        for sent in range(1000):
            drops.append(sent)
            request.wfile.write(b"X")
            time.sleep(0.02)

    drops: list[int] = []
    server.give("/cells", drip)
    assert _fetch(server, store).status == "failed"
    assert len(drops) < 1000, "it was waited for to the end"


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_published_checksum_is_checked(right: bool, server: FaultyServer, store: SourceStore) -> None:
    stated = hashlib.md5(CELLS if right else HTML, usedforsecurity=False).hexdigest()
    server.give("/cells", whole(CELLS))
    server.give("/cells.md5", whole(f"{stated}  cells-261122.csv.gz\n".encode()))
    outcome = _fetch(server, store, checksum_suffix=".md5")
    assert outcome.status == ("fetched" if right else "failed")
    assert len(objects(store)) == int(right)


@pytest.mark.parametrize("body", [b"", b"0" * 20_000], ids=["empty", "endless"])
def test_odd_checksum_is_refused(body: bytes, server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(CELLS))
    server.give("/cells.md5", whole(body))
    assert "checksum" in _fetch(server, store, checksum_suffix=".md5").sentence
    assert objects(store) == []


def test_a_mirror_stands_in(server: FaultyServer, store: SourceStore) -> None:
    server.give("/mirror", whole(CELLS))
    assert _fetch(server, store, mirrors=[server.address("/mirror")]).status == "fetched"
