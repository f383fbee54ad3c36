"""Fixed and mobile together: bounds and the independent estimate by hand, and over all joint laws of few people."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from commune_coverage.indicators.fixed import (
    NO_SHARE,
    Gap,
    Reach,
    area_gaps,
    basis_columns,
    exactly,
    fixed_columns,
    national_bounds,
    neither,
)
from commune_coverage.site.i18n.messages import catalogue


def gap(value: float, low: float | None = None, high: float | None = None) -> Gap:
    return Gap(*(np.array([value if one is None else one]) for one in (value, low, high)))


def test_bounds_are_the_least_and_the_most_of_all_joint_laws_and_the_estimate_their_mean() -> None:
    people = 6
    for first in range(people + 1):
        for second in range(people + 1):
            without_first = set(range(first))
            both = [len(without_first & set(one)) / people for one in combinations(range(people), second)]
            found = neither(gap(first / people), gap(second / people))
            assert found.low[0] == pytest.approx(min(both))
            assert found.high[0] == pytest.approx(max(both))
            # Over all ways to choose who lacks the second, independently of the first.
            assert found.value[0] == pytest.approx(np.mean(both))


def test_the_low_and_high_of_the_model_widen_the_bounds() -> None:
    found = neither(gap(0.3, 0.2, 0.5), gap(0.4, 0.4, 0.4))
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx((0.12, 0.0, 0.4))
    found = neither(gap(0.8, 0.7, 0.9), gap(0.6, 0.5, 0.7))
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx((0.48, 0.2, 0.7))


def test_who_has_a_fixed_line_everywhere_or_nowhere_leaves_no_doubt() -> None:
    model = gap(0.3, 0.2, 0.5)
    assert neither(model, gap(1.0)) == model
    assert neither(model, gap(0.0)) == gap(0.0)


CODES = {"commune": ["01", "02", "03", "04"], "district": ["1", "1", "2", ""]}
PEOPLE = np.array([100.0, 300.0, 50.0, 10.0])


def rows(*listed: tuple) -> pd.DataFrame:
    columns = ["level", "code", "operator", "technology", "speed_mbps", "covered_share"]
    return pd.DataFrame(list(listed), columns=columns)


def test_a_share_of_a_district_bounds_that_of_its_communes() -> None:
    areas = area_gaps(
        rows(("district", "1", "", "", 100.0, 0.9), ("commune", "03", "", "", 30.0, 0.6)), CODES, PEOPLE, 10
    )
    found = areas.of_communes()
    # 40 of 400 people are not reached. They may all live in the first commune (40 of 100), or in the second.
    assert found.value[:3].tolist() == pytest.approx([0.1, 0.1, 0.4])
    assert found.low[:3].tolist() == pytest.approx([0.0, 0.0, 0.4])
    assert found.high[:3].tolist() == pytest.approx([0.4, 40 / 300, 0.4])
    assert np.isnan([part[3] for part in found]).all()
    assert [areas.names[row] if row >= 0 else "" for row in areas.area] == ["district 1"] * 2 + ["commune 03", ""]
    # 360 of 400 are not reached: 60 of the 100 at least, 260 of the 300.
    few = area_gaps(rows(("district", "1", "", "", 100.0, 0.1)), CODES, PEOPLE, 10).of_communes()
    assert few.low[:2].tolist() == pytest.approx([0.6, 260 / 300])
    assert few.high[:2].tolist() == [1.0, 1.0]


def test_the_finest_area_counts_and_a_speed_stands_for_every_lower_one() -> None:
    table = rows(
        ("nation", "", "", "", 10.0, 0.5), ("district", "1", "", "", 30.0, 0.7), ("commune", "01", "", "", 100.0, 0.2)
    )
    assert area_gaps(table, CODES, PEOPLE, 10).of_communes().value.tolist() == pytest.approx([0.8, 0.3, 0.5, 0.5])
    slow = area_gaps(table, CODES, PEOPLE, 30).of_communes().value
    assert slow[:2].tolist() == pytest.approx([0.8, 0.3])
    # Nobody says whom lines of 30 Mbps reach there, nor of 300 anywhere.
    assert np.isnan(slow[2:]).all()
    assert np.isnan(area_gaps(table, CODES, PEOPLE, 300).of_communes().value).all()


def test_lines_of_two_technologies_overlap_as_nobody_knows_unless_a_row_counts_both() -> None:
    two = [("commune", "01", "", "fibre", 100.0, 0.6), ("commune", "01", "", "cable", 100.0, 0.5)]
    found = area_gaps(rows(*two), CODES, PEOPLE, 10).of_communes()
    assert [part[0] for part in found] == pytest.approx([0.2, 0.0, 0.4])
    whole = area_gaps(rows(*two, ("commune", "01", "", "any", 100.0, 0.75)), CODES, PEOPLE, 10).of_communes()
    assert [part[0] for part in whole] == pytest.approx([0.25] * 3)
    # A slower line that reaches more does not count at the higher speed.
    mixed = rows(("commune", "01", "", "fibre", 100.0, 0.6), ("commune", "01", "", "fibre", 30.0, 0.9))
    assert area_gaps(mixed, CODES, PEOPLE, 100).of_communes().value[0] == pytest.approx(0.4)
    assert area_gaps(mixed, CODES, PEOPLE, 10).of_communes().value[0] == pytest.approx(0.1)


def test_of_three_lines_the_bounds_are_those_of_all_their_joint_laws() -> None:
    shares, people = (0.5, 0.75, 0.25), 4
    table = rows(*(("commune", "01", f"seller {share}", "", 50.0, share) for share in shares))
    found = area_gaps(table, CODES, PEOPLE, 50).of_communes()
    served = [list(combinations(range(people), round(share * people))) for share in shares]
    without = [people - len({*one, *two, *three}) for one in served[0] for two in served[1] for three in served[2]]
    assert [part[0] * people for part in found] == pytest.approx([np.mean(without), min(without), max(without)])


def reach(mobile: list[float], lines: list[float] | None, table: pd.DataFrame | None) -> Reach:
    share = exactly(np.array(mobile))
    known = None if lines is None else np.array(lines)
    return Reach(share, share, share, known, None if table is None else area_gaps(table, CODES, PEOPLE, 10))


def test_columns_of_a_table_by_hand() -> None:
    table = rows(("commune", "01", "", "", 100.0, 0.9), ("commune", "02", "", "", 100.0, 0.25))
    found = fixed_columns("", reach([0.5, 0.5, 0.5, 0.5], None, table), PEOPLE)
    assert found["internet_gap_share"][:2].tolist() == pytest.approx([0.05, 0.375])
    assert found["internet_gap_people"][:2].tolist() == pytest.approx([5.0, 112.5], abs=1e-6)
    assert found["internet_gap_frechet_low_share"][:2].tolist() == pytest.approx([0.0, 0.25])
    assert found["internet_gap_frechet_high_share"][:2].tolist() == pytest.approx([0.1, 0.5])
    assert found["fixed_share"][:2].tolist() == pytest.approx([0.9, 0.25])
    assert found["mobile_gap_people"].tolist() == [50.0, 150.0, 25.0, 5.0]
    assert np.isnan(found["internet_gap_share"][2:]).all()
    assert np.isnan(found["fixed_share"][2:]).all()


def test_where_nothing_is_said_of_fixed_lines_the_gap_is_not_known() -> None:
    table = rows(("commune", "01", "", "", 100.0, 0.9))
    figures = {
        "internet_evidence": np.array(["modelled", "measured", "modelled", "data-poor"], dtype=object),
        "internet_note": np.array(["", "", "", "no people counted in the commune"], dtype=object),
    }
    found = basis_columns(reach([0.5] * 4, None, table), figures)
    assert found["fixed_basis"].tolist() == ["table", "none", "none", "none"]
    assert found["internet_evidence"].tolist() == ["modelled", "data-poor", "data-poor", "data-poor"]
    assert found["internet_note"].tolist() == ["", NO_SHARE, NO_SHARE, "no people counted in the commune"]
    assert NO_SHARE in catalogue("km")
    placed = basis_columns(reach([0.5] * 4, [0.1] * 4, table), figures)
    assert placed["fixed_basis"].tolist() == ["place and table", "place", "place", "place"]
    assert placed["internet_evidence"].tolist() == figures["internet_evidence"].tolist()


def test_the_bounds_of_the_nation_are_those_of_the_areas_that_the_table_states() -> None:
    codes = {"commune": ["01", "02"]}
    people, mobile = np.array([100.0, 300.0]), exactly(np.array([0.0, 0.4]))
    areas = area_gaps(rows(("nation", "", "", "", 100.0, 0.8)), codes, people, 10)
    found = national_bounds(Reach(mobile, mobile, mobile, None, areas), people)
    # 120 of 400 lack mobile, 80 lack a fixed line: from none to 80 lack both.
    assert found["internet_gap_frechet_low_share"] == pytest.approx(0.0)
    assert found["internet_gap_frechet_high_share"] == pytest.approx(0.2)
    by_commune = area_gaps(
        rows(("commune", "01", "", "", 100.0, 0.8), ("commune", "02", "", "", 100.0, 0.3)), codes, people, 10
    )
    found = national_bounds(Reach(mobile, mobile, mobile, None, by_commune), people)
    # In the second 120 lack mobile and 210 a fixed line: 30 to 120 both; in the first nobody lacks mobile.
    assert found["internet_gap_frechet_low_share"] == pytest.approx(30 / 400)
    assert found["internet_gap_frechet_high_share"] == pytest.approx(120 / 400)
