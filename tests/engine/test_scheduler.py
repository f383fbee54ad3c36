"""A run on an external Dask scheduler: the same bytes as on one machine, alone."""

import json
import signal
from datetime import date
from threading import Thread

import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import EngineError
from commune_coverage.synthetic.invented import write_country
from tests import tiny
from tests.engine.daskhere import dask_here, until
from tests.pipeline import test_declared_coverage as declared

RUN_DATE = date(2026, 1, 31)
FILES = ("commune_gaps.parquet", "commune_gaps.gpkg", "commune_gaps.csv", "operator_coverage.csv")


def _run_files(country, place, engine):
    run_pipeline(country, place, place.with_name(f"{place.name}-maps"), RUN_DATE, engine, lambda *_: None)
    return {file: (place / "latest" / file).read_bytes() for file in FILES}


def _with_storage(country, place):
    text = country.read_text()
    country.write_text(f'{text}\n[cluster]\nstorage = "file://{place}"\n')


def test_workers_that_share_the_disk_give_the_same_bytes(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    with dask_here(tmp_path, 2) as dask:
        assert _run_files(country, tmp_path / "dask", dask.address) == _run_files(
            country, tmp_path / "serial", "serial"
        )


def test_workers_that_see_nothing_of_the_coordinator_give_the_same_bytes(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    country = tiny.write_files(here / "in")
    alone = _run_files(country, here / "serial", "serial")
    _with_storage(country, tmp_path / "storage")
    blind = ("--preload", "tests.engine.blind")
    with dask_here(there, 2, *blind, FORBIDDEN=str(here)) as dask:
        assert _run_files(country, here / "dask", dask.address) == alone
    assert any((tmp_path / "storage").glob("content/*/*")), "nothing was uploaded"


@pytest.mark.long
def test_a_run_goes_on_elsewhere_when_its_scheduler_is_lost(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    country = write_country(here / "in", "default", 7)
    alone = _run_files(country, here / "serial", "serial")
    _with_storage(country, tmp_path / "storage")

    def kill(dask):
        until(lambda: any(here.glob("dask/runs/.work-*/stages/servers/*.arrays")), "no tile came back")
        dask.scheduler.send_signal(signal.SIGKILL)

    with dask_here(there, 2, "--preload", "tests.engine.blind", FORBIDDEN=str(here)) as dask:
        killer = Thread(target=kill, args=(dask,))
        killer.start()
        with pytest.raises(EngineError, match="was lost; run again to go on from here"):
            _run_files(country, here / "dask", dask.address)
        killer.join()
    assert json.loads(next(here.glob("dask/runs/.work-*/run.json")).read_text())["engine"].startswith("cluster:")
    assert _run_files(country, here / "dask", "processes") == alone


def test_declared_coverage_is_the_same_by_workers_that_see_nothing_of_the_coordinator(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    country = declared.write(here / "in")
    alone = declared.run_until_sums(country, here / "serial")
    _with_storage(country, tmp_path / "storage")
    blind = ("--preload", "tests.engine.blind")
    with dask_here(there, 2, *blind, FORBIDDEN=str(here)) as dask:
        done = declared.run_until_sums(country, here / "dask", dask.address)
    assert declared.digests(done) == declared.digests(alone)
