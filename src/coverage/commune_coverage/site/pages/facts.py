"""What every page says of its run: national headlines, warnings, sources; numbers already as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from commune_coverage.site.data.ranges import NO_RANGES, UNKNOWN, Range, Ranges
from commune_coverage.site.i18n.numbers import count_text, held, people_text, share_text
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import DATA_POOR_FILL
from commune_coverage.site.themes.theme import Theme, wet_column

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the national bar: percent of all people counted."""

    name: str
    fill: str
    start: float
    width: float


@dataclass(frozen=True)
class Headline:
    """One theme for the whole country; texts are '' where the run has no figure.

    ``wet_people`` are in the gap in the wet season; ``wet_loss_people`` of them in the wet season only. ``source`` is
    what the gap rests on, 'modelled' or 'declared'; '' of other themes. ``range`` and ``wet_range`` are of the shares.
    """

    theme: Theme
    gap_people: str
    share: str
    wet_people: str
    wet_share: str
    wet_loss_people: str
    known_people: str
    people: str
    communes: str
    data_poor_people: str
    data_poor_communes: str
    bar: list[Part]
    why_missing: list[str]
    source: str = ""
    range: Range = UNKNOWN
    wet_range: Range = UNKNOWN


def national_of(theme: Theme, report: Report) -> dict[str, int | float | None]:
    """People in the gap, their share and the people of whom it is, in the whole units of the pages."""
    national, key = report["national"], theme.key
    everybody, poor = national.get("people"), national.get(f"{key}_data_poor_people") or 0.0
    known = None if everybody is None else everybody - poor
    return {
        "gap": held(national.get(theme.people_column), "people"),
        "share": held(national.get(theme.share_column), "_share"),
        "people": held(known, "people"),
    }


def headline_of(theme: Theme, report: Report, ranges: Ranges = NO_RANGES) -> Headline:
    """The national figures of a theme, with people under too little evidence apart from the gap."""
    national = report["national"]
    people = national.get("people")
    gap = national.get(f"{theme.key}_gap_people")
    data_poor = national.get(f"{theme.key}_data_poor_people")
    data_poor_communes = national.get(f"{theme.key}_data_poor_communes")
    return Headline(
        theme=theme,
        gap_people=people_text(gap),
        share=share_text(national.get(f"{theme.key}_gap_share")),
        wet_people=people_text(national.get(f"{theme.key}_gap_wet_people")),
        wet_share=share_text(national.get(f"{theme.key}_gap_wet_share")),
        wet_loss_people=people_text(national.get(f"{theme.key}_wet_loss_people")),
        known_people="" if people is None else people_text(people - (data_poor or 0)),
        people=people_text(people),
        communes=count_text(national.get("communes")),
        data_poor_people=people_text(data_poor),
        data_poor_communes=count_text(data_poor_communes),
        bar=_bar(theme, people, gap, data_poor),
        why_missing=_why_missing(theme, report, gap),
        source="" if gap is None else report.get("headline_sources", {}).get(theme.key, ""),
        range=ranges.of_area(theme.share_column),
        wet_range=ranges.of_area(wet_column(theme.share_column)),
    )


def _why_missing(theme: Theme, report: Report, gap: float | None) -> list[str]:
    """Why figures cannot be had; not of a gap that is there, for it can rest on another layer."""
    absent = {name: why for name, why in report.get("unavailable", {}).items() if name.startswith(theme.key)}
    return [why for name, why in absent.items() if gap is None or name != f"{theme.key}_gap"]


def _bar(theme: Theme, people: float | None, gap: float | None, data_poor: float | None) -> list[Part]:
    if not people or gap is None:
        return []
    parts, start = [], 0.0
    gap_percent, poor_percent = 100 * gap / people, 100 * (data_poor or 0) / people
    for name, fill, percent in (
        ("gap", theme.ramp[-1], gap_percent),
        ("data_poor", DATA_POOR_FILL, poor_percent),
        ("served", theme.ramp[1], 100 - gap_percent - poor_percent),
    ):
        width = round(max(0.0, min(percent, 100 - start)), 2)
        parts.append(Part(name, fill, round(start, 2), width))
        start += width
    return parts


def warnings_of(report: Report) -> list[tuple[Saying, Saying]]:
    """(banner, watermark) of the internal edition, and when the country is invented or layers are synthetic."""
    warnings = []
    if report.get("edition") == "internal":
        confidential = [f"layer_{name}" for name in report["withheld_layers"]]
        warnings.append((Saying("banner_internal", {"layers": confidential}), Saying("watermark_internal")))
    if report.get("status") == "invented":
        warnings.append((Saying("banner_invented"), Saying("watermark_invented")))
    if layers := report.get("synthetic_layers"):
        banner = Saying("banner_synthetic", {"layers": [f"layer_{name}" for name in layers]})
        if report.get("status") == "invented" and set(layers) == set(report["layers"]):
            banner = Saying("banner_synthetic_all")
        warnings.append((banner, Saying("watermark_synthetic")))
    return warnings


def held_of(report: Report) -> list[Saying]:
    """One sentence for the layers of which an older version is shown, by the day of that version."""
    by_day: dict[tuple[str, int], list[str]] = {}
    for name in report.get("held_layers", []):
        held = report["layers"][name]["held"]
        by_day.setdefault((held["version_of"], held["age_days"]), []).append(f"layer_{name}")
    return [
        Saying("banner_held", {"layers": layers, "day": day, "days": str(age_days)})
        for (day, age_days), layers in sorted(by_day.items())
    ]


def withheld_of(report: Report) -> list[Saying]:
    """On the public edition: which layers are not shown, and which only where enough stands behind a figure."""
    if report.get("edition") != "public":
        return []
    by_count: dict[int | None, list[str]] = {}
    for name, count in report["withheld_layers"].items():
        by_count.setdefault(count, []).append(f"layer_{name}")
    return [
        Saying("banner_withheld", {"layers": layers})
        if count is None
        else Saying("banner_aggregated", {"layers": layers, "count": f"{count:,}"})
        for count, layers in by_count.items()
    ]


def hold_of(report: Report) -> list[Saying]:
    """A sentence when a newer run is held back: since when, and which checks it failed."""
    hold = report.get("hold")
    if not hold:
        return []
    reasons = [f"check_{name}" for name in hold["checks"]]
    return [Saying("banner_hold", {"day": report["run_date"], "since": hold["since"], "reasons": reasons})]


def old_of(report: Report) -> list[Saying]:
    """One sentence for each layer whose file is older than its source should ever be."""
    old = {name: layer["old_days"] for name, layer in report["layers"].items() if layer["old_days"] is not None}
    return [Saying("banner_old", {"layer": [f"layer_{name}"], "days": str(days)}) for name, days in old.items()]


def fetched_of(origin: Mapping[str, Any], run_date: str) -> Saying | None:
    """When a file was fetched and how old that makes it on the run, None where it is not known."""
    try:
        fetched = datetime.fromisoformat(origin.get("fetched") or "").date()
    except ValueError:
        return None
    days = (date.fromisoformat(run_date) - fetched).days
    return Saying("source_fetched_text", {"day": fetched.isoformat(), "days": f"{max(days, 0):,}"})


def balance_of(report: Report) -> dict[str, str]:
    """How the people of the input were accounted for, whole numbers."""
    people = report.get("people") or {}
    return {key: f"{people[key]:,.0f}" for key in ("read", "counted", "outside", "quarantined") if key in people}


def rows_of(layer: Mapping[str, Any]) -> dict[str, str]:
    """Row counts of one source, every kind named."""
    rows = layer.get("rows") or {}
    return {key: f"{rows.get(key, 0):,}" for key in ("read", "kept", "neighbours", "out_of_area", "quarantined")}


def credits_of(report: Report) -> str:
    """Who the layers are from and under which licence, in one line."""
    layers = report["layers"].values()
    parts = [
        f"{origin.get('attribution') or origin.get('publisher') or ''} ({origin.get('licence') or '?'})".strip()
        for layer in layers
        for origin in [layer, *layer.get("also", [])]
    ]
    return "; ".join(dict.fromkeys(parts))
