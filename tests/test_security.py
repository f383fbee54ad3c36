"""The table of docs/security.md: what it names is there, and its own claims hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commune_coverage.readers.safety import files

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text()
LINES = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.*?) \| (.*) \|$", TEXT, re.MULTILINE)
# Levels 1 and 2 of the chapters in version 5.0.0.
ASKED = {
    *("5.1.1", "5.2.1", "5.2.2", "5.2.3", "5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.4.3"),
    *("13.1.1", "13.2.1", "13.2.2", "13.2.3", "13.2.4", "13.2.5", "13.3.1", "13.3.2"),
    *("13.4.1", "13.4.2", "13.4.3", "13.4.4", "13.4.5"),
    *("15.1.1", "15.1.2", "15.1.3", "15.2.1", "15.2.2", "15.2.3"),
    *("16.1.1", "16.2.1", "16.2.2", "16.2.3", "16.2.4", "16.2.5", "16.3.1", "16.3.2", "16.3.3", "16.3.4"),
    *("16.4.1", "16.4.2", "16.4.3", "16.5.1", "16.5.2", "16.5.3"),
}


def test_every_requirement_has_one_line_with_an_answer() -> None:
    assert len(LINES) == len(ASKED)
    assert {number for number, *_ in LINES} == ASKED
    assert {answer for _, _, answer, _ in LINES} == {"met", "not met", "does not apply"}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_what_a_line_names_is_there(line: tuple[str, str, str, str]) -> None:
    number, _, answer, by = line
    named = re.findall(r"`([\w./-]+\.(?:py|md|sh|yaml)|\.dockerignore)(?:::(test_\w+))?`", by)
    anchors = re.findall(r"\(#([a-z-]+)\)", by)
    assert named or anchors or answer != "met", f"{number} is met by nothing"
    for file, test in named:
        content = (ROOT / file).read_text()
        assert not test or re.search(rf"^def {test}\(", content, re.MULTILINE), f"{file} has no {test}"
    for anchor in anchors:
        assert f"\n## {anchor.replace('-', ' ').capitalize()}\n" in TEXT


def test_limits_of_files_are_as_written() -> None:
    gib, said = 1024**3, " ".join(TEXT.split())
    assert f"text {files.MAX_TEXT_BYTES // gib} GiB, rasters {files.MAX_RASTER_BYTES // gib} GiB" in said
    assert f"databases, archives and packed tables {files.MAX_DATABASE_BYTES // gib} GiB" in said
    assert f"hold {files.MAX_MEMBERS:,} files, unpack to {files.MAX_UNPACK_RATIO} times its size" in said
    assert f"and to {files.MAX_UNPACKED_BYTES // gib} GiB" in said


def test_nginx_hands_no_request_to_a_program() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    assert re.findall(r"\b(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass\b|\bperl|\bjs_|\bssi\b|\bdav_", text) == []


def test_no_service_is_started_to_be_debugged() -> None:
    started = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()] + [ROOT / "prefect.yaml"]
    assert [
        path.name for path in started if re.search("debug|PREFECT_TEST_MODE|--reload", path.read_text(), re.I)
    ] == []
