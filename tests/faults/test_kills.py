"""A run killed at any instant leaves the last published maps whole, and the next run completes."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from commune_coverage.synthetic.invented import write_country
from tests import tiny
from tests.commands import MAIN, command

PAGES = ("index.html", "internet.html", "delivery.html", "payment.html")


def _arguments(country, folder, engine="serial"):
    return ["run", country, "--data-dir", folder / "d", "--maps-dir", folder / "m", "--engine", engine]


def _start(country, folder, engine="serial"):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *map(str, _arguments(country, folder, engine))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _state(folder):
    """What a reader of the published run sees."""
    pages = {page: (folder / "m/latest" / page).read_bytes() for page in PAGES}
    return pages, (folder / "d/latest/commune_gaps.parquet").read_bytes()


def _change(country, number):
    villages = pd.read_csv(country.parent / "villages.csv")
    villages.loc[0, "people"] = 100 + number
    villages.to_csv(country.parent / "villages.csv", index=False)


def _kill_at(country, folder, seconds, engine="serial"):
    """Kill a run, and return only when its workers have gone too, whose pipes are ours."""
    process = _start(country, folder, engine)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


def _undisturbed_s(country, folder, engine="serial"):
    """How long the run takes as a process that nobody kills."""
    start = time.monotonic()
    process = _start(country, folder, engine)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return time.monotonic() - start


def _complete(country, folder, engine="serial"):
    done = command(*_arguments(country, folder, engine))
    assert done.returncode == 0, done.stderr


def _left_over(folder):
    """Files of a run that was killed, in what is published."""
    shown = (folder / "d/latest", folder / "m/current/site")
    return [path for root in shown for path in root.resolve().rglob(".*")]


def _check_kills(folder, moments, engine="serial"):
    country = tiny.write_files(folder / "in")
    whole_s = _undisturbed_s(country, folder, engine)
    for number, moment in enumerate(moments, start=1):
        before = _state(folder)
        _change(country, number)
        _kill_at(country, folder, moment * whole_s, engine)
        after = _state(folder)
        table = pd.read_parquet(folder / "d/latest/commune_gaps.parquet")
        assert after == before or table["people"][0] == 100 + number
        assert _left_over(folder) == []
    _complete(country, folder, engine)
    assert pd.read_parquet(folder / "d/latest/commune_gaps.parquet")["people"][0] == 100 + len(moments)
    assert _left_over(folder) == []


def test_a_few_kills(tmp_path):
    _check_kills(tmp_path, [0.7, 0.95])


@pytest.fixture
def scheduler():
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def _moments(share):
    """KILLS=500 kills so many runs in all, else 40."""
    count = round(int(os.environ.get("KILLS", "40").rpartition(":")[2]) * share)
    return np.random.default_rng(11).uniform(0.3, 1.05, count).tolist()


@pytest.mark.long
@pytest.mark.parametrize(("engine", "share"), [("serial", 0.6), ("processes", 0.2)])
def test_many_kills(engine, share, tmp_path):
    _check_kills(tmp_path, _moments(share), engine)


@pytest.mark.long
def test_many_kills_of_a_client_of_a_cluster(scheduler, tmp_path):
    """The workers live on: what they still write for a client that is dead must reach nobody."""
    _check_kills(tmp_path, _moments(0.2), scheduler)


def _tables(folder):
    """Hashes of everything that a run publishes, but for reports, which say what the run cost."""
    found = {}
    for root in ("d/latest", "m/current/site"):
        base = (folder / root).resolve()
        for path in sorted(base.rglob("*")):
            if path.is_file() and not path.name.endswith("report.json") and path.suffix not in (".html", ".js"):
                found[f"{root}/{path.relative_to(base)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _check_that_the_next_run_ends_the_same(country, folder, moments):
    """Each kill in a data folder of its own; the run after it must end as one that nobody disturbed."""
    _complete(country, folder / "warm-up")
    whole_s, wanted = _undisturbed_s(country, folder / "whole"), _tables(folder / "whole")
    assert "d/latest/commune_gaps.parquet" in wanted
    for number, moment in enumerate(moments):
        own = folder / f"kill-{number}"
        _kill_at(country, own, moment * whole_s)
        _complete(country, own)
        assert _tables(own) == wanted, f"killed after {moment:.3f} of the run"
        shutil.rmtree(own)


def test_the_run_after_a_kill_ends_with_the_same_bytes(tmp_path):
    country = tiny.write_with_roads(tmp_path / "in")
    _check_that_the_next_run_ends_the_same(country, tmp_path, [0.6])


@pytest.mark.long
def test_the_run_after_any_kill_ends_with_the_same_bytes(tmp_path):
    """KILLS=national:50 kills a run of national size at 50 instants; else one of the default size at 20."""
    scale, _, count = os.environ.get("KILLS", "default:20").partition(":")
    country = write_country(tmp_path / "in", scale, 7)
    moments = np.random.default_rng(5).uniform(0.02, 1.0, int(count)).tolist()
    _check_that_the_next_run_ends_the_same(country, tmp_path, moments)
