"""Values at the very ends of what is allowed or told apart: of columns, ranks and minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.country import Country
from commune_coverage.indicators import delivery
from commune_coverage.indicators.composite import composite_columns
from commune_coverage.indicators.context import IndicatorContext
from commune_coverage.indicators.registry import IndicatorError, IndicatorSpec, compute_columns
from commune_coverage.indicators.shares import low_high
from commune_coverage.indicators.themes import compute_payment
from commune_coverage.population.sums import CommuneSums
from commune_coverage.schema.inputs import BOUNDS, Column

COUNTRY = cast("Country", None)
SHARE = Column("wet_share", "number", "Share of people.", minimum=0.0, maximum=1.0)


def _computed(values: list[float], column: Column = SHARE) -> dict[str, Any]:
    compute: Callable[..., Any] = lambda *_: {column.name: values}  # noqa: E731
    spec = IndicatorSpec("wetness", (column,), compute, distribution="fake 1.0")
    return compute_columns(spec, pd.DataFrame({"people": np.ones(len(values))}), IndicatorContext(COUNTRY, {}))


def test_a_column_holds_its_least_and_its_greatest_value_and_what_is_not_known() -> None:
    np.testing.assert_array_equal(_computed([0.0, 1.0, np.nan])["wet_share"], [0.0, 1.0, np.nan])
    free = Column("balance", "number", "Money.")
    np.testing.assert_array_equal(_computed([-7.0, 7e9], free)["balance"], [-7.0, 7e9])


@pytest.mark.parametrize("value", [-1e-9, 1 + 1e-9, -np.inf, np.inf])
def test_a_column_holds_nothing_below_its_least_or_above_its_greatest_value(value: float) -> None:
    with pytest.raises(IndicatorError, match=r"'wetness' of fake 1\.0: the column 'wet_share' is not within 0\.0\.\.1"):
        _computed([0.5, value, np.nan])


def test_gaps_that_differ_by_less_than_half_a_billionth_share_a_rank_and_by_two_they_do_not() -> None:
    gaps = np.array([0.3, 0.3 + 4e-10, 0.3 + 2e-9, np.nan, 0.1])
    found = composite_columns({"internet": gaps}, {"internet": 1.0})
    np.testing.assert_array_equal(found["composite_rank"], [2, 2, 1, np.nan, 4])


def test_minutes_in_a_straight_line_are_said_to_be_one() -> None:
    country = Country(code="KHM", name={"en": "T"}, layers={"communes": {"path": "c.geojson"}})  # type: ignore[arg-type]
    seasons = ("dry", "wet")
    names = [
        "within_urban_km",
        "within_rural_km",
        "rural",
        *(f"{way}_{each}" for way in ("walk", "drive") for each in seasons),
    ]
    names += [f"near_{each}{bound}" for each in seasons for bound in BOUNDS]
    sums = {"payment_sums": CommuneSums({name: np.array([5.0, 0.0]) for name in names}, {}, {})}
    table = pd.DataFrame({"people": [10.0, 0.0]})
    for method, note in (("straight", "minutes are a straight-line assumption"), ("roads", "")):
        found = compute_payment(table, IndicatorContext(country, sums, method))
        assert list(found["payment_note"]) == [note, "no people counted in the commune"]
        assert list(found["payment_evidence"]) == ["modelled", "data-poor"]


def test_a_way_of_half_a_minute_is_on_foot_by_its_own_minutes_and_no_way_is_on_none() -> None:
    minutes, foot = np.array([0.5, 0.8, 0.0, 10.0, np.inf]), np.array([0.5, 0.2, 0.0, 4.0, 3.0])
    ways = {"has_node": np.ones(5, dtype=bool)} | {f"foot_{season}": foot for season in ("dry", "wet")}
    ways |= {f"pickup_{season}{bound}": minutes for season in ("dry", "wet") for bound in BOUNDS}
    found = delivery.place_indicators(ways, [30.0], 60.0, 480.0)
    assert found["foot_dry"].tolist() == [1.0, 0.25, 0.0, 0.4, 0.0]
    assert found["reached_dry"].tolist() == [True, True, True, True, False]


def test_what_no_unknown_moves_has_its_estimate_for_low_and_high_to_the_last_person() -> None:
    """And what all cells share moves it by itself, however many sites there are."""
    sums = {f"served{bound}": np.array([7.0, 7.0]) for bound in ("", "_low", "_high", "_lowest", "_highest")}
    found = low_high(sums, "served", np.array([1.0, 9.0]))
    assert [found[bound].tolist() for bound in BOUNDS] == [[7, 7]] * 3
    shared = sums | {
        f"served_{end}": np.array([value] * 2)
        for end, value in (("low", 5.0), ("lowest", 5.0), ("high", 8.0), ("highest", 8.0))
    }
    found = low_high(shared, "served", np.array([1.0, 9.0]))
    assert [found[bound].tolist() for bound in ("_low", "", "_high")] == [[5, 5], [7, 7], [8, 8]]
