"""What pages say of the whole country: rounded people, percent, and evidence kept apart from the gap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from commune_coverage.site.data.ranges import DRAWN_COLUMNS, UNKNOWN, Range, Ranges, ranges_of, with_drawn_gaps
from commune_coverage.site.data.scripts import column_of
from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from commune_coverage.site.i18n.numbers import held, people_text, share_text
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.facts import headline_of, held_of, old_of, warnings_of
from commune_coverage.site.themes.registry import themes_of
from tests.site.invented import THRESHOLDS, make_report, tower_source, without_payments

INTERNET, DELIVERY, PAYMENT = themes_of(THRESHOLDS)


@pytest.mark.parametrize(
    ("people", "expected"),
    [(38214.0, "38,200"), (999.6, "1,000"), (7.0, "7"), (0.0, "0"), (14_339_953.0, "14,300,000"), (None, "")],
)
def test_people_are_rounded_to_three_digits(people: float | None, expected: str) -> None:
    assert people_text(people) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "0 %"),
        (0.0004, "<0.1 %"),
        (0.042, "4.2 %"),
        (0.4213, "42 %"),
        (0.995, "99.5 %"),
        (0.9997, ">99.9 %"),
        (1.0, "100 %"),
        (None, ""),
    ],
)
def test_shares_are_percent_and_never_rounded_to_all_or_nothing(share: float | None, expected: str) -> None:
    assert share_text(share) == expected


def test_people_under_too_little_evidence_are_not_in_the_gap() -> None:
    headline = headline_of(INTERNET, make_report())
    assert (headline.gap_people, headline.share) == ("9,120", "48 %")
    assert (headline.data_poor_people, headline.data_poor_communes) == ("1,000", "1")
    assert headline.known_people == "19,200"
    assert [part.name for part in headline.bar] == ["gap", "data_poor", "served"]
    assert sum(part.width for part in headline.bar) == pytest.approx(100, abs=0.02)


def interval(level: str, code: str | None, low: float, outside: str, figure: str = "internet_gap") -> dict:
    estimate = {"estimate": low + 0.07, "low": low, "high": low + 0.16, "run_outside": outside}
    return {"level": level, "code": code, "figure": figure} | estimate


INTERVALS = [
    interval("nation", None, 0.31, "no"),
    interval("province", "01", 0.2, "no"),
    interval("commune", "0102", 0.5, "yes"),
    interval("commune", "0101", 0.1, "no", "covered"),
    interval("commune", "0103", 0.0, ""),
]


MODELLED = make_report(headline_sources={"internet": "modelled"}, tables={"intervals": INTERVALS})


def communes_of_two_provinces() -> pd.DataFrame:
    """Three communes with figures and one with too little evidence, which counts in no model range."""
    gap = {"internet_gap_share": 0.3, "internet_gap_share_low": 0.2, "internet_gap_share_high": 0.5}
    deliveries = {f"delivery_gap_share{end}": share for end, share in (("", 0.5), ("_low", 0.25), ("_high", 1.0))}
    table = pd.DataFrame({"commune_code": ["0101", "0102", "0201", "0202"], "province_code": ["01", "01", "02", "02"]})
    poor = ["modelled", "modelled", "modelled", "data-poor"]
    table = table.assign(people=[100.0, 300.0, 50.0, 9.0], **gap, **deliveries)
    table.loc[1, "delivery_gap_share_high"] = 0.5
    return table.assign(internet_evidence=poor, delivery_evidence=poor)


def test_what_draws_say_of_the_gap_is_its_range_where_it_rests_on_the_model() -> None:
    communes = communes_of_two_provinces()
    headline = headline_of(INTERNET, MODELLED, ranges_of(communes, MODELLED))
    assert headline.range == Range("interval", 0.31, pytest.approx(0.47), 459.0, pytest.approx(0.38), is_outside=False)
    assert (headline.range.said.key, headline.range.shares) == ("range_interval", f"31–{WORD_JOINER}47 %")
    [about] = headline.range.about
    assert (about.key, about.values) == ("drawn_interval", {"estimate": "38 %", "people": f"142–{WORD_JOINER}216"})
    declared = MODELLED | {"headline_sources": {"internet": "declared"}}
    fixed = MODELLED | {"national": MODELLED["national"] | {"mobile_gap_share": 0.5}}
    for report in (declared, fixed):
        known = headline_of(INTERNET, report, ranges_of(communes, report)).range
        assert (known.kind, known.shares) == ("model", f"20–{WORD_JOINER}50 %")


def test_a_range_without_draws_is_the_sum_of_the_communes_that_have_a_figure() -> None:
    ranges = ranges_of(communes_of_two_provinces(), MODELLED)
    of_province = ranges.of_area("delivery_gap_share", "province", "01")
    assert of_province == Range("model", 0.25, (1.0 * 100 + 0.5 * 300) / 400, 400.0)
    assert ranges.of_area("delivery_gap_share") == Range("model", 0.25, (100 + 150 + 50) / 450, 450.0)
    assert ranges.of_area("internet_gap_share", "province", "01").shares == f"20–{WORD_JOINER}36 %"
    assert ranges.of_area("internet_gap_share", "province", "02") == UNKNOWN
    assert UNKNOWN.said.key == "range_unknown"
    assert headline_of(PAYMENT, make_report()).range == UNKNOWN


def test_a_commune_has_the_range_of_its_kind_and_says_where_its_figure_lies_outside() -> None:
    communes = communes_of_two_provinces()
    ranges, table = ranges_of(communes, MODELLED), with_drawn_gaps(communes, MODELLED)
    outside, unknown = (ranges.of_commune(table.iloc[row], "internet_gap_share") for row in (1, 0))
    assert (outside.shares, [said.key for said in outside.about]) == (
        f"50–{WORD_JOINER}66 %",
        ["drawn_interval", "drawn_outside"],
    )
    assert unknown == UNKNOWN
    assert Range("model", 0.5, 0.5004, 10.0).said == Saying("range_same")
    assert ranges.of_commune(table.iloc[0], "delivery_gap_share").shares == f"25–{WORD_JOINER}100 %"
    assert Ranges().of_commune(table.iloc[0], "delivery_gap_share") == UNKNOWN


def test_communes_have_the_interval_of_their_own_gap_and_none_without_one() -> None:
    communes = pd.DataFrame({"commune_code": ["0101", "0102", "0103"]})
    report = make_report(headline_sources={"internet": "modelled"}, tables={"intervals": INTERVALS})
    columns = with_drawn_gaps(communes, report)[DRAWN_COLUMNS].to_numpy()
    np.testing.assert_allclose(columns, [[np.nan] * 4, [0.57, 0.5, 0.66, 1], [0.07, 0, 0.16, 0]])
    assert with_drawn_gaps(communes, make_report()) is communes


def test_a_figure_that_was_not_computed_says_why() -> None:
    national = {"communes": 20, "people": 20190.0, "internet_gap_people": None, "internet_gap_share": None}
    reasons = {"internet_gap": "the country file names no towers layer", "terrain": "no elevation"}
    headline = headline_of(INTERNET, make_report(national=national, unavailable=reasons))
    assert headline.gap_people == ""
    assert headline.bar == []
    assert headline.why_missing == ["the country file names no towers layer"]


def test_the_wet_season_is_told_where_the_run_has_it() -> None:
    delivery, payment = (headline_of(theme, make_report()) for theme in (DELIVERY, PAYMENT))
    assert (delivery.wet_people, delivery.wet_share, delivery.wet_loss_people) == ("14,700", "76 %", "5,540")
    assert (payment.gap_people, payment.wet_people, payment.wet_loss_people) == ("9,120", "", "")


def test_a_country_without_payments_says_why_and_keeps_the_other_gaps() -> None:
    internet, payment = (headline_of(theme, without_payments()[1]) for theme in (INTERNET, PAYMENT))
    assert (payment.gap_people, payment.bar) == ("", [])
    assert PAYMENT.given(without_payments()[1]).absent == Saying("class_absent", {"layers": ["layer_payments"]})
    assert all(theme.given(make_report()) is theme for theme in (INTERNET, DELIVERY, PAYMENT))
    assert payment.why_missing == ["the country file names no payments layer"]
    assert (internet.gap_people, internet.why_missing) == ("9,120", [])


def test_invented_and_synthetic_are_both_announced() -> None:
    assert warnings_of(make_report()) == []
    both = warnings_of(make_report(status="invented", synthetic_layers=["towers", "roads"]))
    assert [banner.key for banner, _ in both] == ["banner_invented", "banner_synthetic"]
    assert both[1][0].values == {"layers": ["layer_towers", "layer_roads"]}


def test_an_older_version_is_announced_with_its_day_and_age() -> None:
    held = {"reason": "9 rows", "digest": "", "version_of": "2026-11-01", "age_days": 21}
    layers = {"towers": tower_source(synthetic=False) | {"held": held}}
    [sentence] = held_of(make_report(held_layers=["towers"], layers=layers))
    assert sentence.values == {"layers": ["layer_towers"], "day": "2026-11-01", "days": "21"}
    assert held_of(make_report()) == []


def test_a_file_that_is_too_old_is_announced_with_its_age() -> None:
    layers = {"towers": tower_source(synthetic=False) | {"old_days": 90}}
    [sentence] = old_of(make_report(layers=layers))
    assert sentence.values == {"layer": ["layer_towers"], "days": "90"}
    assert old_of(make_report()) == []


@pytest.mark.parametrize("name", ["internet_gap_share", "people", "minutes_to_hub_median", "cost_per_parcel"])
def test_a_column_is_held_as_its_values_are(name: str) -> None:
    values = [0.0, 1.0, 0.99999, 0.00001, 0.00005, 0.12345, 0.5, 1.25, 2.5, 38214.49, math.nan, None, math.inf]
    assert column_of(pd.Series(values, dtype="object"), name) == [held(value, name) for value in values]


def test_a_share_is_nothing_or_all_only_where_it_is() -> None:
    assert [held(share, "x_share") for share in (0.0, 1e-9, 1 - 1e-9, 1.0)] == [0, 1, 9999, 10000]
