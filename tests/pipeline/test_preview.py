"""Previews of the tiny country, and row changes against a plain comparison."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.api import run as run_pipeline
from commune_coverage.cli.preview_text import preview_lines
from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import CoverageError, RunError
from commune_coverage.pipeline.preview import preview_file
from commune_coverage.quality.diff import row_changes
from commune_coverage.schema.inputs import POINTS
from tests import tiny


@pytest.fixture
def country(tmp_path):
    return tiny.write_files(tmp_path / "in")


def test_a_new_hub_moves_minutes_where_it_stands(country, tmp_path):
    hubs = pd.read_csv(country.parent / "hubs.csv")
    there = tiny.centres().round(7).iloc[[8]].assign(kind="post office", id=2)
    pd.concat([hubs, there]).to_csv(tmp_path / "hubs.csv", index=False)
    found = preview_file(tmp_path / "hubs.csv", country, "hubs", tmp_path / "data", "serial")
    assert found.changes.rows[["line", "status", "key"]].to_numpy().tolist() == [[3, "new", "2"]]
    assert "010109" in set(found.moved["commune_code"])
    assert "010105" not in set(found.moved["commune_code"])
    assert not (tmp_path / "data").exists()


def test_the_same_file_changes_nothing(country, tmp_path):
    found = preview_file(country.parent / "villages.csv", country, "people", tmp_path / "data", "serial")
    assert found.moved.empty
    assert (len(found.changes.rows), found.changes.same) == (0, 9)
    assert preview_lines(found)[-1] == "communes: no figure of any commune would move"


def test_it_says_that_a_run_would_hold_the_file_back(country, tmp_path):
    run_pipeline(country, tmp_path / "data", tmp_path / "maps", None, "serial", lambda *_: None)
    villages = pd.read_csv(country.parent / "villages.csv")
    villages.assign(people=villages["people"] * 3).to_csv(tmp_path / "more.csv", index=False)
    found = preview_file(tmp_path / "more.csv", country, "people", tmp_path / "data", "serial")
    last = "a run would hold this version back: 13,500 people where the last good version has 4,500"
    assert preview_lines(found)[-1] == last


@pytest.mark.parametrize(
    ("layer", "content", "words"),
    [
        ("roads", b"a", "names no layer 'roads'; it has: communes, towers, people, hubs"),
        ("towers", b"", "is empty"),
        ("towers", b"a,b\n1,2\n", "no column 'lon'"),
    ],
)
def test_a_file_that_is_no_data_is_one_sentence(country, tmp_path, layer, content, words):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(CoverageError, match=words) as error:
        preview_file(tmp_path / "t.csv", country, layer, tmp_path / "data", "serial")
    assert isinstance(error.value, RunError) == (layer == "roads")


IDS = st.dictionaries(
    st.integers(0, 30).map(str), st.tuples(st.sampled_from(["1,00", "1", "1,0", "2"]), st.sampled_from("xy "))
)


@given(IDS.filter(bool), IDS.filter(bool))
def test_row_changes_are_those_of_a_plain_comparison(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("rows")
    for name, table in (("old", old), ("new", new)):
        lines = [f"{key};{lon};5,5;{kind}" for key, (lon, kind) in table.items()]
        (folder / f"{name}.csv").write_text("\n".join(["id;lon;lat;class", *lines]) + "\n")
    files = [FileRef(path=folder / f"{name}.csv", delimiter=";", decimal=",") for name in ("old", "new")]
    found = row_changes(*files, POINTS, ["point_id"])
    plain = [{key: (lon[0], kind.strip()) for key, (lon, kind) in table.items()} for table in (old, new)]
    assert set(found.rows.loc[found.rows["status"] == "new", "key"]) == set(new) - set(old)
    assert set(found.rows.loc[found.rows["status"] == "removed", "key"]) == set(old) - set(new)
    both = set(old) & set(new)
    assert set(found.rows.loc[found.rows["status"] == "changed", "key"]) == {
        k for k in both if plain[0][k] != plain[1][k]
    }
    assert found.same == sum(plain[0][key] == plain[1][key] for key in both)


def test_without_an_identifier_a_row_is_itself(tmp_path):
    (tmp_path / "a.csv").write_text("lon,lat,class\n1,2,x\n1,2,x\n3,4,x\n")
    (tmp_path / "b.csv").write_text("lon,lat,class\n1,2.0,x\n5,6,x\n")
    found = row_changes(FileRef(path=tmp_path / "a.csv"), FileRef(path=tmp_path / "b.csv"), POINTS, ["point_id"])
    assert found.rows[["line", "status"]].to_numpy().tolist() == [[3, "new"], [3, "removed"], [4, "removed"]]
    assert (found.same, found.key) == (1, [])
