"""Objects of s3://, gs:// and az:// addresses: fetched, taken up, and refused in one sentence."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from commune_coverage.download import object_store as objects_module
from commune_coverage.download.http.allowlist import HostAllowlist
from commune_coverage.download.object_store import sockets_to
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, status, whole
from tests.download.object_server import ObjectServer, object_server
from tests.download.trials import Clock, cells, objects, source

CELLS = cells()


@pytest.fixture
def bucket() -> Iterator[ObjectServer]:
    with object_server() as running:
        running.objects["open-data/2026/cells.csv.gz"] = CELLS
        yield running


def _fetch(bucket: ObjectServer, store: SourceStore, scheme: str, **changes: object) -> FetchResult:
    pytest.importorskip(objects_module._PACKAGES[scheme])
    facts = {"endpoint": bucket.endpoint, "address": f"{scheme}://open-data/2026/cells.csv.gz", **changes}
    row = source(FaultyServer(1, "http"), **facts)
    [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
    return outcome


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_an_object_is_fetched_once(scheme: str, bucket: ObjectServer, store: SourceStore) -> None:
    first = _fetch(bucket, store, scheme)
    assert first.version is not None, first.sentence
    assert store.path_of(first.version).read_bytes() == CELLS
    sent = bucket.sent_bytes
    assert _fetch(bucket, store, scheme).status == "unchanged"
    assert bucket.sent_bytes == sent
    assert first.version.label == "of 2026-10-21"


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_missing_object_is_said(scheme: str, bucket: ObjectServer, store: SourceStore) -> None:
    outcome = _fetch(bucket, store, scheme, address=f"{scheme}://open-data/2026/none.csv.gz")
    assert "has no such object" in outcome.sentence
    assert objects(store) == []


def test_a_cut_object_is_taken_up(bucket: ObjectServer, store: SourceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_module, "_CHUNK_BYTES", 20_000)
    good = [lambda request: bucket._give(request, "open-data/2026/cells.csv.gz", True)] * 2
    bucket.faults = [*good, *[status(404)] * 1]
    assert _fetch(bucket, store, "s3").status == "failed"
    outcome = _fetch(bucket, store, "s3")
    assert outcome.version is not None, outcome.sentence
    assert store.path_of(outcome.version).read_bytes() == CELLS
    starts = [asked for _, asked in bucket.ranges]
    assert starts[2].startswith("bytes=40000-")


def test_an_object_that_changes_while_it_comes_is_not_mixed(
    bucket: ObjectServer, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "_CHUNK_BYTES", 20_000)
    newer, key = cells(seed=2), "open-data/2026/cells.csv.gz"

    def swap(request: object) -> None:
        bucket._give(request, key, True)  # type: ignore[arg-type]
        bucket.objects[key] = newer

    bucket.faults = [swap]
    outcome = _fetch(bucket, store, "s3")
    assert outcome.version is not None, outcome.sentence
    assert store.path_of(outcome.version).read_bytes() == newer


def test_wrong_bytes_are_no_version(bucket: ObjectServer, store: SourceStore) -> None:
    bucket.objects["open-data/2026/cells.csv.gz"] = CELLS[:-500]
    assert "half-written gzip" in _fetch(bucket, store, "s3").sentence
    assert objects(store) == []


def test_a_private_endpoint_must_be_named(bucket: ObjectServer, store: SourceStore) -> None:
    outcome = _fetch(bucket, store, "s3", allowed_hosts=[])
    assert "in a private network" in outcome.sentence
    assert bucket.ranges == []


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_store_that_leads_to_another_host_is_not_followed(
    scheme: str, bucket: ObjectServer, server: FaultyServer, store: SourceStore
) -> None:
    server.give("/elsewhere", whole(CELLS))
    bucket.faults = [status(302, {"Location": server.address("/elsewhere")})] * 20
    outcome = _fetch(bucket, store, scheme)
    assert outcome.status == "failed", outcome.sentence
    assert server.asked == []
    assert objects(store) == []


def test_sockets_go_to_the_named_endpoint_or_into_public_networks() -> None:
    tcp = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
    allowlist = HostAllowlist(frozenset({"127.0.0.1"}), frozenset({"127.0.0.1"}))
    named, unnamed = sockets_to(allowlist, "http://127.0.0.1:9000"), sockets_to(allowlist, "")
    named((*tcp, ("127.0.0.1", 9000))).close()
    unnamed((*tcp, ("8.8.8.8", 443))).close()
    for make, address in (
        (named, ("127.0.0.1", 9001)),
        (named, ("8.8.8.8", 443)),
        (unnamed, ("127.0.0.1", 443)),
        (unnamed, ("169.254.169.254", 80)),
        (unnamed, ("10.0.0.1", 443)),
    ):
        with pytest.raises(OSError, match="leads elsewhere"):
            make((*tcp, address))


@pytest.mark.parametrize(
    ("variable", "endpoint", "words"),
    [("AZURE_STORAGE_ACCOUNT_KEY", "", "unset it"), ("OTHER", "http://127.0.0.1:1", "starts with https")],
)
def test_azure_is_asked_without_keys_and_over_https_only(
    variable: str, endpoint: str, words: str, bucket: ObjectServer, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "secret-of-the-user")
    outcome = _fetch(bucket, store, "az", account="open", endpoint=endpoint)
    assert words in outcome.sentence
    assert "secret-of-the-user" not in outcome.sentence


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("az", "adlfs")])
def test_a_missing_package_is_named(
    scheme: str, package: str, bucket: ObjectServer, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "find_spec", lambda name: None)
    row = source(FaultyServer(1, "http"), address=f"{scheme}://open-data/cells.csv.gz")
    [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
    assert outcome.sentence.endswith(f"need the package {package}: pip install 'commune-coverage[cloud]'")


def test_azure_needs_an_account(bucket: ObjectServer, store: SourceStore) -> None:
    assert "account" in _fetch(bucket, store, "az").sentence


def test_a_store_may_stand_in_for_a_host(bucket: ObjectServer, server: FaultyServer, store: SourceStore) -> None:
    pytest.importorskip("s3fs")
    row = source(server, mirrors=["s3://open-data/2026/cells.csv.gz"], endpoint=bucket.endpoint)
    [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
    assert outcome.status == "fetched"
    assert len(objects(store)) == 1
