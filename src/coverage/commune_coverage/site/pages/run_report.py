"""The page that says how a run was made: what was looked for, what was read, what each stage cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import PageContent, Site, SitePage

_ROWS = ("read", "kept", "neighbours", "out_of_area", "quarantined", "filtered")


@dataclass(frozen=True)
class Check:
    """What was checked, whether it passed, and the numbers."""

    looked_for: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class LayerRows:
    """A layer's rows as text, in the order of the columns; and how old it is where it was fetched."""

    name: str
    rows: list[str]
    age: Saying | None
    is_held: bool


def run_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the template of the page shows of a run's report.json."""
    stages = report["stages"]
    return {
        "checks": [_check(check) for check in report.get("checks", [])],
        "layer_rows": [_layer(name, layer) for name, layer in report["layers"].items()],
        "row_columns": (*_ROWS, "blanked"),
        "stages": [_stage(stage) for stage in stages],
        "seconds": f"{sum(stage['seconds'] for stage in stages):,.1f}",
        "peak_mb": f"{max((stage['peak_memory_mb'] for stage in stages), default=0.0):,.0f}",
    }


def _check(check: Mapping[str, Any]) -> Check:
    outcome = "report_passed" if check["passed"] else f"report_{check['severity']}"
    return Check(f"check_{check['name']}", outcome, check["detail"])


def _layer(name: str, layer: Mapping[str, Any]) -> LayerRows:
    old = layer["old_days"]
    age = Saying("report_old", {"days": f"{old:,}"}) if old is not None else None
    blanked = sum(each["cells"] for each in layer.get("blanked", []))
    counts = [*(layer["rows"].get(kind, 0) for kind in _ROWS), blanked]
    return LayerRows(name, [f"{count:,}" for count in counts], age, layer["held"] is not None)


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": stage["name"],
        "is_reused": stage["reused"],
        "compute_mode": stage["compute_mode"],
        "seconds": f"{stage['seconds']:,.2f}",
        "peak_mb": f"{stage['peak_memory_mb']:,.0f}",
    }


def run_content(site: Site) -> PageContent:
    return PageContent(tables=(), further=run_report(site.report))


PAGE = SitePage("run", "tab_run", "run.html.j2", (), run_content, shows=())
