"""What a planner has decided: a CSV of candidates that are pinned, with or without their year, or forbidden."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commune_coverage.core.errors import MissingFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.planning.optimizer.problem import PlanError
from commune_coverage.publish.exports import read_csv

Pins = tuple[dict[str, int | None], set[str]]


def read_pins(path: Path | None, known: Sequence[str], years: Sequence[int]) -> Pins:
    """(pinned by candidate with its year or None, forbidden). The columns are candidate_id, decision and year.

    Raises MissingFileError, or PlanError that lists every line which cannot be used.
    """
    if path is None:
        return {}, set()
    if not path.is_file():
        raise MissingFileError(f"no file of pins at '{path}'")
    pinned: dict[str, int | None] = {}
    forbidden: set[str] = set()
    problems, names = [], set(known)
    for line, row in enumerate(read_csv(path), start=2):
        name, decision = (row.get("candidate_id") or "").strip(), (row.get("decision") or "").strip().lower()
        year = (row.get("year") or "").strip()
        if name not in names:
            problems.append(f"line {line}: there is no candidate '{printable(name, 80)}'; candidates.csv lists all")
        elif decision not in ("pin", "forbid"):
            problems.append(f"line {line}: decision '{printable(decision, 20)}' is neither pin nor forbid")
        elif year and (not year.isdigit() or int(year) not in years):
            problems.append(f"line {line}: year '{printable(year, 10)}' is not within {years[0]} to {years[-1]}")
        elif name in pinned or name in forbidden:
            problems.append(f"line {line}: '{printable(name, 80)}' is decided twice")
        elif decision == "pin":
            pinned[name] = int(year) if year else None
        else:
            forbidden.add(name)
    if problems:
        raise PlanError(f"{path.name} has {len(problems)} problem(s):\n" + "\n".join(f"  - {one}" for one in problems))
    return pinned, forbidden
