"""Damaged files of every format: a reader may refuse with one sentence, quarantine rows, or read on; nothing else."""

import gzip
import random
import shutil
from pathlib import Path

import pytest

from coverage.check import check_country
from coverage.country_file import load_country
from coverage.errors import CoverageError
from coverage.synthetic.invented import write_country

FILES = {
    "country.toml": ("communes.gpkg", "gazetteer.xlsx", "towers.csv.gz", "people.tif", "osm_nodes.sqlite.zip",
                     "roads.gpkg", "elevation.tif"),
    "country-register.toml": ("boundaries.zip", "names.csv", "register.csv", "villages.csv", "population.csv",
                              "hubs.csv", "payments.geojson", "roads.osm.pbf"),
}  # fmt: skip
CASES = [(country, file) for country, files in FILES.items() for file in files]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return write_country(tmp_path_factory.mktemp("fuzz"), "default", 3).parent


def _damaged(content: bytes, rng: random.Random) -> bytes:
    """One of: cut short, a piece gone, a piece twice, a few bytes changed, a piece of noise."""
    if not content:
        return content
    start = rng.randrange(len(content))
    stop = min(len(content), start + rng.randrange(1, 400))
    way = rng.randrange(5)
    if way == 0:
        return content[:start]
    if way == 1:
        return content[:start] + content[stop:]
    if way == 2:
        return content[:stop] + content[start:]
    if way == 3:
        changed = bytearray(content)
        for _ in range(rng.randrange(1, 20)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed)
    return content[:start] + rng.randbytes(stop - start) + content[stop:]


def _check(written: Path, folder: Path, country: str, file: str, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    content = (written / file).read_bytes()
    inside_gzip = file.endswith(".gz") and rng.random() < 0.7
    damaged = _damaged(gzip.decompress(content), rng) if inside_gzip else _damaged(content, rng)
    (folder / file).write_bytes(gzip.compress(damaged, mtime=0) if inside_gzip else damaged)
    try:
        findings = check_country(load_country(folder / country))
    except CoverageError:
        return
    assert all("\n" not in problem for problem in findings.problems)
    unbalanced = [log.layer for log in findings.logs if not log.is_balanced()]
    assert not unbalanced


def _fuzz(written: Path, folder: Path, country: str, file: str, seeds: range) -> None:
    shutil.copytree(written, folder, dirs_exist_ok=True)
    for seed in seeds:
        _check(written, folder, country, file, seed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("country", "file"), CASES)
def test_a_damaged_file_never_crashes_a_reader(written, tmp_path, country, file):
    _fuzz(written, tmp_path, country, file, range(6))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("country", "file"), CASES)
def test_many_damaged_files(written, tmp_path, country, file):
    _fuzz(written, tmp_path, country, file, range(100, 160))
