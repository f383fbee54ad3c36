"""Whether the runs go as they should: conditions, each with how bad it is and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from commune_coverage.archive.backup import RECORD as BACKUP_RECORD
from commune_coverage.archive.integrity import damaged_files, told
from commune_coverage.archive.record_checks import broken_records
from commune_coverage.config.country import POSTGIS_RECORD
from commune_coverage.config.quality import Alerts
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.event_log import ended_without_a_word, last_attempt
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import whole_run
from commune_coverage.core.state.declared import BACKUP, POSTGIS, REPORT
from commune_coverage.monitoring.disk import problems_of_disk
from commune_coverage.publish.publication import Publication, how_to_publish, now_shown

Status = Literal["ok", "notice", "warning", "critical"]
EXIT_CODES: dict[Status, int] = {"ok": 0, "notice": 0, "warning": 1, "critical": 2}
OBLIGATION = "obligation"
"""What names of conditions of obligations begin with."""
BLIND = "blind to"
"""What names of conditions begin with of which nothing can be seen."""
_CLOCK_HOURS = 1


@dataclass(frozen=True)
class Condition:
    """Something that is not as it should be; a notice is of the country, not of the runs."""

    name: str
    status: Status
    sentence: str


@dataclass(frozen=True)
class Health:
    """All conditions, the worst status of them, and what is shown."""

    conditions: list[Condition]
    shown: Publication | None

    @property
    def status(self) -> Status:
        return max((one.status for one in self.conditions), key=lambda each: EXIT_CODES[each], default="ok")

    def sentences(self) -> list[str]:
        """All conditions, the worst first."""
        ordered = sorted(self.conditions, key=lambda one: -EXIT_CODES[one.status])
        return [f"{one.status}: {one.sentence}" for one in ordered]

    def record(self) -> dict[str, Any]:
        """As JSON for monitoring."""
        shown = self.shown
        return {
            "status": self.status,
            "conditions": [
                {"name": one.name, "status": one.status, "sentence": one.sentence} for one in self.conditions
            ],
            "shown": None if shown is None else {"run_id": shown.run_id, "run_date": shown.run_date, "since": shown.at},
        }


def health(data_dir: Path, maps_dir: Path, settings: Alerts, now: datetime | None = None) -> Health:
    """The state of the runs in a data folder; ``now`` has a time zone.

    What cannot be looked at, because a file of it is damaged say, is a condition of its own: a watch that is blind.
    """
    now = now or datetime.now(UTC)
    shown, conditions = _shown(maps_dir)
    looks: dict[str, Callable[[], Iterable[Condition]]] = {
        "the last run": lambda: _attempts(data_dir, settings, now),
        "what is shown": lambda: _publication(shown),
        "the files that are shown": lambda: _damage(shown, data_dir, maps_dir),
        "the layers": lambda: _sources(data_dir),
        "the database": lambda: _database(data_dir),
        "the disk": lambda: _disk(data_dir),
        "the obligations": lambda: _obligations(data_dir),
        "the records": lambda: _records(data_dir, maps_dir),
        "the backup": lambda: _backup(data_dir, settings, now),
    }
    for what, look in looks.items():
        try:
            conditions += look()
        except Exception as error:  # noqa: BLE001 (whatever it is: a watch that ends tells nobody)
            conditions.append(_blind(what, error))
    return Health(conditions, shown)


def _shown(maps_dir: Path) -> tuple[Publication | None, list[Condition]]:
    try:
        return now_shown(maps_dir), []
    except Exception as error:  # noqa: BLE001
        return None, [_blind("the publications", error)]


def _blind(what: str, error: Exception) -> Condition:
    reason = printable(str(error) or type(error).__name__, 200)
    return Condition(f"{BLIND} {what}", "critical", f"the watch cannot see {what}: {type(error).__name__}: {reason}")


def _disk(data_dir: Path) -> list[Condition]:
    return [Condition(name, status, sentence) for name, status, sentence in problems_of_disk(data_dir)]


def _attempts(data_dir: Path, settings: Alerts, now: datetime) -> list[Condition]:
    last = last_attempt(data_dir)
    if last is None:
        return [Condition("missed", "critical", "no run was ever tried; start one with 'commune-coverage run'")]
    conditions = []
    hours = (now - datetime.fromisoformat(last["at"])).total_seconds() / 3600
    if hours < -_CLOCK_HOURS:
        sentence = (
            f"the last run ended {-hours:.0f} hours from now: a clock is or was wrong, so a missed run is not seen"
        )
        conditions.append(Condition("clock", "critical", sentence))
    if hours > settings.missed_after_hours:
        sentence = (
            f"no run has ended for {hours:.0f} hours; see whether the schedule, the worker and the machine are up"
        )
        conditions.append(Condition("missed", "critical", sentence))
    if ended_without_a_word(last):
        sentence = f"the last run, begun at {last['at']}, ended without a word: it was killed, or could write nothing"
        conditions.append(Condition("failed", "critical", f"{sentence}. The maps of the run before are shown"))
    if last["outcome"] == "failed":
        sentence = f"the last run failed: {last['message']}. The maps of the run before are shown"
        conditions.append(Condition("failed", "critical", sentence))
    return conditions


def _publication(shown: Publication | None) -> list[Condition]:
    if shown is None:
        return [Condition("nothing_shown", "critical", "nothing was published yet")]
    if shown.hold is None:
        return []
    reasons = "; ".join(shown.hold.reasons)
    sentence = f"held since {shown.hold.since}: {reasons}. {how_to_publish(shown.hold.run_id)}"
    return [Condition("held", "critical", sentence)]


def _damage(shown: Publication | None, data_dir: Path, maps_dir: Path) -> list[Condition]:
    """Tables and pages that are shown and are not as their run left them."""
    if shown is None:
        return []
    try:
        damaged = damaged_files(shown.run_id, data_dir, maps_dir, with_stages=False)
    except CoverageError as error:
        return [Condition("damaged", "critical", f"what is shown cannot be verified: {error}")]
    if not damaged:
        return []
    sentence = f"{told(shown.run_id, damaged)}. The next 'commune-coverage run' of the same inputs mends them"
    return [Condition("damaged", "critical", sentence)]


def _sources(data_dir: Path) -> list[Condition]:
    report = whole_run(data_dir) / "report.json"
    layers = REPORT.read(report)["layers"] if report.is_file() else {}
    old = {name: layer["old_days"] for name, layer in layers.items() if layer["old_days"] is not None}
    held = [name for name, layer in layers.items() if layer["held"]]
    sentence = [
        *(f"{name} was fetched {days} days ago" for name, days in old.items()),
        *(f"an older version of {name} is used" for name in held),
    ]
    return [Condition("old_sources", "warning", "; ".join(sentence))] if sentence else []


def _database(data_dir: Path) -> list[Condition]:
    source = data_dir / POSTGIS_RECORD
    problem = POSTGIS.read(source)["problem"] if source.is_file() else ""
    sentence = f"the tables are not in PostGIS: {problem}. Once that is mended, 'commune-coverage postgis' writes them"
    return [Condition("postgis", "warning", sentence)] if problem else []


def _records(data_dir: Path, maps_dir: Path) -> list[Condition]:
    """Records of challenges and decisions only ever grow: where one does not match, somebody was at it."""
    return [
        Condition(name.split()[0], "critical", f"the record of {name} does not match: {problem}. Put back a copy of it")
        for name, problem in broken_records(data_dir, maps_dir).items()
    ]


def _backup(data_dir: Path, settings: Alerts, now: datetime) -> list[Condition]:
    if settings.backup_after_days is None:
        return []
    record = data_dir / BACKUP_RECORD
    if not record.is_file():
        return [Condition("backup", "warning", "no backup was ever made; 'commune-coverage backup FILE' makes one")]
    days = (now - datetime.fromisoformat(BACKUP.read(record)["at"])).total_seconds() / 86_400
    if days <= settings.backup_after_days:
        return []
    return [Condition("backup", "warning", f"the last backup is {days:.0f} days old; 'commune-coverage backup FILE'")]


def _obligations(data_dir: Path) -> list[Condition]:
    """Obligations that are missed, and open ones that the trend says will be."""
    tables = [whole_run(data_dir) / f"{name}.csv" for name in ("obligations", "obligation_trends")]
    if not all(table.is_file() for table in tables):
        return []
    from commune_coverage.monitoring.obligations import expected_to_be_missed, missed

    told = [(f"{OBLIGATION} {one} is missed", sentence) for one, sentence in missed(tables[0]).items()]
    told += [(f"{OBLIGATION} {one} is not on course", text) for one, text in expected_to_be_missed(tables[1]).items()]
    return [Condition(name, "notice", sentence) for name, sentence in told]
