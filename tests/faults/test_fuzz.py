"""Damaged files of every format: a reader may refuse with one sentence, quarantine rows, or read on; nothing else."""

import gzip
import io
import random
import re
import shutil
import signal
import tomllib
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from commune_coverage.config.layers import FileRef, Layers, NumberFormat
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError, CoverageError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.detection.file import recognise
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import locate_rows
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.schema.inputs import CELLS
from commune_coverage.synthetic.invented import write_country
from tests.quality import spoilt

SECONDS_EACH = 120
# Damaged inputs of each file in the short form and in the long one, by what is damaged.
SHORT = {"countries": range(2), "registers": range(6), "country files": range(15), "layers": range(2)}
LONG = {
    "countries": range(100, 150),
    "registers": range(100, 300),
    "country files": range(100, 250),
    "layers": range(100, 240),
}
MANY = 5000
FILES = {
    "country.toml": (
        "communes.gpkg",
        "gazetteer.xlsx",
        "towers.csv.gz",
        "people.tif",
        "osm_nodes.sqlite.zip",
        "roads.gpkg",
        "elevation.tif",
    ),
    "country-register.toml": (
        "boundaries.zip",
        "names.csv",
        "register.csv",
        "villages.csv",
        "population.csv",
        "hubs.csv",
        "payments.geojson",
        "roads.osm.pbf",
    ),
}
CASES = [(country, file) for country, files in FILES.items() for file in files]
MADE = ("a.csv", "a.csv.gz", "a.xlsx", "a.kml", "a.kmz", "a.gpkg", "a.geojson", "a.topojson", "shp.zip", "a.parquet")
ZIPS = (".zip", ".xlsx", ".kmz")
ODD_PIECES = (
    b"\0",
    b'"',
    b"<",
    b"&x;",
    b"<!DOCTYPE a>",
    b"\xff\xfe",
    b"\xe1\x9e",
    b",,,,",
    b"\r",
    b"1e999",
    b"-",
    b"9" * 40,
    b"nan",
    b"\xd9\xa0",
    b"{",
    b"]",
    b"A1:XFD1048576",
    b'r="9999999"',
)

ODD_WORDS = (
    b"",
    b"0",
    b"-1",
    b"1e999",
    b"-9e99",
    b"nan",
    b"inf",
    b"9" * 30,
    b"1,5",
    "១២៣".encode(),
    "é".encode(),
    b"N",
    b"LTE",
    b"104 55 12",
    b"Point",
    b"null",
    b"true",
    b"x" * 5000,
    b"1 2 3 4",
    b"48N 491234 1278901",
)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A sound country; it is checked once, so that nothing is compiled while an input is waited for."""
    country = write_country(tmp_path_factory.mktemp("fuzz"), "default", 3)
    for name in FILES:
        assert check_country(load_country(country.parent / name)).problems == []
    return country.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """One register of cells in every format that the demo does not write."""
    folder = tmp_path_factory.mktemp("made")
    rows = [(f"C{n}", 104 + n / 40, 11 + n / 50, ("LTE", "NR", "GSM")[n % 3], 20 + n) for n in range(30)]
    names = ["cell_id", "lon", "lat", "technology", "antenna_height_m"]
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    (folder / "a.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    _workbook(folder / "a.xlsx", names, rows)
    points = gpd.GeoDataFrame(
        [(row[0], row[3], row[4]) for row in rows],
        columns=["cell_id", "technology", "antenna_height_m"],
        geometry=[shapely.Point(row[1], row[2]) for row in rows],
        crs="EPSG:4326",
    )
    for driver, name in (("KML", "a.kml"), ("GPKG", "a.gpkg"), ("GeoJSON", "a.geojson"), ("ESRI Shapefile", "a.shp")):
        points.rename(columns={"antenna_height_m": "height"}).to_file(folder / name, driver=driver)
    points.to_parquet(folder / "a.parquet")
    _zip(folder / "a.kmz", {"doc.kml": (folder / "a.kml").read_bytes()})
    _zip(
        folder / "shp.zip",
        {
            f"in/{part.name}": part.read_bytes()
            for part in sorted(folder.glob("a.??[xfjg]"))
            if part.suffix in (".shx", ".dbf", ".prj", ".cpg")
        }
        | {"in/a.shp": (folder / "a.shp").read_bytes()},
    )
    (folder / "a.topojson").write_text(
        '{"type":"Topology","objects":{"a":{"type":"GeometryCollection","geometries":[{"type":"Point",'
        '"coordinates":[104.5,11.5],"properties":{"cell_id":"1","technology":"LTE"}}]}},"arcs":[]}'
    )
    return folder


def _workbook(path: Path, names: list[str], rows: list[tuple]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A register"])
    book.active.merge_cells("A1:E1")
    for row in ([], names, *rows):
        book.active.append(list(row))
    book.active.merge_cells("E4:E6")
    book.save(path)


def _zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _damaged(content: bytes, rng: random.Random) -> bytes:
    """Odd values for some, else cut short, a piece gone, twice or moved, bytes changed, noise, something odd."""
    if not content:
        return content
    if rng.random() < 0.4:
        return _with_odd_values(content, rng)
    start = rng.randrange(len(content))
    stop = min(len(content), start + rng.randrange(1, 400))
    odd = rng.choice(ODD_PIECES) * rng.choice((1, 1, 50))
    return rng.choice(
        (
            content[:start],
            content[:start] + content[stop:],
            content[:stop] + content[start:],
            _changed(content, rng),
            content[stop:] + content[start:stop] + content[:start],
            content[:start] + rng.randbytes(stop - start) + content[stop:],
            content[:start] + odd + content[start:],
        )
    )


def _with_odd_values(content: bytes, rng: random.Random) -> bytes:
    """Some words or numbers changed for others, so that the form mostly stays whole."""
    words = list(re.finditer(rb"[\w.+-]+", content))
    for hit in sorted(rng.sample(range(len(words)), min(len(words), rng.randrange(1, 6))), reverse=True):
        content = content[: words[hit].start()] + rng.choice(ODD_WORDS) + content[words[hit].end() :]
    return content


def _changed(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randrange(1, 20)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _damaged_inside(content: bytes, file: str, rng: random.Random) -> bytes:
    """Damage to what is packed, most of the time, for a file that is packed."""
    if rng.random() < 0.3:
        return _damaged(content, rng)
    if file.endswith(".gz"):
        return gzip.compress(_damaged(gzip.decompress(content), rng), mtime=0)
    if not file.endswith(ZIPS):
        return _damaged(content, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    hit = rng.choice(sorted(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in members.items():
            archive.writestr(name, _damaged(inner, rng) if name == hit else inner)
    return out.getvalue()


def _check_message(error: CoverageError, what: str) -> None:
    assert str(error).isprintable(), f"{what}: {error}"


@contextmanager
def _in_time(what: str):
    """No input may take longer; a reader that is stuck is interrupted."""

    def stuck(*_):
        raise AssertionError(f"{what}: still reading after {SECONDS_EACH} s")

    before = signal.signal(signal.SIGALRM, stuck)
    signal.alarm(SECONDS_EACH)
    try:
        yield
    except CoverageError as error:
        _check_message(error, what)
    except Exception as error:
        raise AssertionError(f"{what}: {error!r}") from error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _fuzz_country(written: Path, folder: Path, country: str, file: str, seeds: range) -> None:
    """A layer's file is damaged, and the whole country checked as ``commune-coverage check`` does."""
    shutil.copytree(written, folder, dirs_exist_ok=True)
    content = (written / file).read_bytes()
    for seed in seeds:
        (folder / file).write_bytes(_damaged_inside(content, file, random.Random(seed)))  # noqa: S311
        with _in_time(f"{file}, seed {seed}"):
            findings = check_country(load_country(folder / country))
            assert all("\n" not in problem for problem in findings.problems)
            unbalanced = [log.layer for log in findings.logs if not log.is_balanced()]
            assert not unbalanced


def _fuzz_layer(folder: Path, layer: str, seeds: range) -> None:
    """A layer's only file is damaged, beside sound communes, and measured as ``check`` measures it."""
    country = spoilt.write_country(folder / "in", layer, "sound", is_alone=True)
    path = getattr(load_country(country).layers, layer.partition(" ")[0]).path
    content = path.read_bytes()
    for seed in seeds:
        path.write_bytes(_damaged_inside(content, path.name, random.Random(seed)))  # noqa: S311
        with _in_time(f"{layer}, seed {seed}"):
            findings = check_country(load_country(country), folder / "data")
            assert all("\n" not in problem for problem in findings.problems)
            assert not [log.layer for log in findings.logs if not log.is_balanced()]


def _fuzz_reader(made: Path, folder: Path, file: str, seeds: range) -> None:
    """A register is damaged, read as cells, and recognised."""
    content = (made / file).read_bytes()
    ref = FileRef(path=folder / file, columns={"antenna_height_m": "height"} if file[-4:] in (".kml", ".kmz") else {})
    for seed in seeds:
        ref.path.write_bytes(_damaged_inside(content, file, random.Random(seed)))  # noqa: S311
        with _in_time(f"{file}, seed {seed}, read"):
            log = RowLog("towers", file)
            cells = locate_rows(pick_columns(read_table(ref, log), CELLS, ref), None, NumberFormat(), log)
            log.kept = len(check_rows(cells, CELLS, log))
            assert log.is_balanced()
        with _in_time(f"{file}, seed {seed}, recognised"):
            _check_recognition(ref)


def _check_recognition(ref: FileRef) -> None:
    found = recognise(FileRef(path=ref.path), CELLS, (103.0, 10.0, 108.0, 15.0))
    sources = [guess.source for guess in found.guesses]
    assert len(set(sources)) == len(sources)
    assert all("\n" not in sentence for sentence in found.sentences())
    assert tomllib.loads(found.as_toml()).get("columns", {}).keys() <= found.columns.keys()


def _fuzz_toml(written: Path, folder: Path, seeds: range) -> None:
    """The country file itself is damaged."""
    for name in FILES:
        content = (written / name).read_bytes()
        for seed in seeds:
            (folder / name).write_bytes(_damaged(content, random.Random(seed)))  # noqa: S311
            # A country file's error lists all its problems, each on a line.
            with _in_time(f"{name}, seed {seed}"), suppress(CountryFileError):
                load_country(folder / name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("country", "file"), CASES)
def test_a_damaged_file_never_crashes_a_country(written, tmp_path, country, file):
    _fuzz_country(written, tmp_path, country, file, SHORT["countries"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", MADE)
def test_a_damaged_register_never_crashes_a_reader(made, tmp_path, file):
    _fuzz_reader(made, tmp_path, file, SHORT["registers"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layer", spoilt.WRITERS)
def test_a_damaged_layer_is_refused_or_balanced(tmp_path, layer):
    _fuzz_layer(tmp_path, layer, SHORT["layers"])


def test_the_long_form_tries_every_layer_and_thousands_of_inputs():
    files = {"countries": CASES, "registers": MADE, "country files": FILES, "layers": spoilt.WRITERS}
    assert sum(len(files[name]) * len(seeds) for name, seeds in LONG.items()) >= MANY
    assert {layer.partition(" ")[0] for layer in spoilt.WRITERS} == set(Layers.model_fields)


def test_a_damaged_country_file_is_one_clear_error(written, tmp_path):
    _fuzz_toml(written, tmp_path, SHORT["country files"])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("country", "file"), CASES)
def test_many_damaged_files(written, tmp_path, country, file):
    _fuzz_country(written, tmp_path, country, file, LONG["countries"])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", MADE)
def test_many_damaged_registers(made, tmp_path, file):
    _fuzz_reader(made, tmp_path, file, LONG["registers"])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layer", spoilt.WRITERS)
def test_many_damaged_layers(tmp_path, layer):
    _fuzz_layer(tmp_path, layer, LONG["layers"])


@pytest.mark.long
def test_many_damaged_country_files(written, tmp_path):
    _fuzz_toml(written, tmp_path, LONG["country files"])
