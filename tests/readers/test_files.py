import gzip
import io
import zipfile

import pytest

from commune_coverage.core.errors import MissingFileError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.readers.safety import files


def test_a_missing_file_names_its_folder(tmp_path):
    with pytest.raises(MissingFileError, match=r"'x.csv' is not there"):
        files.require_file(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \r\n", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        (b"\xef\xbb\xbf<HTML>", "is a web page"),
        (b"RATE_LIMITED 2/day", "publisher's refusal"),
        (b"INVALID_TOKEN", "publisher's refusal"),
    ],
)
def test_what_is_no_data_is_said_to_be_none(tmp_path, content, words):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=words):
        files.read_bytes(path)


def test_an_error_page_inside_gzip_is_seen(tmp_path):
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"<html>busy</html>"))
    with pytest.raises(UnreadableFileError, match=r"is a web page"):
        files.read_bytes(path)


def test_half_a_gzip_is_an_error_not_half_the_data(tmp_path):
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 10_000)[:-20])
    with pytest.raises(UnreadableFileError, match=r"half-written gzip"):
        files.read_bytes(path)


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_SMALL_BYTES", 1000)
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 1_000_000))
    with pytest.raises(UnsafeArchiveError, match=r"unpacks to more"):
        files.read_bytes(path)


def _zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../up.sqlite", "/abs.sqlite", "a/../../b.sqlite", "..\\up.sqlite", "C:\\x.sqlite"])
def test_an_archive_that_would_escape_is_refused(tmp_path, name):
    path = _zip(tmp_path / "z.zip", {name: b"x"})
    with pytest.raises(UnsafeArchiveError, match=r"leave its folder"):
        files.unpack_member(path, (".sqlite",), tmp_path / "out")


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_SMALL_BYTES", 1000)
    path = _zip(tmp_path / "z.zip", {"a.sqlite": b"0" * 1_000_000})
    with pytest.raises(UnsafeArchiveError, match=r"refused"):
        files.check_zip(path)


def test_a_member_larger_than_it_declares_is_refused():
    with pytest.raises(UnsafeArchiveError, match=r"more than it declares"):
        files._copy_at_most(io.BytesIO(b"12345"), io.BytesIO(), 3, "z.zip")


def test_a_broken_zip_is_one_sentence(tmp_path):
    path = tmp_path / "z.zip"
    path.write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(UnreadableFileError, match=r"not a readable zip"):
        files.check_zip(path)


def test_hash_of_a_shapefile_covers_its_companions(tmp_path):
    for suffix in (".shp", ".dbf"):
        (tmp_path / f"a{suffix}").write_bytes(suffix.encode())
    before = files.sha256(tmp_path / "a.shp")
    (tmp_path / "a.dbf").write_bytes(b"changed")
    assert files.sha256(tmp_path / "a.shp") != before
