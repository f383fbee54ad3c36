"""A small country that was published once, to break, with a reader who looks at its maps all the while."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from tests import tiny
from tests.commands import MAIN, command

PAGES = ("index.html", "internet.html", "delivery.html", "payment.html", "changes.html")
_SECONDS = 300


def shown_run(maps: Path) -> str:
    """The run that the published pages are of; fails unless all are there and of one run."""
    site = (maps / "latest").resolve()
    [run] = {_run_of(site / page) for page in PAGES}
    return run


def _run_of(page: Path) -> str:
    named = re.search(r"KHM-\d{8}-[0-9a-f]{12}", page.read_text("utf-8"))
    assert named, page
    return named[0]


@contextmanager
def looked_at(look: Callable[[], object]) -> Iterator[None]:
    """A reader looks again and again while the block runs; not one look may fail."""
    stop, looks, failures = threading.Event(), [0], []

    def read() -> None:
        while not stop.is_set() and not failures:
            try:
                look()
                looks[0] += 1
            except BaseException as error:  # noqa: BLE001 (told below)
                failures.append(error)
            stop.wait(0.02)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()
    assert failures == []
    assert looks[0]


class Site:
    """The tiny country with its data and its maps; a run that is broken is a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.maps = folder, folder / "d", folder / "m"
        self.country = folder / "in/country.toml"

    @classmethod
    def published(cls, folder: Path) -> Site:
        tiny.write_with_roads(folder / "in")
        site = cls(folder)
        done = command(*site._arguments("2026-03-01"))
        assert done.returncode == 0, done.stderr
        return site

    def copied_to(self, folder: Path) -> Site:
        shutil.copytree(self.folder, folder, symlinks=True)
        return Site(folder)

    def _arguments(self, run_date: str) -> list[object]:
        return [
            "run",
            self.country,
            "--data-dir",
            self.data,
            "--maps-dir",
            self.maps,
            "--engine",
            "serial",
            "--date",
            run_date,
        ]

    def start(self, run_date: str, code: str = MAIN) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", code, *map(str, self._arguments(run_date))]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def run_date(self, run_date: str, code: str = MAIN) -> subprocess.CompletedProcess[str]:
        return ended(self.start(run_date, code))

    def change(self) -> None:
        """One person more in every village."""
        villages = pd.read_csv(self.folder / "in/villages.csv")
        villages.assign(people=villages["people"] + 1).to_csv(self.folder / "in/villages.csv", index=False)

    def shown(self) -> str:
        """The run that the pages show and the tables hold; fails unless all of it is there and of one run."""
        return shown_run(self.maps)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A reader loops over the published maps while the block runs; not one look may fail."""
        with looked_at(self.shown):
            yield

    def assert_heals(self, run_date: str = "2026-03-03") -> None:
        """The next run ends well and is shown, with the people of all files as they are now."""
        healed = command(*self._arguments(run_date))
        assert healed.returncode == 0, healed.stderr[-800:]
        assert self.shown().startswith("KHM-" + run_date.replace("-", ""))
        people = pd.read_csv(self.folder / "in/villages.csv")["people"].sum()
        assert pd.read_parquet(self.data / "latest/commune_gaps.parquet")["people"].sum() == people


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    try:
        out, errors = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def assert_said(done: subprocess.CompletedProcess[str]) -> None:
    """A run that failed ends with one sentence of what to do, never with a traceback."""
    assert "Traceback" not in done.stderr, done.stderr[-1500:]
    if done.returncode not in (0, 3):
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("error: "), done.stderr[-500:]
        assert len(last) > len("error: ") + 20
