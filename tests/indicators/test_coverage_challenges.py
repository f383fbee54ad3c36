"""Challenges of declared coverage: by tests or claim, answered or not, by hand or by rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from commune_coverage.config.layers import ChallengesLayer
from commune_coverage.indicators.verification.challenges import challenges_of
from commune_coverage.readers.measured.challenges import read_challenges
from commune_coverage.schema.inputs import CHALLENGES
from tests import tiny

TARGET = {"operator": "One", "technology": "4g", "service_level": "signal", "environment": "outdoor"}
CELL = TARGET | {"declared": True, "verdict": "overstated", "last_day": "2026-02-01", "people": 10.0, "tests": 9,
                 "failing": 8}  # fmt: skip
CLAIM = TARGET | {"figure": "declared_coverage", "commune_code": "010101", "decision": "open"}


def table_of(cells: list[dict], claims: list[dict], today: date) -> pd.DataFrame:
    claimed = pd.DataFrame(claims).reindex(columns=CHALLENGES.names).astype(object)
    return challenges_of(pd.DataFrame(cells), claimed, 60, today).set_index("h3")


def test_tests_open_an_answer_stops_the_rule_and_a_decision_ends_it() -> None:
    cells = [CELL | {"h3": name} for name in ("a", "b", "c")]
    cells += [CELL | {"h3": "d", "verdict": "agrees"}, CELL | {"h3": "e", "declared": False}]
    claims = [
        CLAIM | {"cell": "b", "answer": "repaired", "answered_on": "2026-02-20", "answered_by": "One"},
        CLAIM | {"cell": "c", "decision": "rejected", "decided_by": "regulator", "decided_on": "2026-03-01"},
        CLAIM | {"cell": "d", "claimed_by": "commune", "claimed_on": "2026-01-05"},
        CLAIM | {"cell": "f", "figure": "internet_gap_share"},
    ]
    early, late = (table_of(cells, claims, day) for day in (date(2026, 4, 2), date(2026, 4, 3)))
    assert early["status"].to_dict() == {"a": "opened", "b": "answered", "c": "decided", "d": "opened"}
    assert late["status"].to_dict() == {"a": "decided", "b": "answered", "c": "decided", "d": "opened"}
    assert late.loc["a", ["decision", "decided_by", "decided_on"]].tolist() == ["accepted", "rule", "2026-04-03"]
    assert late.loc["a", ["opened_by", "opened_on"]].tolist() == ["tests", "2026-02-01"]
    assert late.loc["c", ["decision", "decided_by"]].tolist() == ["rejected", "regulator"]
    assert late.loc["d", ["opened_by", "opened_on", "verdict"]].tolist() == ["commune", "2026-01-05", "agrees"]


def test_a_claim_of_a_cell_finds_its_commune_and_states_what_it_challenges(tmp_path: Path) -> None:
    import h3

    lon, lat = tiny.centres().iloc[4]
    cell = h3.latlng_to_cell(lat, lon, 8)
    rows = [
        ("", "declared_coverage", cell.upper(), "One", "LTE", "open"),
        ("", "declared_coverage", "nonsense", "One", "LTE", "open"),
        ("010101", "declared_coverage", cell, "", "LTE", "open"),
        ("010101", "declared_coverage", cell, "One", "9g", "open"),
        ("010102", "internet_gap_share", "", "", "", "open"),
        ("", "internet_gap_share", "", "", "", "open"),
    ]
    names = ["commune_code", "figure", "h3", "operator", "technology", "decision"]
    path = tmp_path / "challenges.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    challenges, (log,) = tiny.read(read_challenges, ChallengesLayer(path=path), tiny.area())
    assert (log.read, log.kept, log.quarantined) == (6, 2, 4)
    assert log.is_balanced()
    one = challenges.iloc[0]
    told = ["commune_code", "cell", "technology", "service_level", "environment"]
    assert one[told].tolist() == ["010105", cell, "4g", "signal", "outdoor"]
    assert challenges.iloc[1][["cell", "operator"]].tolist() == ["", ""]
