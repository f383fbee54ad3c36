"""Published figures from files: tables by hand, and answers as the United Nations' SDG database writes them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.config.layers import BenchmarksLayer
from commune_coverage.core.errors import MissingColumnError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.detection.command import likely_layer, recognise_upload
from commune_coverage.readers.measured.benchmarks import read_benchmarks
from tests import tiny

WHOLE = {"Location": "ALLAREA", "Reporting Type": "G"}


def read(path: Path, text: str, **more: Any) -> tuple[pd.DataFrame, RowLog]:
    path.write_text(text, encoding="utf-8")
    table, (log,) = tiny.read(read_benchmarks, BenchmarksLayer(path=path, **more), tiny.area())
    assert log.is_balanced()
    return table, log


def figure(series: str, year: float, value: str, area: str = "116", **dimensions: str) -> dict[str, Any]:
    row = {"goal": ["9"], "indicator": ["9.c.1"], "series": series, "geoAreaCode": area, "geoAreaName": "Cambodia"}
    row |= {"timePeriodStart": year, "value": value, "valueType": "Float", "source": "ITU", "footnotes": [""]}
    return row | {"attributes": {"Units": "PERCENT", "Nature": "C"}, "dimensions": WHOLE | dimensions}


def answer(*rows: object, **more: object) -> str:
    return json.dumps({"size": 1000, "totalElements": len(rows), "totalPages": 1, "pageNumber": 1, "data": rows} | more)


def test_the_answer_of_the_sdg_database_is_shares_by_our_names(tmp_path: Path) -> None:
    series = [("IT_MOB_4GNTWK", 2022.0, "92.5"), ("IT_MOB_3GNTWK", 2023.0, "99"), ("IT_MOB_2GNTWK", 2023, "100")]
    found, log = read(tmp_path / "sdg.json", answer(*(figure(*one) for one in series)), tolerance=0.03)
    assert found["figure"].tolist() == ["at_least_4g_share", "at_least_3g_share", "at_least_2g_share"]
    assert found["value"].tolist() == pytest.approx([0.925, 0.99, 1.0])
    assert found["date"].tolist() == ["2022-12-31", "2023-12-31", "2023-12-31"]
    assert set(found["tolerance"]) == {0.03}
    assert found.at[0, "source"] == "Global SDG indicators database, IT_MOB_4GNTWK: ITU"
    assert "at least LTE" in found.at[0, "definition"]
    assert (log.read, log.kept) == (3, 3)


def test_counts_keep_the_unit_of_their_series(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "sdg.json", answer(figure("FB_CBK_BRCH", 2023.0, "8.41")))
    assert (found.at[0, "figure"], found.at[0, "value"]) == ("FB_CBK_BRCH", 8.41)


def test_what_is_not_the_whole_country_or_not_ours_is_counted(tmp_path: Path) -> None:
    rows = [
        figure("IT_MOB_4GNTWK", 2023.0, "93.1"),
        figure("IT_MOB_4GNTWK", 2023.0, "80.0", Location="RURAL"),
        figure("IT_MOB_4GNTWK", 2023.0, "80.0", Sex="FEMALE"),
        figure("IT_MOB_4GNTWK", 2023.0, "99.0", area="764"),
        figure("IT_MOB_5GNTWK", 2023.0, "3.0"),
        figure("IT_MOB_4GNTWK", 2022.0, "NaN"),
        figure("IT_MOB_4GNTWK", 2021.0, "930"),
        figure("IT_MOB_4GNTWK", 2023.0, "93.2"),
    ]
    found, log = read(tmp_path / "sdg.json", answer(*rows))
    assert found["value"].tolist() == pytest.approx([0.931])
    assert (log.read, log.kept, log.filtered, log.out_of_area) == (8, 1, 3, 1)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (6, "missing_value"),
        (7, "out_of_range"),
        (8, "duplicate_row"),
    ]
    assert any("IT_MOB_5GNTWK" in note for note in log.notes)
    assert any("2 figures are of a part of the country" in note for note in log.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>busy</html>", "."),
        ('{"data": [{"series"', "not a readable answer"),
        ('{"elements": []}', "no list 'data'"),
        ('{"data": [{"value": 3}]}', "no list 'data'"),
        ("[]", "does not begin like JSON"),
        (answer(figure("IT_MOB_4GNTWK", 2023.0, "93.1"), totalElements=40), "has 1 of 40 figures"),
        ('{"data": ' + "[" * 100_000, "not a readable answer"),
    ],
    ids=range(7),
)
def test_what_is_no_whole_answer_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        read(tmp_path / "sdg.json", text)


def test_a_table_has_its_own_sources_tolerances_and_years(tmp_path: Path) -> None:
    text = "figure,value,tolerance,year,source,definition\n"
    text += "at_least_4g_share,0.9,0.05,2024,,Signal\nFB_ATM_TOTL,20,,2025-06-30,a bank,Machines\n"
    bad = {
        "at_least_4g_share,90,,2024,,Signal": "OUT_OF_RANGE",
        "at_least_4g_share,,,2024,,Signal": "MISSING_VALUE",
        ",0.9,,2024,,Signal": "MISSING_VALUE",
        "at_least_4g_share,0.9,,last year,,Signal": "NOT_A_DATE",
        "at_least_4g_share,0.9,,2023,,": "MISSING_VALUE",
        "<b>share</b>,0.9,,2024,,Signal": "OUT_OF_RANGE",
        "at_least_4g_share,0.8,,2024-12-31,,Signal": "DUPLICATE_ROW",
    }
    found, log = read(tmp_path / "f.csv", text + "\n".join(bad) + "\n", publisher="A regulator", tolerance=0.01)
    assert found["source"].tolist() == ["A regulator", "a bank"]
    assert found["tolerance"].tolist() == [0.05, 0.01]
    assert found["date"].tolist() == ["2024-12-31", "2025-06-30"]
    reasons = {row["line"]: row["reason_code"].upper() for row in log.rows}
    assert reasons == dict(enumerate(bad.values(), start=4))


def test_a_table_without_figures_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="figure"):
        read(tmp_path / "f.csv", "value,date\n0.5,2025-12-31\n")


def test_an_answer_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "download.json"
    path.write_text(answer(figure("IT_MOB_4GNTWK", 2022.0, "92.5"), figure("IT_MOB_2GNTWK", 2022.0, "100")))
    assert likely_layer(path) == "benchmarks"
    found = recognise_upload(path, "benchmarks", None)
    assert "2 figures of whole countries: IT_MOB_2GNTWK, IT_MOB_4GNTWK." in found.sentences()[0]
    assert found.as_toml() == 'format = "un-sdg"\n'


def test_a_run_holds_its_figures_against_the_file(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.without_limits(country)
    (tmp_path / "yearbook.csv").write_text(
        "figure,value,year,source,definition\nat_least_3g_share,0.999,2025,a yearbook,Signal\n"
        "IT_MOB_3GNTWK,99.9,2025,a yearbook,Signal\n"
    )
    tiny.say(country, '[layers.benchmarks]\npath = "yearbook.csv"\ntolerance = 0.01')
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 11, 30), "serial")
    table = cc.open_results(tmp_path / "data").benchmarks
    assert table["figure"].tolist() == ["IT_MOB_3GNTWK", "at_least_3g_share"]
    assert table["value"].tolist() == pytest.approx([100 * table.at[1, "value"], table.at[1, "value"]])
    assert set(table["status"]) == {"outside"}
