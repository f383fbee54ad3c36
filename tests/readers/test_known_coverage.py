"""Published coverage: shares in any of three writings, areas at their level, and rows that mean nothing set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from commune_coverage.config.layers import KnownCoverageLayer
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.readers.measured.known_coverage import read_known_coverage
from tests import tiny


def read(path: Path, text: str, **more):
    path.write_text(text)
    return tiny.read(read_known_coverage, KnownCoverageLayer(path=path, **more), tiny.area())


def test_a_share_is_stated_or_follows_from_percent_or_from_people(tmp_path: Path) -> None:
    text = "operator,technology,covered_share,covered_percent,people_covered,people\n"
    text += "One,4g,0.25,,,\nOne,3G,,62.5,,\n,gsm,,,300,400\n"
    found, [log] = read(tmp_path / "k.csv", text)
    assert found["covered_share"].tolist() == [0.25, 0.625, 0.75]
    assert found["technology"].tolist() == ["4g", "3g", "2g"]
    assert found["operator"].tolist() == ["One", "One", "any"]
    assert found["level"].tolist() == ["nation"] * 3
    assert (log.read, log.kept, log.quarantined) == (3, 3, 0)


def test_areas_are_found_at_their_level_and_rows_state_their_own_use(tmp_path: Path) -> None:
    text = "code,operator,technology,covered_share,date,use,tolerance_share\n"
    text += "10101,One,4g,0.5,2023-06-30,,\n1,One,4g,0.5,2023-06-30,calibrate,0.1\n,One,4g,0.5,2023-06-30,,\n"
    found, _ = read(tmp_path / "k.csv", text, tolerance_share=0.03, publisher="A regulator")
    assert found[["level", "code"]].to_numpy().tolist() == [["commune", "010101"], ["province", "01"], ["nation", ""]]
    assert found["use"].tolist() == ["compare", "calibrate", "compare"]
    assert found["tolerance_share"].tolist() == [0.03, 0.1, 0.03]
    assert set(found["published_by"]) == {"A regulator"}


def test_rows_that_mean_nothing_are_set_aside_each_with_its_reason(tmp_path: Path) -> None:
    text = "code,operator,technology,measure,covered_share,people_covered,people,date,use\n"
    text += ",One,4g,people,0.9,,,2023-06-30,compare\n"
    bad = {
        ",One,6g,people,0.9,,,,": "UNKNOWN_TECHNOLOGY",
        ",One,4g,masts,0.9,,,,": "OUT_OF_RANGE",
        ",One,4g,people,1.9,,,,": "OUT_OF_RANGE",
        ",One,4g,people,,500,400,,": "OUT_OF_RANGE",
        ",One,4g,people,,500,0,,": "MISSING_VALUE",
        ",One,4g,people,,,,,": "MISSING_VALUE",
        ",One,4g,people,0.9,,,30 June,": "NOT_A_DATE",
        ",One,4g,people,0.9,,,,guess": "OUT_OF_RANGE",
        "999999,One,4g,people,0.9,,,,": "UNMATCHED_CODE",
        ",One,,people,0.9,,,,": "MISSING_VALUE",
        ",One,4g,people,0.8,,,2023-06-30,": "DUPLICATE_ROW",
    }
    found, [log] = read(tmp_path / "k.csv", text + "\n".join(bad) + "\n")
    assert len(found) == 1
    assert {row["line"]: row["reason_code"].upper() for row in log.rows} == dict(enumerate(bad.values(), start=3))
    assert log.is_balanced()


def test_further_files_are_read_with_their_own_settings(tmp_path: Path) -> None:
    more = tmp_path / "districts.csv"
    more.write_text("code,technology,covered_share\n010102,2g,0.4\n")
    found, logs = read(
        tmp_path / "k.csv",
        "technology,covered_share\n2g,0.7\n",
        use="calibrate",
        also=[{"path": more, "min_level_dbm": -100.0}],
    )
    assert found["use"].tolist() == ["calibrate", "compare"]
    assert found["min_level_dbm"].fillna(0).tolist() == [0, -100]
    assert [log.kept for log in logs] == [1, 1]


def test_a_table_without_technologies_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="technology"):
        read(tmp_path / "k.csv", "code,covered_share\n010101,0.5\n")
