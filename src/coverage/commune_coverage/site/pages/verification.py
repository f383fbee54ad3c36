"""The page of verification: what operators declare against tests and the model, challenges, and where to test next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commune_coverage.schema.verification import AGREES, BOTH, OVERSTATED, UNDECIDED, UNDERSTATED
from commune_coverage.site.i18n.numbers import count_text, people_text, share_text
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import PageContent, Site, SitePage

Row = Mapping[str, Any]
_WORST_FIRST = (OVERSTATED, BOTH, UNDERSTATED, UNDECIDED, AGREES)
_NEXT_CELLS, _CHALLENGES = 20, 50
_LEVELS = ("", "_low", "_high")


def has_verification(site: Site) -> bool:
    """Whether anything is declared that can be verified."""
    return bool(site.rows("verification"))


def verification_content(site: Site) -> PageContent:
    """Verdicts of the nation, challenges and the cells to test next, as text."""
    nation = [row for row in site.rows("verification") if row["level"] == "nation"]
    nation.sort(key=lambda row: (_WORST_FIRST.index(row["verdict"]), -(row["declared_people"] or 0.0)))
    challenges = site.rows("coverage_challenges")
    further = {
        "verdicts": [_verdict(row) for row in nation],
        "cells": _cells(site.rows("drive_next")),
        "challenges": [_challenge(row) for row in challenges[:_CHALLENGES]],
        "more_challenges": count_text(len(challenges) - _CHALLENGES) if len(challenges) > _CHALLENGES else "",
    }
    return PageContent(tables=(), further=further)


def _target(row: Row) -> dict[str, Any]:
    """Who declares what, with names that are not translated apart from words that are."""
    level = "" if row["service_level"] == "signal" else row["service_level"]
    return {
        "operator": None if row["operator"] == "any" else row["operator"],
        "technology": "" if row["technology"] == "any" else row["technology"].upper(),
        "level": level,
        "where": f"obligation_{row['environment']}",
    }


def _verdict(row: Row) -> dict[str, Any]:
    shares = {name: share_text(row[name]) for name in ("modelled_agreement_share", "failing_share", "power")}
    shares |= {f"failing{end}": share_text(row[f"failing_share{end}"]) for end in ("_low", "_high")}
    is_tested = bool(row["tests"])
    return _target(row) | {name: text if is_tested or name[0] == "m" else "" for name, text in shares.items()} | {
        "verdict": f"verification_{row['verdict'].replace(' ', '_').replace('-', '')}",
        "declared": people_text(row["declared_people"]),
        "tests": count_text(row["tests"]),
        "tested_cells": count_text(row["tested_cells"]),
        "overstated": _misstated(row, OVERSTATED) if row["tests"] else None,
        "understated": _misstated(row, UNDERSTATED) if row["tests_beyond"] else None,
        "needed": _needed(row),
    }  # fmt: skip


def _misstated(row: Row, name: str) -> dict[str, dict[str, str]]:
    """People and land for which coverage is misstated, with their intervals."""
    measures = {"people": people_text, "km2": count_text}
    return {
        measure: {end or "value": text(row[f"{name}_{measure}{end}"]) for end in _LEVELS}
        for measure, text in measures.items()
    }


def _needed(row: Row) -> Saying | None:
    if row["verdict"] != UNDECIDED:
        return None
    if row["needed_tests"] is None:
        return Saying("verification_none_would")
    return Saying("verification_needed", {"tests": count_text(row["needed_tests"])})


def _cells(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Cells to test next, each once with all that is declared there, by what one test of each of these would tell."""
    by_cell: dict[str, list[Row]] = {}
    for row in rows:
        by_cell.setdefault(row["h3"], []).append(row)
    ranked = sorted(by_cell.values(), key=lambda declared: -sum(row["value_people"] or 0.0 for row in declared))
    return [_cell(declared) for declared in ranked[:_NEXT_CELLS]]


def _cell(declared: Sequence[Row]) -> dict[str, Any]:
    first, shares = declared[0], [row["modelled_share"] for row in declared if row["modelled_share"] is not None]
    return {
        "cell": first["h3"],
        "at": f"{first['lat']:.3f}, {first['lon']:.3f}",
        "people": people_text(max(row["people"] or 0.0 for row in declared)),
        "modelled": share_text(min(shares)) if shares else "",
        "tests": count_text(sum(row["tests"] or 0 for row in declared)),
        "operators": _by_operator([_target(row) for row in declared]),
    }


def _by_operator(targets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each operator declares, in one line."""
    services: dict[str | None, list[str]] = {}
    for target in targets:
        services.setdefault(target["operator"], []).append(f"{target['technology']} {target['level']}".strip())
    # Of coverage by any operator and technology there is nothing more to say than that.
    return [{"name": name, "services": ", ".join(filter(None, said))} for name, said in services.items()]


def _challenge(row: Row) -> dict[str, Any]:
    texts = {name: row[name] or "" for name in ("opened_on", "answered_on", "decided_on", "decided_by", "claim")}
    decision = f"verification_{row['decision']}" if row["decision"] else None
    counted = {"tests": count_text(row["tests"] or 0), "failing": count_text(row["failing"] or 0)}
    status = f"verification_{row['status']}"
    return _target(row) | texts | counted | {"cell": row["h3"], "status": status, "decision": decision}


PAGE = SitePage(
    "verification",
    "tab_verification",
    "verification.html.j2",
    (),
    verification_content,
    is_written=has_verification,
    shows=(),
    section="verification",
)
