"""The record of challenges: chained by hand, taken over from the table before, and whatever is done to it is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from commune_coverage.archive.challenges import FILE, find_broken_entry, keep_challenges, record_of
from commune_coverage.config.quality import Alerts
from commune_coverage.core.files import write_json, write_table
from commune_coverage.monitoring.health import health
from commune_coverage.schema.inputs import CHALLENGES

FIGURE = {"commune_code": "010101", "figure": "internet_gap_share", "decision": "open", "claim": "too high"}
CELL = {"h3": "88658d1a4bfffff", "operator": "One", "technology": "4g", "service_level": "signal",
        "environment": "outdoor", "status": "opened", "opened_on": "2026-02-01"}  # fmt: skip


def keep(data: Path, day: int, figures: list[dict], cells: list[dict] | None = None) -> Path:
    """What a run of that day adds, and what it keeps of it; the history."""
    run_id, history, stages = f"KHM-{day}", data / "history" / "KHM", data / f"stages-{day}"
    write_table(stages / "challenges.parquet", pd.DataFrame(figures).reindex(columns=CHALLENGES.names).astype(object))
    if cells is not None:
        write_table(stages / "coverage_challenges.parquet", pd.DataFrame(cells))
    run = SimpleNamespace(run_id=run_id, run_date=date(2026, 3, day), stages_folder=stages)
    head = keep_challenges(run, history)
    write_json(history / "runs" / f"{run_id}.json", {"manifest": {}, "challenges": head._asdict()})
    return history


@pytest.fixture
def history(tmp_path: Path) -> Path:
    keep(tmp_path, 1, [FIGURE])
    keep(tmp_path, 2, [FIGURE, FIGURE | {"commune_code": "010102"}], [CELL | {"tests": 9}])
    keep(tmp_path, 3, [FIGURE, FIGURE | {"commune_code": "010102"}], [CELL | {"tests": 12}])
    return keep(tmp_path, 4, [FIGURE | {"decision": "rejected"}], [CELL | {"status": "answered", "answer": "mended"}])


def test_a_change_leaves_and_enters_and_what_stays_is_not_repeated(history: Path) -> None:
    table = record_of(history)
    assert table["number"].tolist() == list(range(1, len(table) + 1))
    by_run = table.groupby("run_date")["event"].apply(list).to_dict()
    assert by_run == {
        "2026-03-01": ["entered"], "2026-03-02": ["entered"] * 2, "2026-03-04": ["left"] * 3 + ["entered"] * 2
    }  # fmt: skip
    assert find_broken_entry(history) == ""


def test_digests_are_those_that_anybody_can_compute(history: Path) -> None:
    before = "0" * 64
    for line in (history / FILE).read_text().splitlines():
        entry = json.loads(line)
        said = {name: entry[name] for name in sorted(entry) if name not in ("digest", "previous")}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert entry["previous"] == before
        before = entry["digest"]
        assert before == hashlib.sha256((entry["previous"] + text).encode("utf-8")).hexdigest()


def edited(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[2].replace("opened", "decided").replace("too high", "right"), *lines[3:]]


def forged(lines: list[str]) -> list[str]:
    """An entry is edited, and all digests are computed anew."""
    made, before = [], "0" * 64
    for line in edited(lines):
        entry = json.loads(line) | {"previous": before}
        said = {name: value for name, value in entry.items() if name not in ("digest", "previous")}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256((entry["previous"] + text).encode()).hexdigest()
        made.append(json.dumps(entry | {"digest": before}))
    return made


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (edited, "entry 3 "),
        (forged, "entry 3 is not the one with which the record of run KHM-2 ended"),
        (lambda lines: lines[:3] + lines[4:], "entry 4 "),
        (lambda lines: [*lines[:1], lines[2], lines[1], *lines[3:]], "entry 2 "),
        (lambda lines: [lines[0], *lines], "entry 2 "),
        (lambda lines: lines[:-2], "entries from 7 on are missing: run KHM-4 ended with 8"),
        (lambda lines: [*lines[:4], "{", *lines[5:]], "entry 5 cannot be read"),
        (lambda lines: [], "entries from 1 on are missing"),
    ],
    ids=["edited", "forged", "removed", "exchanged", "repeated", "cut off", "unreadable", "emptied"],
)
def test_whatever_is_done_to_the_record_is_found_by_health(
    history: Path, change: Callable[[list[str]], list[str]], found: str
) -> None:
    data = history.parent.parent
    lines = (history / FILE).read_text().splitlines()
    assert not [one for one in health(data, data / "maps", Alerts()).conditions if one.name == "challenges"]
    (history / FILE).write_text("".join(f"{line}\n" for line in change(lines)))
    assert found in find_broken_entry(history)
    (condition,) = [one for one in health(data, data / "maps", Alerts()).conditions if one.name == "challenges"]
    assert (condition.status, found in condition.sentence) == ("critical", True)


def test_a_record_that_was_removed_is_missed_also_after_another_run(history: Path) -> None:
    (history / FILE).unlink()
    assert "entries from 1 on are missing" in find_broken_entry(history)
    keep(history.parent.parent, 5, [FIGURE])
    assert "entry 1 is not the one with which the record of run KHM-1 ended" in find_broken_entry(history)


def test_the_table_before_is_taken_over(tmp_path: Path) -> None:
    history = tmp_path / "history" / "KHM"
    names = [column for column in CHALLENGES.names if column not in ("cell", "answer")]
    kept = pd.DataFrame([FIGURE, FIGURE | {"commune_code": "010105"}]).reindex(columns=names).astype(object)
    write_table(history / "challenges.parquet", kept.assign(first_run="2026-01-01", last_run="2026-02-01"))
    keep(tmp_path, 1, [FIGURE])
    table = record_of(history)
    assert table["event"].tolist() == ["migrated", "migrated", "left"]
    assert table["first_run"].tolist()[:2] == ["2026-01-01"] * 2
    assert table["commune_code"].tolist() == ["010101", "010105", "010105"]
    assert not (history / "challenges.parquet").exists()
    assert find_broken_entry(history) == ""


def test_a_record_that_cannot_be_read_is_set_aside(history: Path) -> None:
    (history / FILE).write_text("nonsense\n")
    keep(history.parent.parent, 5, [FIGURE])
    assert (history / "challenges.damaged").read_text() == "nonsense\n"
    assert record_of(history)["event"].tolist() == ["entered"]
    assert find_broken_entry(history).startswith("entry 1 ")
