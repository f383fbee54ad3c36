"""Files of strangers that reach for a server or for files elsewhere: nobody hears of it, and no reader breaks."""

from __future__ import annotations

import json
import os
import random
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.uploads import CANARY_TEXT, CANARY_VALUE, UPLOADS, Reach, write_canary
from tests.opened_files import opened_in

SHORT, LONG = range(4), range(100, 142)
_SECONDS = 3000


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[tuple[Reach, list[bytes]]]:
    """A server, what it was told, and files that nobody may open."""
    heard: list[bytes] = []

    class Listener(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(1)
            heard.append(self.request.recv(200))

    write_canary(tmp_path / "canary")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Reach(f"http://127.0.0.1:{server.server_address[1]}", tmp_path / "canary"), heard
        server.shutdown()
        thread.join()


def _written(folder: Path, reach: Reach, seeds: range) -> dict[str, str]:
    """Paths of uploads, and what each is."""
    paths = {}
    for kind, write in UPLOADS.items():
        for seed in seeds:
            inner = folder / f"{kind}-{seed}".replace(" ", "-")
            inner.mkdir(parents=True)
            paths[str(write(inner, reach, random.Random(seed)))] = f"{kind}, seed {seed}"  # noqa: S311
    return paths


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def _read(paths: list[str]) -> tuple[dict[str, dict[str, str]], str]:
    """What came of each upload, and what the process said that ended before its time."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.read_uploads"],
        input="\n".join(paths), capture_output=True, text=True, timeout=_SECONDS, check=False, env=environment,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {line.pop("read"): line for line in lines if "read" in line}
    return found, "" if done.returncode == 0 else f"{lines[-1:]} {done.returncode} {done.stderr[-6000:]}"


def _all_of(found: dict[str, dict[str, str]]) -> str:
    return json.dumps(list(found.values()))


@pytest.mark.parametrize("seeds", [SHORT, pytest.param(LONG, marks=pytest.mark.long)])
def test_no_upload_reaches_for_a_server_or_a_file_elsewhere(
    seeds: range, reach: tuple[Reach, list[bytes]], tmp_path: Path
) -> None:
    stranger, heard = reach
    paths = _written(tmp_path / "uploads", stranger, seeds)
    assert len(paths) == len(UPLOADS) * len(seeds)
    before = _contents(tmp_path / "uploads")
    with opened_in(stranger.canary) as opened:
        found, broken = _read(list(paths))
    assert not broken
    assert sorted(set(paths) - set(found)) == []
    assert heard == []
    assert opened == set()
    said = _all_of(found)
    assert [value for value in (CANARY_TEXT, str(CANARY_VALUE)) if value in said] == []
    after = _contents(tmp_path / "uploads")
    assert [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)] == []
    was_read = dict.fromkeys(UPLOADS, 0)
    for path, outcome in found.items():
        ways = [said for way, said in outcome.items() if way.startswith(("_cells", "_table", "_batches"))]
        was_read[paths[path].partition(",")[0]] += not all(said.startswith("refused") for said in ways)
    assert len(seeds) < 10 or min(was_read.values()) > 0, was_read


def test_the_long_form_tries_five_hundred_uploads_and_what_it_looks_for_would_be_seen(
    reach: tuple[Reach, list[bytes]], tmp_path: Path
) -> None:
    stranger, _ = reach
    assert len(UPLOADS) * len(LONG) >= 500
    with opened_in(stranger.canary) as opened:
        found, broken = _read([str(stranger.canary / name) for name in ("canary.gpkg", "canary.tif", "canary.csv")])
    assert not broken
    assert {"canary.gpkg", "canary.tif"} <= opened
    assert CANARY_TEXT in _all_of(found)
    assert str(CANARY_VALUE) in _all_of(found)
