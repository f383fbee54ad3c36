"""What was decided, by whom, when and why: one chained record of a data folder, and who may decide.

``history/decisions.jsonl`` has layers held and approved, and everything that was ever shown, held or gone back to. An
approval or a publication that is not in it is none: ``archive.decision_record`` holds the record against what runs,
versions and publications say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from commune_coverage.config.decisions import Act, Decisions
from commune_coverage.config.loader import read_declared
from commune_coverage.core.chain import Entry, Head, chained, head_of, read_entries, readable_entries, write_entries
from commune_coverage.core.errors import CountryFileError, RunError
from commune_coverage.core.identity import Identity, identify
from commune_coverage.core.locks import file_lock
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import whole_run
from commune_coverage.core.state.declared import MANIFEST

FILE = "decisions.jsonl"
NEEDED = "about"
PROPOSED, LAYER_HELD, LAYER_APPROVED, SOURCE_APPROVED = "proposed", "layer held", "layer approved", "source approved"
DEPLOYMENT_FILE = Path("/etc/commune-coverage/decisions.toml")
VARIABLE = "COMMUNE_COVERAGE_DECISIONS"
_MAX_LENGTH = 500


class Decided(NamedTuple):
    """Who orders something and why; ``proposal`` is the entry by which another person ordered it first, 0 for none."""

    who: Identity
    because: str
    proposal: int = 0


def reason_of(because: str, hint: str) -> str:
    """Clean a reason for the record.

    Parameters
    ----------
    because : str
        What a person gives as reason.
    hint : str
        What to say where it is empty.

    Returns
    -------
    str

    Raises
    ------
    RunError
        When it is empty.
    """
    reason = printable(because, _MAX_LENGTH).strip()
    if not reason:
        raise RunError(hint)
    return reason


def order(data_dir: Path, act: Act, about: dict[str, Any], decided: Decided) -> Decided | None:
    """Order something that only some may do, or that takes two persons.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.
    act : {'approve', 'publish'}
        Which rule it falls under.
    about : dict
        What is ordered; an order of the same by another account is the second one.
    decided : Decided
        Who orders it and why.

    Returns
    -------
    Decided or None
        With the first person's entry; None where this order is the first of two, and only recorded.

    Raises
    ------
    RunError
        When the person may not do it, or has ordered it before and a second one is needed.
    """
    rules, who = rules_in_force(data_dir), decided.who
    if not all(rule.allows(act, {who.name, *who.groups()}) for rule in rules):
        raise RunError(f"'{who.name}' is none of those who may {act}; they are listed in [decisions]")
    if not any(act in rule.second_person for rule in rules):
        return decided
    open_orders = {_account(entry): entry["number"] for entry in _open_orders(data_dir, act, about)}
    others = [number for account, number in open_orders.items() if account != who.name]
    if others:
        return decided._replace(proposal=others[0])
    if who.name in open_orders:
        raise RunError(f"'{who.name}' has ordered this already; another person has to give the same command")
    record_decision(data_dir, PROPOSED, about | {"act": act}, decided)
    return None


def rules_in_force(data_dir: Path) -> list[Decisions]:
    """Read the rules: those of the run that is shown, and those of the machine, which hold whatever a country says.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Returns
    -------
    list of Decisions
        All of them hold.

    Raises
    ------
    CoverageError
        When one cannot be read.
    """
    manifest = whole_run(data_dir) / "manifest.json"
    stated = MANIFEST.read(manifest)["configuration"].get("decisions") if manifest.is_file() else None
    files = {DEPLOYMENT_FILE, *(Path(named) for named in [os.environ.get(VARIABLE)] if named)}
    of_machine = [_read_rules(path) for path in sorted(files) if path.is_file() or path != DEPLOYMENT_FILE]
    return [*of_machine, *([Decisions.model_validate(stated)] if stated else [])]


def _read_rules(path: Path) -> Decisions:
    return read_declared(path, Decisions, (), "what docs/trust.md shows", CountryFileError)


def record_decision(data_dir: Path, event: str, about: dict[str, Any], decided: Decided | None = None) -> Entry:
    """Add an entry to the record.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.
    event : str
        What happened.
    about : dict
        To what, as JSON.
    decided : Decided, optional
        Who decided it and why; a run did where it is left out.

    Returns
    -------
    Entry
    """
    content: Entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, "about": about}
    who = identify() if decided is None else decided.who
    content |= {"by": "a run" if decided is None else "a person", "who": who._asdict()}
    if decided is not None:
        content |= {"because": decided.because, "proposal": decided.proposal}
    with _locked(data_dir) as target:
        entries = chained(readable_entries(target, NEEDED), [content])
        write_entries(target, entries)
    return entries[-1]


def decisions_in(data_dir: Path) -> list[Entry]:
    """Read the record.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Returns
    -------
    list of Entry
        Oldest first.

    Raises
    ------
    ValueError
        When a line is no entry.
    """
    return read_entries(data_dir / "history" / FILE, NEEDED)


def head_of_decisions(data_dir: Path) -> Head:
    """Tell how long the record is, for a run to keep; of a record that cannot be read, that it is empty."""
    with _locked(data_dir) as target:
        return head_of(readable_entries(target, NEEDED))


def is_recorded(data_dir: Path, event: str, about: dict[str, Any]) -> bool:
    """Whether exactly this is on record."""
    try:
        return any(entry.get("event") == event and entry["about"] == about for entry in decisions_in(data_dir))
    except ValueError:
        return False


def list_decisions(data_dir: Path, as_json: bool) -> str:
    """List every entry, one a line, oldest first; or all as one JSON text.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.
    as_json : bool
        Whether as JSON.

    Returns
    -------
    str

    Raises
    ------
    RunError
        When the record cannot be read.
    """
    entries = _readable(data_dir)
    if as_json:
        return json.dumps(entries, ensure_ascii=False, indent=1)
    return "\n".join(map(_line, entries)) or "nothing was decided yet"


def _line(entry: Entry) -> str:
    who = _who(entry)
    stated = f" ({who.stated})" if who.stated else ""
    about = "; ".join(f"{name} {value}" for name, value in entry["about"].items() if isinstance(value, str | int))
    because = f', because "{entry["because"]}"' if entry.get("because") else ""
    second = f", second to entry {entry['proposal']}" if entry.get("proposal") else ""
    person = f"by {who.name}{stated}" if entry["by"] == "a person" else "by a run"
    return f"{entry['number']:>4}  {entry['at']}  {entry['event']}: {about}; {person}{because}{second}"


def _open_orders(data_dir: Path, act: Act, about: dict[str, Any]) -> Iterator[Entry]:
    """Orders of the same that no second person has taken up yet."""
    entries = _readable(data_dir)
    taken_up = {entry.get("proposal") for entry in entries}
    for entry in entries:
        is_same = entry.get("event") == PROPOSED and entry["about"] == about | {"act": act}
        if is_same and entry["number"] not in taken_up:
            yield entry


def _readable(data_dir: Path) -> list[Entry]:
    try:
        return decisions_in(data_dir)
    except ValueError as error:
        raise RunError(f"the record of decisions is damaged: {error}; put back a copy of it") from error


def _who(entry: Entry) -> Identity:
    """The person of an entry; what another version says of him further is left out."""
    return Identity(**{name: str(entry["who"].get(name, "")) for name in Identity._fields})


def _account(entry: Entry) -> str:
    return _who(entry).name


@contextmanager
def _locked(data_dir: Path) -> Iterator[Path]:
    folder = data_dir / "history"
    folder.mkdir(parents=True, exist_ok=True)
    with file_lock(folder / ".decisions.lock", wait=True):
        yield folder / FILE
