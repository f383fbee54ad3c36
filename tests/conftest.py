"""What several tests need: real data and a browser, or the reason why they are not here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.locks import file_lock
from commune_coverage.core.resources import tune_gc
from commune_coverage.synthetic.invented import write_country

# A loaded machine is no failure of what is tested.
settings.register_profile("short", deadline=None, max_examples=40)
settings.register_profile("long", deadline=None, max_examples=200)
settings.load_profile("short")


def pytest_configure(config: pytest.Config) -> None:
    """The long tests try more examples each."""
    if config.option.markexpr == "long":
        settings.load_profile("long")


# Set before any test imports Prefect, which would report its use to its makers.
os.environ.setdefault("DO_NOT_TRACK", "1")

# As the command line does: among all that tests import, a search takes a third of a second.
tune_gc()

INVENTED_SEED, INVENTED_DATE = 7, date(2026, 1, 31)
ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file stay in one process: what they share, or have compiled, is made once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(ROOT).as_posix()))


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """Of what tests write nothing has to outlive the power; those that cut it (tests/faults/power.py) count every sync.

    What a test starts as a process of its own waits for the disk as users do.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real input files, which no licence lets this repository hold."""
    folder = Path(os.environ.get("COMMUNE_COVERAGE_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at '{folder}'; name the folder with COMMUNE_COVERAGE_SHARED")
    return folder


@pytest.fixture(scope="session")
def invented_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files of the invented country in ``raw``, and its run in ``data`` and ``maps``.

    The run takes most of a minute: whichever process of the tests asks first computes it, the others wait.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "invented_country"
    with file_lock(shared / "invented_country.lock", wait=True):
        if not (folder / "maps" / "latest").exists():
            country = write_country(folder / "raw", "default", INVENTED_SEED)
            run_pipeline(country, folder / "data", folder / "maps", INVENTED_DATE, "serial", lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome, started by tests with --no-sandbox --disable-gpu."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium here; make programs installs one where it may")
    return found
