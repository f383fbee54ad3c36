"""A preview of an edited tower file of Luxembourg names just the edited rows, and the cantons that really move."""

from datetime import date

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.cli.preview_text import preview_lines, write_preview
from commune_coverage.pipeline.preview import FIGURES, preview_file

# One process computes what the tests share.
pytestmark = pytest.mark.xdist_group("preview")

GONE = (500, 501, 20_000)
MOVED = (1000, 1001)
SPOILT = 7000


@pytest.fixture(scope="module")
def edited(shared_data, tmp_path_factory):
    """The country file with its own copies, and the edited towers beside them."""
    folder = tmp_path_factory.mktemp("edited")
    lines = (shared_data / "luxembourg/towers/lu_opencellid_270.csv").read_text().splitlines()
    after = [lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split(",")
        if number in GONE:
            continue
        if number in MOVED:
            fields[6], fields[7] = "5.95", "50.15"
        if number == SPOILT:
            fields[7] = "forty-nine"
        after.append(",".join(fields))
    after += [f"LTE,270,1,9,{cell},0,6.1,49.75,1000,60,1,1,1700000000,0" for cell in (900_001, 900_002)]
    (folder / "edited.csv").write_text("\n".join(after) + "\n")
    return folder, len(lines)


@pytest.fixture(scope="module")
def found(edited, pytestconfig, tmp_path_factory):
    country = pytestconfig.rootpath / "tests/real/luxembourg.toml"
    return preview_file(edited[0] / "edited.csv", country, "towers", tmp_path_factory.mktemp("none"), "serial")


def test_exactly_the_edited_rows_are_named(found, edited):
    rows = found.changes.rows
    by_status = {status: group["line"].tolist() for status, group in rows.groupby("status")}
    before_gone = sum(line < SPOILT for line in GONE)
    assert by_status["removed"] == list(GONE)
    assert by_status["changed"] == [*(line - 2 for line in MOVED), SPOILT - before_gone]
    last = edited[1] - len(GONE)
    assert by_status["new"] == [last + 1, last + 2]
    assert found.changes.same == 21_195 - len(GONE) - len(MOVED) - 1
    assert "lat 49" in rows.set_index("line").loc[MOVED[0] - 2, "what"]
    assert [(row["line"], row["reason_code"]) for row in found.quarantined] == [(SPOILT - before_gone, "not_a_number")]


def test_the_cantons_that_move_are_those_of_two_whole_runs(found, edited, pytestconfig, tmp_path):
    text = (pytestconfig.rootpath / "tests/real/luxembourg.toml").read_text()
    real = pytestconfig.rootpath.parent / "shared"
    text = text.replace("../../../shared", str(real))
    tables = []
    for name, towers in (("a", None), ("b", edited[0] / "edited.csv")):
        own = (
            text
            if towers is None
            else text.replace(str(real / "data/luxembourg/towers/lu_opencellid_270.csv"), str(towers))
        )
        (tmp_path / f"{name}.toml").write_text(own)
        run_date = date.today()
        run_pipeline(
            tmp_path / f"{name}.toml", tmp_path / name, tmp_path / f"{name}m", run_date, "serial", lambda *_: None
        )
        tables.append(pd.read_parquet(tmp_path / name / "latest/commune_gaps.parquet").set_index("commune_code"))
    before, after = (table[list(FIGURES)] for table in tables)
    moved = set(before.index[((before - after).abs() > 1e-6).any(axis=1)])
    assert set(found.moved["commune_code"]) == moved
    assert 2 <= len(moved) < 12
    cells = found.moved[found.moved["figure"] == "cells"].set_index("commune_code")
    assert (cells["after"] == after["cells"].reindex(cells.index)).all()


def test_it_is_told_in_lines_and_written_whole(found, tmp_path):
    lines = preview_lines(found)
    assert lines[0].startswith("towers: 21,194 read, ")
    assert any(line.startswith("rows: 2 new, 3 changed, 3 removed, 21,189 as before") for line in lines)
    assert any(line.startswith("  quarantined, line 6998: a value that must be a number is not one") for line in lines)
    write_preview(found, tmp_path)
    assert len(pd.read_csv(tmp_path / "rows.csv")) == 8
    assert len(pd.read_csv(tmp_path / "communes.csv")) == len(found.moved)
