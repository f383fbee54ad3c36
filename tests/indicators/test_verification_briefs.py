"""The brief of an operator: its own figures as the tables have them, and nobody else's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.indicators.verification.briefs import brief_of

TARGET = {"technology": "4g", "service_level": "signal", "environment": "in_vehicle"}
AREA = TARGET | {
    "level": "nation", "operator": "One", "verdict": "overstated", "declared_people": 12_345.4, "declared_km2": 678.0,
    "tests": 250, "failing_share": 0.2, "failing_share_low": 0.15, "failing_share_high": 0.25, "tests_beyond": 0,
    "overstated_people": 2_000.0, "overstated_people_low": 1_500.0, "overstated_people_high": 2_600.0,
    "overstated_km2": np.nan, "overstated_km2_low": 0.0, "overstated_km2_high": 678.0, "power": 0.93,
    "needed_tests": np.nan,
}  # fmt: skip
CHALLENGE = TARGET | {
    "operator": "One", "h3": "88658d1a4bfffff", "status": "decided", "opened_on": "2026-02-01", "answered_on": "",
    "decided_on": "2026-04-03", "decision": "accepted",
}  # fmt: skip
CELL = TARGET | {"operator": "One", "h3": "88658d1a4bfffff", "lon": 104.9, "lat": 11.5, "people": 420.0, "tests": 0,
                 "value_people": 3.0}  # fmt: skip


def test_what_a_brief_says() -> None:
    areas = pd.DataFrame([AREA, AREA | {"operator": "Two", "verdict": "agrees"}, AREA | {"level": "commune"}])
    cells = pd.DataFrame([CELL, CELL | {"operator": "Two", "people": 7_777.0}, CELL | {"people": 1.0}])
    challenges = pd.DataFrame([CHALLENGE, CHALLENGE | {"operator": "Two", "decision": "rejected"}])
    assert brief_of("One", areas, challenges, cells).splitlines() == [
        "Declared coverage of One against tests",
        "",
        "4G, signal, in vehicle: overstated",
        "  declared: 12,345 people, 678 km2",
        "  tests there: 250, of which 20.0% failed (15.0% to 25.0%)",
        "  overstated: people 2,000 (1,500 to 2,600), km2 not known",
        "  power: 93%",
        "",
        "Challenged cells: 0 opened, 0 answered, 1 decided",
        "  88658d1a4bfffff  4G, signal, in vehicle: opened 2026-02-01, decided 2026-04-03, accepted",
        "",
        "Where one more test would tell most",
        "  88658d1a4bfffff  11.50000, 104.90000  4G, signal, in vehicle: 420 people, 0 tests so far",
        "  88658d1a4bfffff  11.50000, 104.90000  4G, signal, in vehicle: 1 people, 0 tests so far",
    ]


def test_an_operator_that_nobody_tested_is_not_said_to_agree() -> None:
    areas = pd.DataFrame([AREA | {"tests": 0, "verdict": "not decidable", "power": 0.0, "needed_tests": 40.0}])
    lines = brief_of("One", areas, pd.DataFrame([CHALLENGE])[:0], pd.DataFrame([CELL])[:0]).splitlines()
    assert "  tests there: none that counts" in lines
    assert "  power: 0%; 40 tests at the edge are needed" in lines
    assert "Challenged cells: 0 opened, 0 answered, 0 decided" in lines
