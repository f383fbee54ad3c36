from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from commune_coverage.config.layers import FileRef, SpeedTestsLayer
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.encoding import decode, guess_delimiter, one_line_end, rows
from commune_coverage.readers.formats.parquet import parquet_rows
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.formats.vector_batches import vector_batches
from commune_coverage.readers.measured.speed_tests import read_speed_tests
from tests import tiny

KHMER = "code,name\n010201,បន្ទាយនាង\n"
FRENCH = "code,name\n1,Préah Vihéar\n2,Côte d’Émeraude\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_recognised(encoding):
    assert decode(KHMER.encode(encoding), None, "f")[0].lstrip("\ufeff") == KHMER


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_eight_bit_encodings_are_told_apart(encoding):
    assert decode(FRENCH.encode(encoding), None, "f") == (FRENCH, encoding)


def test_stated_encoding_that_does_not_fit_is_one_sentence():
    with pytest.raises(UnreadableFileError, match=r"'f.csv' cannot be read as utf-8"):
        decode("é".encode("cp1252"), "utf-8", "f.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_the_same_lines(end):
    text = end.join(["a,b", "1,2", "", '"x, y",3']) + end
    assert list(rows(one_line_end(text), ",")) == [(1, ["a", "b"]), (2, ["1", "2"]), (4, ["x, y", "3"])]


def test_line_numbers_are_physical_lines_when_a_field_holds_a_line_break():
    assert [line for line, _ in rows('a,b\n"one\ntwo",2\n3,4\n', ",")] == [1, 2, 4]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_guessed_even_with_decimal_commas(mark):
    text = (
        mark.join(["lon", "lat", "name"])
        + "\n"
        + mark.join(["104,91" if mark != "," else "104.91", "11.5", "x"])
        + "\n"
    )
    assert guess_delimiter(text * 3) == mark


@pytest.mark.parametrize("read", ["rows", "vector", "batches", "tests"])
def test_text_of_parquet_that_is_no_unicode_is_refused_where_it_is_read(read: str, tmp_path: Path) -> None:
    """Arrow looks at the bytes of a text when they are used first, which may be anywhere."""
    path = tmp_path / "a.parquet"
    points = gpd.GeoDataFrame({"name": ["bank"]}, geometry=[shapely.Point(104, 11)], crs="EPSG:4326")
    points.to_parquet(path)
    table = pq.read_table(path)
    no_text = pa.array([b"ban\xff"], pa.binary()).view(pa.string())
    table = table.set_column(0, "name", no_text).replace_schema_metadata(table.schema.metadata)
    pq.write_table(table if read in ("vector", "batches") else table.select(["name"]), path)
    ref, log = FileRef(path=path), RowLog("hubs", path.name)
    ways: dict[str, Callable[[], object]] = {
        "rows": lambda: parquet_rows(ref, log),
        "vector": lambda: read_vector(ref),
        "batches": lambda: list(vector_batches(ref, log)),
        "tests": lambda: tiny.read(read_speed_tests, SpeedTestsLayer(path=path), None),
    }
    with pytest.raises(UnreadableFileError, match=r"'a\.parquet' is not a"):
        ways[read]()
