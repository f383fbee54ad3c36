import pytest

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.readers.formats.encoding import decode, guess_delimiter, one_line_end, rows

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
