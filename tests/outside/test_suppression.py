"""What is withheld cannot be computed from what is published: tried by brute force on every combination of totals."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.indicators.suppression import Withheld, withhold_small

Levels = list[list[str]]


def _published(withheld: Withheld, levels: Levels, counts: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """One row of 0 and 1 for each published figure: which communes it is the sum of."""
    rows = [row for row, gone in zip(np.eye(len(counts)), withheld.communes, strict=True) if not gone]
    for gone_codes, codes in zip(withheld.areas, levels, strict=True):
        shown = sorted({*codes} - gone_codes)
        rows += [np.array([float(each == code) for each in codes]) for code in shown]
    return rows if withheld.nation else [*rows, np.ones(len(counts))]


def _withheld(withheld: Withheld, levels: Levels, counts: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """The same of each figure that is withheld."""
    rows = [row for row, gone in zip(np.eye(len(counts)), withheld.communes, strict=True) if gone]
    for gone_codes, codes in zip(withheld.areas, levels, strict=True):
        rows += [np.array([float(each == code) for each in codes]) for code in sorted(gone_codes)]
    return [*rows, np.ones(len(counts))] if withheld.nation else rows


def _rank(rows: list[npt.NDArray[np.float64]]) -> int:
    return int(np.linalg.matrix_rank(np.array(rows))) if rows else 0


def _country(districts: list[int]) -> Levels:
    """Communes of districts d0, d1, …, two districts to a province."""
    of_commune = [number for number, size in enumerate(districts) for _ in range(size)]
    return [[f"p{number // 2}" for number in of_commune], [f"d{number}" for number in of_commune]]


def _assert_protected(counts: list[int], levels: Levels, min_count: int) -> Withheld:
    values = np.array(counts, dtype=float)
    withheld = withhold_small(values, levels, min_count)
    known = _published(withheld, levels, values)
    for row in known:
        assert values @ row >= min_count, "a published figure with too few behind it"
    for row in _withheld(withheld, levels, values):
        assert _rank([*known, row]) > _rank(known), f"{row} is a combination of what is published"
    return withheld


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=6).flatmap(
        lambda districts: st.tuples(
            st.just(districts), st.lists(st.integers(0, 30), min_size=sum(districts), max_size=sum(districts))
        )
    ),
    st.integers(2, 12),
)
def test_no_combination_of_published_totals_gives_back_what_is_withheld(
    country: tuple[list[int], list[int]], min_count: int
) -> None:
    districts, counts = country
    _assert_protected(counts, _country(districts), min_count)


def test_every_small_country_of_two_districts_leaves_every_withheld_count_open() -> None:
    """Every whole number that a commune could have is tried: each withheld one has several left."""
    levels, min_count, most = _country([2, 2]), 3, 4
    everything = np.array(list(product(range(2 * most + 1), repeat=4)), dtype=float)
    for counts in product(range(most + 1), repeat=4):
        values = np.array(counts, dtype=float)
        withheld = _assert_protected(list(counts), levels, min_count)
        rows = _published(withheld, levels, values)
        possible = everything
        for row in rows:
            possible = possible[possible @ row == values @ row]
        for commune in np.flatnonzero(withheld.communes):
            assert len(np.unique(possible[:, commune])) >= min_count, (counts, withheld)


@pytest.mark.parametrize(
    ("counts", "gone"),
    [
        ([10, 10, 10, 10], []),
        ([1, 10, 20, 30], [0, 1]),  # its neighbour, the smallest of the district, lest the district's total tells
        ([1, 2, 20, 30], [0, 1, 2]),  # a district of 3 is too small itself: one of the other is needed
        ([10, 0, 0, 10], [0, 1, 2, 3]),
    ],
)
def test_what_is_withheld_by_hand(counts: list[int], gone: list[int]) -> None:
    withheld = withhold_small(np.array(counts, dtype=float), _country([2, 2]), 5)
    assert np.flatnonzero(withheld.communes).tolist() == gone


def test_a_district_that_is_withheld_is_not_the_rest_of_its_province() -> None:
    withheld = _assert_protected([1, 2, 20, 30], _country([2, 2]), 5)
    assert withheld.areas[1] == {"d0", "d1"}
    assert withheld.areas[0] == set()
    assert not withheld.nation


def test_a_country_that_is_too_small_is_withheld_whole() -> None:
    withheld = withhold_small(np.array([1.0, 2.0]), [["p", "p"]], 5)
    assert withheld.communes.all()
    assert withheld.areas == [{"p"}]
    assert withheld.nation


def test_where_there_is_no_figure_nothing_is_withheld() -> None:
    withheld = withhold_small(np.array([np.nan, 7.0, np.nan]), [["p", "p", "p"]], 5)
    assert not withheld.communes.any()
    assert not withheld.nation


def test_only_as_much_as_it_takes_is_withheld() -> None:
    """Two small communes of one district, 5 together, need no third."""
    counts = np.array([2.0, 3.0, 50.0, 60.0, 70.0, 80.0])
    withheld = withhold_small(counts, _country([4, 2]), 5)
    assert np.flatnonzero(withheld.communes).tolist() == [0, 1]
