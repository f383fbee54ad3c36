"""Many sources at once, tokens kept to themselves, and runs that are killed."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import FetchContext, Progress, Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import Answer, FaultyServer, status, versioned, whole
from tests.download.trials import QUICK, TOKEN, Clock, cells, everything_written, objects, source, with_token

ROOT = Path(__file__).resolve().parents[2]


def test_one_failure_does_not_stop_the_others(server: FaultyServer, store: SourceStore) -> None:
    server.give("/a", whole(cells(seed=1)))
    server.give("/c", whole(cells(seed=3)))
    wanted = [Request(source(server, f"/{name}", id=name)) for name in "abc"]
    wanted.append(Request(source(server, id="nowhere", address="")))
    outcomes = fetch_sources(wanted, store, context=Clock().context())
    assert [outcome.status for outcome in outcomes] == ["fetched", "failed", "fetched", "failed"]
    assert "no public address" in outcomes[3].sentence
    assert all("\n" not in outcome.sentence for outcome in outcomes)


def test_parameters_are_versions_of_their_own(server: FaultyServer, store: SourceStore) -> None:
    server.give("/456", whole(cells(seed=1)))
    server.give("/457", whole(cells(30, seed=3)))
    row = source(server, "/{mcc}")
    wanted = [Request(row, {"mcc": mcc}) for mcc in ("456", "457", "4/5")]
    outcomes = fetch_sources(wanted, store, context=Clock().context())
    assert [outcome.status for outcome in outcomes] == ["fetched", "fetched", "failed"]
    assert len(store.versions("cells")) == 2


@pytest.mark.parametrize("parameters", [{}, {"mcc": "456", "token": "mine"}, {"MCC": "456"}])
def test_parameters_must_be_those_of_the_source(
    parameters: dict[str, str], server: FaultyServer, store: SourceStore
) -> None:
    request = Request(with_token(server), parameters)
    [outcome] = fetch_sources([request], store, context=Clock().context())
    assert "needs values for: mcc" in outcome.sentence
    assert server.asked == []


def test_a_host_has_few_requests_at_once(server: FaultyServer, store: SourceStore) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def counting(request: object) -> None:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.05)
        with lock:
            now -= 1
        whole(cells(50))(request)  # type: ignore[arg-type]

    wanted = []
    for number in range(6):
        server.give(f"/{number}", counting)
        wanted.append(Request(source(server, f"/{number}", id=f"s{number}")))
    fetch_sources(wanted, store, workers=6, per_host=2, context=Clock().context())
    assert most == 2


def test_progress_ends_at_the_whole(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", whole(cells()))
    seen: list[Progress] = []
    fetch_sources([Request(source(server))], store, on_progress=seen.append, context=Clock().context())
    assert seen[-1].done_bytes == seen[-1].total_bytes == len(cells())


def test_an_interrupted_run_stops_its_other_downloads(server: FaultyServer, store: SourceStore) -> None:
    pieces: list[int] = []

    def endless(request: object) -> None:
        whole(b"", {"Content-Length": "9000000"})(request)  # type: ignore[arg-type]
        for sent in range(2000):
            pieces.append(sent)
            request.wfile.write(b"x" * 1000)  # type: ignore[attr-defined]
            time.sleep(0.01)

    def interrupt(progress: Progress) -> None:
        if progress.request.source.id == "short":
            raise KeyboardInterrupt

    server.give("/short", whole(cells()))
    server.give("/long", endless)
    wanted = [Request(source(server, f"/{name}", id=name)) for name in ("long", "short")]
    with pytest.raises(KeyboardInterrupt):
        fetch_sources(wanted[::-1], store, on_progress=interrupt, context=Clock().context())
    assert len(pieces) < 2000, "the long one was fetched to its end"
    assert objects(store) == []


def test_listing_leads_to_the_data(server: FaultyServer, store: SourceStore) -> None:
    urls = [{"url": server.address("/khm.zip")}, {"url": server.address("/khm.csv.gz") + "?key=abc"}]
    server.give("/list", whole(json.dumps({"result": {"resources": urls}}).encode()))
    server.give("/khm.csv.gz", whole(cells()))
    row = source(server, "/list", link="result.resources.url", link_file="{iso3}.csv.gz")
    [good, bad] = fetch_sources(
        [Request(row, {"ISO3": "KHM"}), Request(row, {"ISO3": "LAO"})], store, context=Clock().context()
    )
    assert good.version is not None
    assert good.version.address == server.address("/khm.csv.gz")
    assert "names 0 matching files" in bad.sentence


ENDS: dict[str, tuple[Answer, str]] = {
    "good": (versioned(cells()), "fetched"),
    "refusal": (whole(b"INVALID_TOKEN " + TOKEN.encode() + b" " * 200), "failed"),
    "missing": (status(404), "failed"),
    "busy": (status(429), "failed"),
    "elsewhere": (status(302, {"Location": f"http://{TOKEN}.example/x?token={TOKEN}"}), "failed"),
    "echo": (whole(cells(), {"ETag": f'"{TOKEN}"'}), "fetched"),
    "cut": (whole(cells(), {"Content-Length": "999999", "ETag": f'"{TOKEN}"'}), "failed"),
}


@pytest.mark.parametrize("name", ENDS)
def test_token_is_nowhere(
    name: str, server: FaultyServer, store: SourceStore, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    response, end = ENDS[name]
    server.give("/cells", response)
    request = Request(with_token(server), {"mcc": "456"})
    context = Clock().context()
    with caplog.at_level(logging.DEBUG):
        [outcome] = fetch_sources([request], store, context=context)
    if outcome.version:
        store.place(request.source, outcome.version, tmp_path / "raw")
    assert outcome.status == end
    assert TOKEN not in repr(outcome) + repr(context) + caplog.text
    assert TOKEN.encode() not in everything_written(tmp_path)


def test_missing_token_is_asked_for(server: FaultyServer, store: SourceStore) -> None:
    request = Request(with_token(server), {"mcc": "456"})
    [outcome] = fetch_sources([request], store, context=Clock().context(environment={}))
    assert "OPENCELLID_TOKEN" in outcome.sentence
    assert server.asked == []


KILLED = """
import sys
from pathlib import Path
from commune_coverage.download.catalogue import Source
from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
fetch_sources([Request(Source.model_validate_json(sys.argv[2]))], SourceStore(Path(sys.argv[1])))
"""


def _kill_after(received: int, server: FaultyServer, store: SourceStore, folder: Path) -> None:
    """A fetch killed when so many bytes lie there; then another one."""
    content, reached, killed = cells(), threading.Event(), threading.Event()

    def stalls(request: object) -> None:
        versioned(content, cut_after=received)(request)  # type: ignore[arg-type]
        request.wfile.flush()  # type: ignore[attr-defined]
        reached.set()
        killed.wait(60)

    server.give("/cells", stalls, versioned(content))
    row = source(server)
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), row.model_dump_json()],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src" / "coverage")},
    )
    assert reached.wait(60)
    while sum(path.stat().st_size for path in store.partials.glob("*") if not path.suffix) < received:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    killed.set()
    assert objects(store) == []
    [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
    assert outcome.version is not None
    assert store.path_of(outcome.version).read_bytes() == content
    assert server.asked[-1][1].get("Range") == (f"bytes={received}-" if received else None)


LENGTH = len(cells())


@pytest.mark.parametrize("received", [0, 1, LENGTH // 2, LENGTH - 1])
def test_second_run_after_a_kill_gives_the_same_bytes(
    received: int, server: FaultyServer, store: SourceStore, tmp_path: Path
) -> None:
    _kill_after(received, server, store, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("received", random.Random(5).sample(range(LENGTH), 60))  # noqa: S311
def test_kills_at_many_bytes(received: int, server: FaultyServer, store: SourceStore, tmp_path: Path) -> None:
    _kill_after(received, server, store, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.6 + 0.02 * step for step in range(60)])
def test_kills_at_many_moments_up_to_the_end(
    seconds: float, server: FaultyServer, store: SourceStore, tmp_path: Path
) -> None:
    server.give("/cells", versioned(cells()))
    row = source(server)
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), row.model_dump_json()],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src" / "coverage")},
    )
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert all(path.read_bytes() == cells() for path in objects(store))
    [outcome] = fetch_sources([Request(row)], store, context=Clock().context())
    assert outcome.version is not None
    assert [path.read_bytes() for path in objects(store)] == [cells()]


def test_a_wait_ends_when_the_fetch_is_stopped(server: FaultyServer, store: SourceStore) -> None:
    server.give("/a", status(503, {"Retry-After": "60"}))
    server.give("/b", whole(cells(seed=1)))

    def stop(_: Progress) -> None:
        time.sleep(0.2)
        raise KeyboardInterrupt

    wanted = [Request(source(server, f"/{name}", id=name)) for name in "ab"]
    with pytest.raises(KeyboardInterrupt):
        fetch_sources(wanted[::-1], store, on_progress=stop, context=FetchContext(http_policy=QUICK))
    # After the minute that it asks for it would have been asked again.
    assert [path for path, _ in server.asked].count("/a") == 1
    assert objects(store) == []
