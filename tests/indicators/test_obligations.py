"""Obligations by hand: met, missed, open and not decidable by the range, in each area and as a whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.config.obligations import Obligation
from commune_coverage.core.errors import CountryFileError
from commune_coverage.indicators.covered_areas import CoverageTables
from commune_coverage.indicators.obligations import judge_obligations
from commune_coverage.schema.obligations import OBLIGATIONS
from tests import tiny

TODAY = date(2026, 11, 30)
COMMUNES = pd.DataFrame(
    {
        "commune_code": ["0101", "0102", "0201", "0202"],
        "commune_name": ["A", "B", "C", "D"],
        "province_code": ["01", "01", "02", "02"],
        "province_name": ["North", "North", "South", "South"],
        "people": [3000.0, 1000.0, 6000.0, 0.0],
        "internet_evidence": "modelled",
        "covered_4g_share": [0.9, 0.5, 0.8, np.nan],
        "covered_4g_share_low": [0.8, 0.5, 0.7, np.nan],
        "covered_4g_share_high": [1.0, 0.5, 0.9, np.nan],
    }
)
ONE = pd.DataFrame({"commune_code": COMMUNES["commune_code"], "technology": "4g", "where": "outdoor"})
OPERATORS = pd.concat(
    [
        ONE.assign(
            operator="Alpha", **{f"covered_share{bound}": [0.6, 0.6, 0.6, 0.6] for bound in ("", "_low", "_high")}
        ),
        ONE.assign(operator="Beta", covered_share=[0.5, 0.5, 0.5, 0], covered_share_low=0.1, covered_share_high=0.9),
    ]
)


def judged(communes: pd.DataFrame = COMMUNES, **stated: object) -> pd.DataFrame:
    given = {"id": "x", "title": "T", "technology": "4g", "share": 0.75, "by": "2026-01-01", "source": "licence"}
    table = judge_obligations([Obligation(**(given | stated))], CoverageTables(communes, OPERATORS), TODAY)
    assert set(table.columns) == set(OBLIGATIONS.names) - {"synthetic_layers"}
    return table


@pytest.mark.parametrize(
    ("share", "by", "status"),
    [
        (0.70, "2026-01-01", "met"),  # low: (0.8 x 3 + 0.5 + 0.7 x 6) / 10 = 0.71
        (0.71, "2026-01-01", "met"),
        (0.75, "2026-01-01", "not decidable"),
        (0.90, "2026-01-01", "missed"),  # high: 0.89
        (0.90, "2026-11-30", "missed"),  # from that day on
        (0.90, "2026-12-01", "open"),
        (0.75, "2027-01-01", "open"),
        (0.70, "2027-01-01", "met"),
    ],
)
def test_the_range_and_the_day_decide(share: float, by: str, status: str) -> None:
    nation, whole = judged(share=share, by=by).to_dict("records")
    assert nation["status"] == whole["status"] == status
    assert [nation[f"covered_share{bound}"] for bound in ("_low", "", "_high")] == pytest.approx([0.71, 0.8, 0.89])
    assert nation["missing"] == pytest.approx(max(share - 0.8, 0) * 10_000)
    assert nation["days_left"] == (date.fromisoformat(by) - TODAY).days
    assert whole["missing_areas"] == (status != "met")


def test_each_province_is_judged_and_the_worst_is_the_whole() -> None:
    table = judged(level="province", share=0.9, operator="Alpha").set_index("code")
    assert table["status"].tolist() == ["missed", "missed", "missed"]
    table = judged(level="province", share=0.69).set_index("code")
    assert table["status"].to_dict() == {"01": "met", "02": "met", "": "met"}  # lows: 0.725 and 0.7
    table = judged(level="province", share=0.71)
    assert table["status"].tolist() == ["met", "not decidable", "not decidable"]
    assert table["name"].tolist() == ["North", "South", ""]
    assert table["covered_share"].iloc[-1] == pytest.approx(0.8)


def test_only_the_codes_that_are_named_count() -> None:
    table = judged(level="commune", codes=["0102", "9999"], share=0.5)
    assert table["status"].tolist() == ["met", "not known", "not known"]
    assert table["missing_areas"].tolist()[-1] == 1


def test_an_area_where_nobody_lives_is_not_judged_unless_it_is_named() -> None:
    assert judged(level="commune", share=0.4)["code"].tolist() == ["0101", "0102", "0201", ""]
    assert judged(level="commune", share=0.4, codes=["0202"])["status"].tolist() == ["not known", "not known"]


def test_an_operator_that_nobody_knows_is_not_known_and_not_missing() -> None:
    assert judged(operator="Gamma")["status"].tolist() == ["not known", "not known"]
    assert judged(technology="5g")["status"].tolist() == ["not known", "not known"]
    assert judged(operator="Beta", share=0.95)["status"].tolist() == ["missed", "missed"]
    assert judged(operator="Beta", share=0.5)["status"].tolist() == ["not decidable", "not decidable"]


def test_a_commune_with_too_little_evidence_may_be_covered_or_not() -> None:
    poor = COMMUNES.assign(internet_evidence=["modelled", "data-poor", "modelled", "modelled"])
    nation = judged(poor, share=0.75).iloc[0]
    # 0.8 x 3,000 and 0.7 x 6,000 at least, 1.0 x 3,000, 1,000 and 0.9 x 6,000 at most, of 10,000.
    assert (nation["covered_share_low"], nation["covered_share_high"]) == (pytest.approx(0.66), pytest.approx(0.94))
    assert nation["covered_share"] == pytest.approx((0.9 * 3000 + 0.8 * 6000) / 9000)


def test_a_run_writes_them_with_their_dictionary(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.without_limits(country)
    tiny.say(
        country,
        """
        [[obligations]]
        id = "all-4g"
        title = "4G for nearly everybody"
        technology = "4g"
        share = 0.95
        by = 2026-01-01
        source = "invented licence, annex 2"
        """,
    )
    cc.run(country, tmp_path / "data", tmp_path / "maps", TODAY, "serial")
    table = cc.open_results(tmp_path / "data").obligations
    assert table["obligation"].tolist() == ["all-4g", "all-4g"]
    assert table.columns.tolist() == OBLIGATIONS.names
    assert (tmp_path / "data/latest/obligations_dictionary.csv").is_file()
    text = country.read_text(encoding="utf-8")
    country.write_text(text + text[text.index("[[obligations]]") :], encoding="utf-8")
    with pytest.raises(CountryFileError, match="all-4g twice"):
        cc.load_country(country)


def test_an_obligation_of_what_nobody_has_listed_is_unknown_on_its_page(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.say(
        country,
        """
        [[obligations]]
        id = "schools"
        title = "4G at schools"
        technology = "4g"
        measure = "institutions"
        level = "district"
        share = 0.9
        by = 2027-01-01
        source = "licence"
        """,
    )
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    table = cc.open_results(tmp_path / "data").obligations
    assert table[["level", "status"]].to_numpy().tolist() == [["all areas", "not known"]]
    page = (tmp_path / "maps/latest/obligations.html").read_text(encoding="utf-8")
    assert "in every area" in page
