"""Numbers of masts by hand: what agrees counts together; what contradicts, or leaves sites out, does not."""

from __future__ import annotations

import pytest

from commune_coverage.pipeline.stages.ensemble.evidence import Evidence, Known, with_masts


def masts(number: float, tolerance: float, source: str = "a yearbook", operator: str = "one") -> Evidence:
    return Evidence("masts", operator, "", "", number, tolerance, "2025-12-31", source)


def test_sources_that_agree_count_by_their_precision() -> None:
    """Standard errors 2 and 4: (100 / 4 + 106 / 16) / (1 / 4 + 1 / 16) = 101.2, its error the root of 16 / 5."""
    known = with_masts(Known([masts(100, 4), masts(106, 8)]), {"One": 90})
    assert known.masts["One"] == (pytest.approx(101.2), pytest.approx((16 / 5) ** 0.5))
    assert [one.note for one in known.evidence] == ["", ""]


def test_sources_that_contradict_each_other_count_neither_and_a_third_alone() -> None:
    known = with_masts(
        Known([masts(100, 4, "one"), masts(150, 4, "two"), masts(800, 9, operator="Two")]), {"One": 90, "Two": 5}
    )
    assert [one.note for one in known.evidence] == ["contradicts 150 by two", "contradicts 100 by one", ""]
    assert known.masts == {"Two": (pytest.approx(800), pytest.approx(4.5))}


@pytest.mark.parametrize(
    ("number", "operator", "note"),
    [
        (84, "one", ""),
        (83, "one", "conflicts with the cells: 90 sites are in the file"),
        (100, "Three", "the file has no cell of this operator"),
    ],
)
def test_a_number_leaves_room_for_the_sites_of_the_file(number: float, operator: str, note: str) -> None:
    """Three standard errors of 2: 90 sites may be 84 masts, and no 83."""
    known = with_masts(Known([masts(number, 4, operator=operator)]), {"One": 90})
    assert known.evidence[0].note == note
    assert bool(known.masts) == (not note)
