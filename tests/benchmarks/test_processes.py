"""Inputs changed and copied, and runs as processes compared."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from benchmarks import changes
from benchmarks.copies import write_copies
from benchmarks.fixture import make_fixture
from benchmarks.processes import code_process, differing_files, tables_of
from benchmarks.scale import scale
from benchmarks.tiles import tiles
from benchmarks.warm import warm
from benchmarks.whole import whole
from benchmarks.workers import workers
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import BenchError
from commune_coverage.core.files import write_table
from commune_coverage.readers.communes.reader import read_communes
from commune_coverage.runs.run import start_run
from commune_coverage.synthetic.invented import write_country
from tests import tiny

pytestmark = pytest.mark.xdist_group("bench")


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    return write_country(tmp_path_factory.mktemp("country"), "default", 7)


def _digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def _towers(path):
    return gzip.decompress((path.parent / "towers.csv.gz").read_bytes()).decode().splitlines()


def test_changed_sites_are_as_many_as_asked_and_the_same_by_seed(country, tmp_path):
    before = _digests(country.parent)
    one, again, other = (
        changes.change_sites(country, tmp_path / str(n), 0.1, seed) for n, seed in enumerate((1, 1, 2))
    )
    assert _towers(one) == _towers(again) != _towers(other)
    was, now = set(_towers(country)), set(_towers(one))
    sites = len({tuple(line.split(",")[6:8]) for line in was})
    gone, new = ({tuple(line.split(",")[6:8]) for line in lines} for lines in (was - now, now - was))
    assert len(gone) == round(sites * 0.05)
    assert 0 < len(new) <= len(gone)
    assert _digests(country.parent) == before
    load_country(one)


@pytest.mark.parametrize("name", ["hubs", "roads", "people", "boundaries", "parameters"])
def test_one_thing_changes_and_the_country_stays(name, country, tmp_path):
    before = _digests(country.parent)
    changed = getattr(changes, f"change_{name}")(country, tmp_path / name)
    after = _digests(changed.parent)
    files = {
        "hubs": "osm_nodes.sqlite.zip",
        "roads": "roads.gpkg",
        "people": "people.tif",
        "boundaries": "communes.gpkg",
        "parameters": "country.toml",
    }
    assert [file for file in before if before[file] != after[file]] == [files[name]]
    assert _digests(country.parent) == before
    load_country(changed)


def test_four_copies_hold_four_times_as_much(country, tmp_path):
    found = []
    for copies in (1, 4):
        path = write_copies(country, tmp_path / str(copies), copies)
        country_file = load_country(path)
        communes, _ = tiny.read(read_communes, country_file.layers.communes, None, country=country_file)
        run = start_run(path, tmp_path / f"d{copies}", tmp_path / "m")
        write_table(run.stages_folder / "communes.parquet", communes)
        people, _ = tiny.read_people(run.country.layers.people, run.area, run.stages_folder)
        found.append((len(communes), people.counted, len(_towers(path))))
        assert communes["commune_code"].is_unique
    assert found[1] == pytest.approx([4 * value for value in found[0]], rel=1e-6)


def test_bytes_of_two_runs_are_told_apart(tmp_path):
    for name, text in (("a", "1"), ("b", "2")):
        (tmp_path / name / "signal").mkdir(parents=True)
        (tmp_path / name / "signal" / "0.parquet").write_text(text)
        (tmp_path / name / "same.json").write_text("{}")
        (tmp_path / name / "gaps.report.json").write_text(text)
    (tmp_path / "b" / "more.json").write_text("{}")
    assert differing_files(tmp_path / "a", tmp_path / "b") == ["more.json", "signal/0.parquet"]
    assert tables_of(tmp_path / "a").keys() == {"same.json", "signal/0.parquet"}


def test_a_process_is_measured_and_its_failure_said():
    assert code_process("import time\nwhile time.process_time() < 0.3: pass").cpu_s >= 0.3
    with pytest.raises(BenchError, match="ValueError: no such thing"):
        code_process("raise ValueError('no such thing')")


@pytest.mark.long
@pytest.mark.parametrize("benchmark", [whole, workers, tiles, scale, warm], ids=lambda one: one.__name__)
def test_runs_are_compared(benchmark, tmp_path):
    fixture = make_fixture("default", tmp_path, 1, (1, 4), (0.0, 0.01))
    record = benchmark(fixture).record()
    assert record["ratios"]
    assert all(one["least"] > 0 for one in record["ratios"])
    for line, value in record["agreement"].items():
        assert value == pytest.approx(1, rel=1e-6), line
    if benchmark is warm:
        assert len(record["agreement"]) == 7
    if benchmark is whole:
        stages = record["facts"]["stages"]["cold run"]
        assert {"people", "radio", "indicators"} < {one["name"] for one in stages}
        assert all(one.keys() == {"name", "seconds", "cpu_seconds", "peak_memory_mb"} for one in stages)
