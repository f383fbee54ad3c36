"""Whatever breaks in a run: the published maps stay whole, one sentence says what to do, the next run heals.

The first case of each fault is in the ordinary suite, all of them in the long one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands import MAIN
from tests.download.faulty_server import Answer, FaultyServer, faulty_server, status, versioned, whole
from tests.faults.site import Site, assert_said, ended
from tests.forms import short_form_of


def cases(values: Iterable[Any]) -> list[Any]:
    """All but the first are long."""
    listed = list(values)
    return short_form_of(listed, listed[:1])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site.published(tmp_path_factory.mktemp("published") / "s")


@pytest.fixture
def site(published: Site, tmp_path: Path) -> Site:
    """A copy of the published country that a test may break."""
    return published.copied_to(tmp_path / "s")


@pytest.fixture(scope="module")
def run_s(published: Site, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a run takes that nobody disturbs."""
    site = published.copied_to(tmp_path_factory.mktemp("undisturbed") / "s")
    site.change()
    began = time.monotonic()
    assert site.run_date("2026-03-02").returncode == 0
    return time.monotonic() - began


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "half": _halve,
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "another": lambda path: path.write_bytes(b"\x00\xff<html>"),
}
SOURCES = ("towers.csv", "communes.geojson", "villages.csv", "hubs.csv", "payments.csv", "roads.geojson")
STATE = (
    "d/latest/report.json",
    "d/latest/commune_gaps.parquet",
    "d/latest/manifest.json",
    "d/latest/checks.json",
    "d/last_attempt.json",
    "d/inputs/KHM/towers.json",
    "d/inputs/KHM/people.json",
    "d/cache/KHM/radio-*/report.json",
    "d/cache/KHM/people-*/report.json",
    "d/cache/KHM/people-*/stages/places/00000.arrow",
    "d/cache/KHM/people-*/stages/places.json",
    "d/cache/KHM/indicators-*/stages/commune_gaps.parquet",
    "d/cache/KHM/indicators-*/stages/national.json",
    "d/history/KHM/communes/*/*.parquet",
    "d/history/KHM/runs/*.json",
    "d/runs/*/changes.json",
    "m/publications/*/publication.json",
)


@pytest.mark.parametrize("case", cases((source, damage) for source in SOURCES for damage in DAMAGE))
def test_a_broken_source(case: tuple[str, str], site: Site) -> None:
    source, damage = case
    site.change()
    path = site.country.parent / source
    copy = path.read_bytes()
    DAMAGE[damage](path)
    with site.watched():
        assert_said(site.run_date("2026-03-02"))
    national = json.loads((site.data / "latest/report.json").read_text("utf-8"))["national"]
    assert all(national[f"{theme}_gap_share"] for theme in ("internet", "delivery", "payment")), "the last good serves"
    path.write_bytes(copy)
    site.assert_heals()


@pytest.mark.parametrize("case", cases((state, damage) for state in STATE for damage in ("half", "empty", "gone")))
def test_a_damaged_state_file(case: tuple[str, str], site: Site) -> None:
    """Half of it is what a machine leaves that lost its power while the file was written."""
    state, damage = case
    found = list(site.folder.glob(state))
    assert found
    for path in found:
        _part_from_links(path)
        DAMAGE[damage](path)
    site.change()
    with site.watched():
        assert_said(site.run_date("2026-03-02"))
    site.assert_heals()


def _part_from_links(path: Path) -> None:
    """Kept files share their bytes under several names: only this name is damaged."""
    copy = path.read_bytes()
    path.unlink()
    path.write_bytes(copy)


_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); " + MAIN


@pytest.mark.parametrize("size", cases([20_000, 0, 1_000, 5_000, 60_000, 300_000]))
def test_a_disk_that_takes_no_more(size: int, site: Site) -> None:
    """A limit on the size of files stands for a full disk: writing fails half-way."""
    site.change()
    before = site.shown()
    with site.watched():
        full = site.run_date("2026-03-02", _LIMITED.format(size=size))
    assert_said(full)
    assert full.returncode == 0 or site.shown() == before
    site.assert_heals()


@pytest.mark.parametrize("folder", cases(["d", "m", "d/kept", "d/inputs", "d/history", "m/publications"]))
def test_a_folder_that_cannot_be_written(folder: str, site: Site) -> None:
    """A file in its place: as root no permission forbids writing."""
    site.change()
    place, aside = site.folder / folder, site.folder / "aside"
    before = site.shown()
    if folder in ("d/kept", "d/inputs", "d/history"):
        place.rename(aside)
        place.write_bytes(b"")
        with site.watched():
            refused = site.run_date("2026-03-02")
        place.unlink()
        aside.rename(place)
    else:
        with site.watched():
            refused = site.run_date("2026-03-02", _NO_WRITING.format(folder=place))
    assert refused.returncode == 1
    assert_said(refused)
    assert site.shown() == before
    site.assert_heals()


_NO_WRITING = """
import errno, sys
def read_only(event, arguments):
    path, mode, *_ = (*arguments, None, None)
    writes = event in ('os.mkdir', 'os.rename', 'os.remove', 'os.symlink', 'os.link', 'os.rmdir')
    writes |= event == 'open' and isinstance(mode, str) and mode[:1] in 'wax'
    if writes and any(str(each).startswith('{folder}') for each in arguments):
        raise OSError(errno.EROFS, 'Read-only file system', str(path))
sys.addaudithook(read_only)
from commune_coverage.cli.app import main
sys.argv[0] = 'commune-coverage'
main()
"""


@contextmanager
def _mounted(site: Site, options: str) -> Iterator[None]:
    """The folders of data and maps on a disk of their own, in memory."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    aside = site.folder.with_name("aside")
    site.folder.rename(aside)
    site.folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", site.folder]
    if subprocess.run(mount, capture_output=True, timeout=30, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        shutil.copytree(aside, site.folder, symlinks=True, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", site.folder], timeout=30, check=True)


def _remount(site: Site, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", site.folder], timeout=30, check=True)


@pytest.mark.parametrize("spare_kb", cases([40, 0, 400, 1200]))
def test_a_disk_that_is_full(spare_kb: int, site: Site) -> None:
    with _mounted(site, "size=1g"):
        site.change()
        before, disk = site.shown(), shutil.disk_usage(site.folder)
        _remount(site, f"size={disk.used // 1024 + spare_kb}k")
        with site.watched():
            full = site.run_date("2026-03-02")
        assert_said(full)
        assert full.returncode == 1
        assert "the disk is full" in full.stderr
        assert site.shown() == before
        _remount(site, "size=1g")
        site.assert_heals()


def test_a_disk_that_is_read_only(site: Site) -> None:
    with _mounted(site, "size=1g"):
        site.change()
        before = site.shown()
        _remount(site, "ro")
        with site.watched():
            refused = site.run_date("2026-03-02")
        assert_said(refused)
        assert refused.returncode == 1
        assert "read-only" in refused.stderr
        assert site.shown() == before
        _remount(site, "rw")
        site.assert_heals()


_RUNS = ["2020-01-01", "2031-12-31", "1999-12-31", "2026-02-28"]


@pytest.mark.parametrize("run_date", cases(_RUNS))
def test_a_clock_that_moved(run_date: str, site: Site) -> None:
    """A run of the past or of the future is held, so that what is shown stays."""
    site.change()
    before = site.shown()
    with site.watched():
        moved = site.run_date(run_date)
    assert_said(moved)
    assert moved.returncode == 3
    assert "date in order" in moved.stdout + moved.stderr
    assert site.shown() == before
    site.change()
    site.assert_heals()


@pytest.mark.parametrize("moment", cases(np.random.default_rng(3).uniform(0.3, 1.0, 12).round(3).tolist()))
def test_a_killed_run(moment: float, site: Site, run_s: float) -> None:
    site.change()
    with site.watched():
        run_date = site.start("2026-03-02")
        time.sleep(moment * run_s)
        run_date.kill()
        ended(run_date)
    site.assert_heals()


@pytest.mark.parametrize("gap_s", cases([0.0, 1.0, 3.0]))
def test_two_runs_at_once(gap_s: float, site: Site) -> None:
    site.change()
    with site.watched():
        first = site.start("2026-03-02")
        time.sleep(gap_s)
        done = [ended(run_date) for run_date in (site.start("2026-03-04"), first)]
    assert sorted(one.returncode for one in done) == [0, 1]
    (refused,) = [one for one in done if one.returncode]
    assert_said(refused)
    assert "another run is at work" in refused.stderr
    site.assert_heals("2026-03-05")


def _drip(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"x")
        time.sleep(0.02)


def _truncated(body: bytes) -> Answer:
    return whole(body[: len(body) // 2], {"Content-Length": str(len(body))})


ANSWERS: dict[str, Callable[[bytes], Answer]] = {
    "fewer rows": lambda body: whole(b"\n".join(body.splitlines()[:2])),
    "down": lambda _: status(503),
    "gone": lambda _: status(404),
    "slow": lambda _: _drip,
    "truncated": _truncated,
    "cut": lambda body: versioned(body, cut_after=20),
    "a page": lambda _: whole(b"<html><title>Maintenance</title></html>"),
    "limited": lambda _: whole(b"RATE_LIMITED"),
    "empty": lambda _: whole(b""),
    "no sense": lambda _: whole(bytes(range(256)) * 3),
}
MENDED_AT_ONCE = ("cut",)  # what is cut off is asked for again from there
_FETCH_FIRST = """
import sys
from pathlib import Path
from commune_coverage.config.loader import load_country
from commune_coverage.download.country import fetch_country
from tests.download.trials import Clock
for found in fetch_country(load_country(Path(sys.argv[2])), Path(sys.argv[4]), context=Clock().context()):
    print(found.outcome.status, found.outcome.sentence)
"""


@pytest.fixture
def publisher() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.mark.parametrize("answer", cases(ANSWERS))
def test_a_publisher_who_fails(answer: str, site: Site, publisher: FaultyServer) -> None:
    body = (site.country.parent / "villages.csv").read_bytes()
    _fetch_people_from(publisher, site.country)
    publisher.give("/villages", ANSWERS[answer](body))
    before = site.shown()
    with site.watched():
        run_date = site.run_date("2026-03-02", _FETCH_FIRST + MAIN)
    assert_said(run_date)
    if answer not in MENDED_AT_ONCE:
        assert "failed" in run_date.stdout or site.shown() == before or run_date.stderr.count("held back")
    (site.country.parent / "villages.csv").write_bytes(body)
    site.change()
    publisher.give("/villages", whole((site.country.parent / "villages.csv").read_bytes()))
    assert ended(site.start("2026-03-03", _FETCH_FIRST + MAIN)).returncode == 0
    assert site.shown().startswith("KHM-20260303")


def _fetch_people_from(publisher: FaultyServer, country: Path) -> None:
    row = {
        "id": "people",
        "kind": "people",
        "title": "People",
        "publisher": "A publisher",
        "licence": "CC0-1.0",
        "address": publisher.address("/villages"),
        "allowed_hosts": ["127.0.0.1"],
        "format": "csv",
        "version": "of {modified}",
        "min_bytes": 10,
        "max_bytes": 1_000_000,
        "max_size_change_share": 0.9,
        "max_age_days": 45,
    }
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
    (country.parent / "catalogue.toml").write_text(f"[[source]]\n{lines}")
    text = country.read_text().replace('path = "villages.csv"\n', 'path = "villages.csv"\nsource = { id = "people" }\n')
    assert "source = {" in text
    country.write_text('catalogue = "catalogue.toml"\n' + text)
