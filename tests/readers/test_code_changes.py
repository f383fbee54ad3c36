"""Codes carried between years: by hand, against a plain recomputation, and without losing anybody."""

from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.layers import FileRef, PeopleLayer
from commune_coverage.readers.boundaries.code_changes import read_code_changes
from commune_coverage.readers.boundaries.study_area import StudyArea
from tests import tiny

CHANGES = """old_code,new_code,year,old_share,new_share
10101,10101,2013,0.75,1
10101,10102,2013,0.25,1
10103,10109,2012,1,0.4
10104,10109,2012,1,0.6
10105,10106,2014,,
"""


def _changes(tmp_path, text=CHANGES):
    (tmp_path / "changes.csv").write_text(text)
    return read_code_changes(FileRef(path=tmp_path / "changes.csv"), 6)


def _carried(changes, codes, from_year, to_year):
    table = changes.carry(pd.Series(codes), from_year, to_year)
    return {(codes[row], code): share for row, code, share in table.itertuples(index=False)}


def test_splits_mergers_and_renamings_forward_and_back(tmp_path):
    changes, log = _changes(tmp_path)
    assert (log.read, log.kept) == (5, 5)
    codes = ["010101", "010103", "010105", "010107"]
    assert _carried(changes, codes, 2011, 2024) == {
        ("010101", "010101"): 0.75,
        ("010101", "010102"): 0.25,
        ("010103", "010109"): 1,
        ("010105", "010106"): 1,
        ("010107", "010107"): 1,
    }
    assert _carried(changes, ["010109", "010102", "010106"], 2024, 2011) == {
        ("010109", "010103"): 0.4,
        ("010109", "010104"): 0.6,
        ("010102", "010101"): 1,
        ("010106", "010105"): 1,
    }


def test_only_changes_between_the_two_years_count(tmp_path):
    changes, _ = _changes(tmp_path)
    assert _carried(changes, ["010101", "010103"], 2012, 2024)["010103", "010103"] == 1
    assert _carried(changes, ["010101"], 2011, 2012) == {("010101", "010101"): 1}


def test_shares_that_do_not_sum_to_one_are_set_aside_with_the_sum(tmp_path):
    _, log = _changes(tmp_path, "old_code,new_code,year,old_share\n1,2,2012,0.5\n1,3,2012,0.2\n4,5,2012,\n")
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(2, "shares_not_one"), (3, "shares_not_one")]
    assert log.rows[0]["detail"] == "old_share of 000001 sum to 0.7"
    assert log.is_balanced()


ROWS = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.integers(2010, 2014)), max_size=12, unique=True
)


@given(ROWS, st.permutations(["A", "B", "C"]), st.integers(2008, 2016), st.integers(2008, 2016))
def test_nobody_is_lost_and_the_way_is_that_of_a_plain_walk(tmp_path_factory, rows, codes, start, end):
    lines = [f"{old},{new},{year}" for old, new, year in rows]
    changes, _ = _changes(
        tmp_path_factory.mktemp("c"), "\n".join(["old_code,new_code,year", "Z,Z,1950", *lines]) + "\n"
    )
    table = changes.carry(pd.Series(codes), start, end)
    assert table.groupby("row")["share"].sum().tolist() == pytest.approx([1.0] * len(codes))
    for row, code in enumerate(codes):
        own = table[table["row"] == row]
        assert dict(zip(own["code"], own["share"], strict=True)) == pytest.approx(_walked(rows, code, start, end))


def _walked(rows, code, start, end):
    held = {code: 1.0}
    years = range(start + 1, end + 1) if end >= start else range(start, end, -1)
    for year in years:
        after = defaultdict(float)
        for own, share in held.items():
            to = [
                new if end >= start else old
                for old, new, y in rows
                if y == year and own == (old if end >= start else new)
            ]
            for target in to or [own]:
                after[target] += share / len(to or [own])
        held = dict(after)
    return held


def test_a_table_of_2011_lands_on_the_boundaries_of_2014_to_the_last_person(tmp_path):
    changes, _ = _changes(tmp_path)
    tiny.communes().to_parquet(tmp_path / "communes.parquet")
    rows = ["10101,1000", "10103,300", "10104,200", "10105,70", "10108,11", "10199,5"]
    (tmp_path / "people.csv").write_text("\n".join(["commune_code,people", *rows]) + "\n")
    area = StudyArea(tiny.communes(), tiny.METRIC, 2014, changes)
    layer = PeopleLayer(path=tmp_path / "people.csv", format="table", code_year=2011)
    people, (log,) = tiny.read_people(layer, area, tmp_path)
    counted = dict(zip(tiny.CODES, people.by_commune, strict=True))
    assert {code: round(count, 3) for code, count in counted.items() if count} == {
        "010101": 750,
        "010102": 250,
        "010106": 70,
        "010108": 11,
        "010109": 500,
    }
    assert people.read == pytest.approx(1586)
    assert people.quarantined == 5
    assert people.counted + people.outside + people.quarantined == pytest.approx(1586)
    assert (log.read, log.kept, log.reasons()) == (6, 5, {"unmatched_code": 1})
    assert "4 parts with 820 people carried from codes of 2011 to codes of 2014" in log.notes
