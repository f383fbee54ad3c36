"""What the page of verification says of an operator."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from commune_coverage.schema.verification import VERIFICATION
from commune_coverage.site.pages.official import official_content
from commune_coverage.site.pages.verification import verification_content


def _verdict(**known: object) -> dict[str, Any]:
    row = dict.fromkeys(VERIFICATION.names) | {
        "level": "nation", "operator": "One", "technology": "4g", "service_level": "signal", "environment": "outdoor",
        "verdict": "overstated", "declared_people": 50_000.0, "tests": 632, "tested_cells": 1448, "tests_beyond": 0,
        "failing_share": 0.2, "failing_share_low": 0.17, "failing_share_high": 0.23, "power": 1.0,
        "overstated_people": 1200.0, "overstated_people_low": 0.0, "overstated_people_high": 5420.0,
        "overstated_km2": 556.1, "overstated_km2_low": 388.1, "overstated_km2_high": 1739.3,
        "decided_overstated_cells": 0,
    }  # fmt: skip
    site = SimpleNamespace(rows=lambda name: [row | known] if name == "verification" else [])
    return verification_content(site).further["verdicts"][0]  # type: ignore[arg-type]


def test_what_is_overstated_is_told_in_people_and_land_though_no_single_cell_is_decided() -> None:
    found = _verdict()["overstated"]
    assert found["people"] == {"value": "1,200", "_low": "0", "_high": "5,420"}
    assert found["km2"] == {"value": "556", "_low": "388", "_high": "1,739"}


def test_without_tests_nothing_is_told_of_it() -> None:
    assert _verdict()["understated"] is None
    assert _verdict(tests=0)["overstated"] is None


def test_what_an_operator_declares_in_a_cell_is_one_line() -> None:
    row = {"h3": "88", "lat": 10.0, "lon": 20.0, "people": 5.0, "modelled_share": 1.0, "tests": 0, "value_people": 1.0}
    declared = [("One", "2g", "signal"), ("Two", "4g", "signal"), ("One", "4g", "10 Mbps"), ("any", "any", "signal")]
    rows = [
        row | {"operator": operator, "technology": technology, "service_level": level, "environment": "outdoor"}
        for operator, technology, level in declared
    ]
    site = SimpleNamespace(rows=lambda name: rows if name == "drive_next" else [])
    [cell] = verification_content(site).further["cells"]  # type: ignore[arg-type]
    assert [(one["name"], one["services"]) for one in cell["operators"]] == [
        ("One", "2G, 4G 10 Mbps"), ("Two", "4G"), (None, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "title", "aside"),
    [
        ("at_least_4g_share", "Share of people with 4G.", "at_least_4g_share"),
        ("land covered: any operator, 4g", "land covered: any operator, 4g", "Share of people with 4G."),
    ],
)
def test_a_published_figure_is_named_in_words(figure: str, title: str, aside: str) -> None:
    row = dict.fromkeys(("value", "value_low", "value_high", "published", "difference", "date", "source", "definition"))
    row |= {"figure": figure, "ours": "Share of people with 4G.", "status": "within"}
    site = SimpleNamespace(rows=lambda name: [row] if name == "benchmarks" else [])
    found = official_content(site).further["benchmarks"][0]  # type: ignore[arg-type]
    assert (found["title"], found["aside"]) == (title, aside)
