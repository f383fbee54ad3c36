"""Versions: kept by content, held back when implausible, pruned, and there without a network."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, status, versioned, whole
from tests.download.trials import Clock, cells, objects, source


def _fetch(server: FaultyServer, store: SourceStore, clock: Clock, offline: bool = False) -> FetchResult:
    wanted = [Request(source(server))]
    [outcome] = fetch_sources(wanted, store, offline=offline, context=clock.context())
    return outcome


def test_unchanged_file_is_not_sent_again(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", versioned(cells()))
    clock = Clock()
    first = _fetch(server, store, clock)
    clock.day += timedelta(days=1)
    second = _fetch(server, store, clock)
    assert (first.status, second.status) == ("fetched", "unchanged")
    assert server.asked[1][1]["If-None-Match"]
    [version] = store.versions("cells")
    assert version.confirmed - version.fetched == timedelta(days=1)
    assert version.label == "of 2026-11-21"


def test_same_bytes_without_etag_are_stored_once(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(cells()))
    outcomes = [_fetch(server, store, Clock()).status for _ in range(2)]
    assert outcomes == ["fetched", "unchanged"]
    assert len(objects(store)) == len(store.versions("cells")) == 1


def test_implausible_size_is_held_back_until_released(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", versioned(cells(3000)))
    good = _fetch(server, store, Clock()).version
    server.give("/cells", versioned(cells(300)))
    held = [_fetch(server, store, Clock()) for _ in range(2)]
    assert [outcome.status for outcome in held] == ["held", "held"]
    assert [outcome.version for outcome in held] == [good, good]
    store.release("cells", store.versions("cells")[-1].sha256, "looked at")
    assert _fetch(server, store, Clock()).status == "unchanged"


def test_held_versions_are_no_measure_for_the_next(server: FaultyServer, store: SourceStore) -> None:
    statuses = []
    for rows, seed in ((3000, 1), (300, 2), (300, 3), (2900, 4)):
        server.give("/cells", whole(cells(rows, seed)))
        statuses.append(_fetch(server, store, Clock()).status)
    assert statuses == ["fetched", "held", "held", "fetched"]


def test_failure_leaves_the_last_good_version(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(cells()))
    clock = Clock()
    good = _fetch(server, store, clock).version
    clock.day += timedelta(days=60)
    server.give("/cells", status(404))
    outcome = _fetch(server, store, clock)
    assert (outcome.status, outcome.version) == ("failed", good)
    assert "60 day(s) old, more than the 45 allowed" in outcome.sentence


def test_offline_gives_what_is_there(server: FaultyServer, store: SourceStore) -> None:
    clock = Clock()
    assert _fetch(server, store, clock, offline=True).status == "failed"
    server.give("/cells", whole(cells()))
    good = _fetch(server, store, clock).version
    clock.day += timedelta(days=3)
    outcome = _fetch(server, store, clock, offline=True)
    assert (outcome.status, outcome.version) == ("offline", good)
    assert "3 day(s) old" in outcome.sentence
    assert len(server.asked) == 1


def test_lost_object_is_fetched_again(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", versioned(cells()))
    _fetch(server, store, Clock())
    objects(store)[0].write_bytes(b"short")
    assert _fetch(server, store, Clock()).status == "fetched"
    assert objects(store)[0].read_bytes() == cells()


def test_prune_keeps_the_newest(server: FaultyServer, store: SourceStore) -> None:
    for seed in range(4):
        server.give("/cells", whole(cells(seed=seed)))
        _fetch(server, store, Clock())
    newest = store.versions("cells")[-2:]
    assert store.prune("cells", keep=2) == 2
    assert store.versions("cells") == newest
    assert {path.name for path in objects(store)} == {version.sha256 for version in newest}


def test_sweep_deletes_only_old_leftovers(store: SourceStore) -> None:
    store.partials.mkdir(parents=True)
    (store.partials / "left").write_bytes(b"x")
    touched = datetime(2026, 3, 1, 12, tzinfo=UTC)
    os.utime(store.partials / "left", (touched.timestamp(),) * 2)
    store.sweep_partials(touched)
    assert list(store.partials.iterdir()) != []
    store.sweep_partials(touched + timedelta(seconds=1))
    assert list(store.partials.iterdir()) == []


def test_place_writes_a_named_file_with_its_sidecar(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(cells()))
    version = _fetch(server, store, Clock()).version
    assert version is not None
    placed = store.place(source(server), version, store.folder / "raw")
    assert placed.name == "cells.csv.gz"
    assert placed.read_bytes() == cells()
    assert '"licence": "CC0-1.0"' in placed.with_name("cells.csv.gz.source.json").read_text()


def test_place_notices_damaged_bytes(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", versioned(cells()))
    version = _fetch(server, store, Clock()).version
    assert version is not None
    store.path_of(version).write_bytes(cells()[:-1] + b"?")
    with pytest.raises(UnreadableFileError, match="damaged"):
        store.place(source(server), version, store.folder / "raw")
    assert list((store.folder / "raw").iterdir()) == []
    assert _fetch(server, store, Clock()).status == "fetched"


def test_place_gives_each_query_a_safe_name_of_its_own(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(cells()))
    row = source(server, address=server.address("/cells?data={query}"))
    wanted = [Request(row, {"query": "../\n\0<b>" + "ឃ" * 300 + end}) for end in "ab"]
    names = set()
    for outcome in fetch_sources(wanted, store, context=Clock().context()):
        assert outcome.version is not None
        names.add(store.place(row, outcome.version, store.folder / "raw").name)
    assert len(names) == 2
    assert all(re.fullmatch(r"[a-z0-9._-]+\.csv\.gz", name) for name in names)


def test_release_does_not_make_an_old_version_the_newest(server: FaultyServer, store: SourceStore) -> None:
    for rows in (3000, 300, 2900):
        server.give("/cells", whole(cells(rows)))
        _fetch(server, store, Clock())
    _, held, newest = store.versions("cells")
    store.release("cells", held.sha256, "looked at")
    assert store.newest("cells", {}, good=True) == newest
    assert [version.status for version in store.versions("cells")] == ["good"] * 3


def test_damaged_listing_is_said(store: SourceStore) -> None:
    listing = store.folder / "cells" / "versions.json"
    listing.parent.mkdir(parents=True)
    listing.write_text("[{}]")
    with pytest.raises(UnreadableFileError, match=r"cells/versions\.json"):
        store.versions("cells")
