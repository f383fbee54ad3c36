"""The page of obligations: what licences ask for, whether it is so, who is missing, and where it is heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commune_coverage.schema.obligations import MET, MISSED, OPEN, STATUSES, UNDECIDED, UNKNOWN, WHOLE
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.numbers import count_text, people_text, share_text
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import PageContent, Site, SitePage

Row = Mapping[str, Any]
_WORST_FIRST = (MISSED, UNDECIDED, UNKNOWN, OPEN, MET)
_SHOWN_AREAS = 20
_BAR_WIDTH = 100.0


def has_obligations(site: Site) -> bool:
    """Whether the country file names any."""
    return bool(site.rows("obligations"))


def obligations_content(site: Site) -> PageContent:
    """Each obligation as text, the worst first, and how many are met."""
    names = _names_of_areas(site)
    trends = {(row["obligation"], row["level"], row["code"]): row for row in site.rows("obligation_trends")}
    wholes = [row for row in site.rows("obligations") if row["level"] == WHOLE]
    wholes.sort(key=lambda row: _WORST_FIRST.index(row["status"]))
    shown = [_obligation(row, _areas_of(row, site), trends, names, site.words) for row in wholes]
    counts = {status: sum(row["status"] == status for row in wholes) for status in STATUSES}
    listed = [(_key(status), count_text(count)) for status, count in counts.items() if count]
    return PageContent(tables=(), further={"obligations": shown, "counts": listed})


def _key(status: str) -> str:
    return f"obligation_{status.replace(' ', '_')}"


def _areas_of(whole: Row, site: Site) -> list[Row]:
    rows = site.rows("obligations")
    return [row for row in rows if row["obligation"] == whole["obligation"] and row["level"] != WHOLE]


def _names_of_areas(site: Site) -> dict[tuple[str, str], dict[str, str]]:
    """Names of communes, districts and provinces by level and code, in each language."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for level in ("commune", "district", "province"):
        if f"{level}_code" not in site.communes:
            continue
        columns = {code: f"{level}_name_{code}" for code in site.words.languages} | {"en": f"{level}_name"}
        known = {code: column for code, column in columns.items() if column in site.communes}
        areas = site.communes.drop_duplicates(f"{level}_code")
        for row in areas[[f"{level}_code", *known.values()]].to_dict("records"):
            names = {code: row[column] for code, column in known.items() if isinstance(row[column], str)}
            found[level, str(row[f"{level}_code"])] = names
    return found


def _obligation(
    whole: Row,
    areas: Sequence[Row],
    trends: Mapping[tuple[Any, ...], Row],
    names: Mapping[tuple[str, str], Any],
    words: Words,
) -> dict[str, Any]:
    level, unmet = areas[0]["level"] if areas else WHOLE, [row for row in areas if row["status"] != MET]
    unmet.sort(key=lambda row: (_WORST_FIRST.index(row["status"]), -(row["missing"] or 0.0)))
    listed = [_area(row, trends.get((row["obligation"], row["level"], row["code"])), names) for row in unmet]
    trend = trends.get((whole["obligation"], level, areas[0]["code"])) if len(areas) == 1 else None
    return {
        "id": whole["obligation"],
        "title": whole["title"],
        "operator": None if whole["operator"] == "any" else whole["operator"],
        "status": _key(whole["status"]),
        "asked": _asked(whole, level, words),
        "covered": _covered(whole, len(areas) > 1),
        "bar": _bar(whole),
        "missing": _missing(whole),
        "unmet": Saying("obligation_unmet", {"count": count_text(len(unmet)), "all": count_text(len(areas))}),
        "outlook": _outlook(trend) if trend else None,
        "basis": f"obligation_basis_{whole['basis']}",
        "source": whole["source"],
        "areas": listed[:_SHOWN_AREAS] if len(areas) > 1 else [],
        "has_trend": any(area["expected"] for area in listed),
        "more": count_text(len(listed) - _SHOWN_AREAS) if len(listed) > _SHOWN_AREAS else "",
    }


def _asked(whole: Row, level: str, words: Words) -> Saying:
    """What has to be covered, with what, where and from when."""
    technology = whole["technology"].upper() if whole["speed_mbps"] is None else f"{whole['speed_mbps']:g} Mbps"
    values: dict[str, str | list[str]] = {
        "share": share_text(whole["required_share"]),
        "measure": [f"obligation_of_{whole['measure']}"],
        "technology": technology,
        "where": [f"obligation_{whole['where']}"],
        "level": [f"obligation_in_{level.replace(' ', '_')}"],
        "by": whole["by"],
    }
    if whole["kind"] is None:
        return Saying("obligation_asked", values)
    kind = f"kind_{whole['kind'].replace(' ', '_')}"
    return Saying("obligation_asked_kind", values | {"kind": [kind] if words.has(kind) else whole["kind"]})


def _covered(whole: Row, is_least: bool) -> Saying:
    if whole["covered_share"] is None:
        return Saying("obligation_nothing_known")
    values = {"share": share_text(whole["covered_share"])}
    key = "obligation_covered_least" if is_least else "obligation_covered"
    if whole["covered_share_low"] is None:
        return Saying(f"{key}_declared", values)
    low, high = share_text(whole["covered_share_low"]), share_text(whole["covered_share_high"])
    return Saying(key, values | {"low": low, "high": high})


def _bar(whole: Row) -> dict[str, str] | None:
    """Where in a bar of a hundred the range begins, how wide it is, where the estimate and what is asked for are."""
    if whole["covered_share"] is None:
        return None
    share = whole["covered_share"]
    low, high = (share if whole[name] is None else whole[name] for name in ("covered_share_low", "covered_share_high"))
    marks = {"low": low, "width": high - low, "share": share, "required": whole["required_share"]}
    return {name: f"{_BAR_WIDTH * value:.1f}" for name, value in marks.items()}


def _missing(row: Row) -> Saying | None:
    if not row["missing"]:
        return None
    text = people_text(row["missing"])
    return Saying("obligation_missing", {"count": text, "unit": [f"obligation_unit_{row['unit']}"]})


def _outlook(trend: Row) -> Saying:
    key = f"obligation_outlook_{trend['outlook'].replace(' ', '_')}"
    if trend["expected_share"] is None:
        return Saying(key)
    shares = {name: share_text(trend[f"expected_share{end}"]) for name, end in (("low", "_low"), ("high", "_high"))}
    values = {"share": share_text(trend["expected_share"]), "runs": count_text(trend["runs"]), "by": trend["by"]}
    return Saying(key, shares | values)


def _area(row: Row, trend: Row | None, names: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    known = row["covered_share"] is not None
    expected = share_text(trend["expected_share"]) if trend and trend["expected_share"] is not None else ""
    ends = [share_text(row[f"covered_share_{end}"]) for end in ("low", "high")] if known else []
    return {
        "names": names.get((row["level"], row["code"])) or {"en": row["name"] or row["code"]},
        "status": _key(row["status"]),
        "share": share_text(row["covered_share"]) if known else "",
        "low": ends[0] if known else "",
        "high": ends[1] if known else "",
        "missing": people_text(row["missing"]) if row["missing"] else "",
        "unit": f"obligation_unit_{row['unit']}",
        "expected": expected,
    }


PAGE = SitePage(
    "obligations",
    "tab_obligations",
    "obligations.html.j2",
    (),
    obligations_content,
    is_written=has_obligations,
    shows=(),
    section="verification",
)
