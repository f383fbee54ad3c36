"""The frame that all pages share: templates, language data, and a policy that forbids the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import escape

from commune_coverage.config.country import origin_of
from commune_coverage.site.data.ranges import FILE, NO_RANGES, Ranges
from commune_coverage.site.geometry.raster_overlays import REACH_M
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.assets import FIRST_SCRIPTS, OWN_STYLES, SHARED_SCRIPTS
from commune_coverage.site.pages.dataset import dataset_of
from commune_coverage.site.pages.facts import (
    Headline,
    Report,
    balance_of,
    credits_of,
    fetched_of,
    headline_of,
    held_of,
    hold_of,
    national_of,
    old_of,
    rows_of,
    warnings_of,
    withheld_of,
)
from commune_coverage.site.pages.page import Tabs
from commune_coverage.site.pages.update_files import files_folder
from commune_coverage.site.themes.theme import Theme

# Files next to the page may run and show; nothing that is written in it runs, no request leaves for another server.
_POLICY = (
    "default-src 'none'",
    "script-src 'self' file:",
    "style-src 'self' file:",
    "font-src 'self' file:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "img-src 'self' file: data:",
)

BANNER_START, BANNER_END = "<!-- banner -->", "<!-- end of banner -->"


def base_map_of(report: Report) -> Mapping[str, Any] | None:
    """The base map of the country file's [maps] section, None where it has none."""
    settings = report.get("maps") or {}
    return settings if settings.get("base_map") else None


def policy_of(report: Report) -> str:
    """The content security policy; pictures of the base map's server are let in where the country file names one."""
    base = base_map_of(report)
    return " ".join(("; ".join(_POLICY), origin_of(base["base_map"]) if base else "")).rstrip()


def has_policy(html: str, report: Report) -> bool:
    """Whether a page has the content security policy, as the shell of all pages writes it."""
    return f'<meta http-equiv="Content-Security-Policy" content="{escape(policy_of(report))}">' in html


@cache
def templates(folder: Path | None = None) -> Environment:
    """The template environment: everything is escaped unless a template says otherwise.

    With the ``folder`` of another package its templates are there too, but never in the place of one of this package.
    """
    own = PackageLoader("commune_coverage.site")
    environment = Environment(
        loader=own if folder is None else ChoiceLoader([own, FileSystemLoader(folder / "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = "{:g}".format
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False, "separators": (",", ":")}
    return environment


@dataclass(frozen=True)
class PageContext:
    """What the shell of a page is filled with.

    ``headlines`` has one entry per theme of the page; ``files`` are the data files that it brings along, ``tables``
    those of them that hold figures; ``title`` is the key of its name in the words, ``tabs`` the sections of
    the site with theirs. ``folder`` is of the package that brings the page, None for this package.
    """

    page: str
    title: str
    words: Words
    report: Report
    headlines: list[Headline]
    data: dict[str, Any]
    scripts: Sequence[str]
    files: Sequence[str]
    tabs: Sequence[Tabs]
    further: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def files_at(self) -> str:
        """Where all that the page loads lies, as seen from it."""
        return files_folder(self.report["run_id"])


def make_page_context(
    page: str,
    title: str,
    words: Words,
    report: Report,
    themes: Sequence[Theme],
    data: Mapping[str, Any],
    scripts: Sequence[str],
    *,
    tabs: Sequence[Tabs],
    tables: Sequence[str] = (),
    files: Sequence[str] = (),
    further: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    ranges: Ranges = NO_RANGES,
) -> PageContext:
    """The frame of one page; ``data`` is what its scripts read besides the data files."""
    warnings = warnings_of(report)
    shared = {
        "page": page,
        "tab": title,
        "languages": words.languages,
        "country": report["country"]["name"],
        "code": report["country"]["code"],
        "run_date": report["run_date"],
        "run": report["run_id"],
        "filesAt": files_folder(report["run_id"]),
        "status": report["status"],
        "synthetic": report["synthetic_layers"],
        "credits": credits_of(report),
        "warnings": [banner.as_json() for banner, _ in warnings],
        "watermark": warnings[0][1].key if warnings else "",
        "themes": [theme.as_json() | {"national": national_of(theme, report)} for theme in themes],
        "tables": list(tables),
        "hasBaseMap": base_map_of(report) is not None,
    }
    headlines = [headline_of(theme, report, ranges) for theme in themes]
    brought = [*(f"words-{code}" for code in words.languages), "communes", FILE, *tables, *files]
    return PageContext(
        page, title, words, report, headlines, {**shared, **data}, scripts, brought, tabs, further or {}, folder
    )


def banner_html(report: Report, words: Words) -> str:
    """What every page says above its figures: which edition it is, invented or synthetic data, older data, a hold."""
    template = templates().get_template("banner.html.j2")
    return template.render(words=words, warnings=warnings_of(report), held=_held(report))


def _held(report: Report) -> list[Saying]:
    return [*withheld_of(report), *hold_of(report), *held_of(report), *old_of(report)]


def render_page(template: str, frame: PageContext, bodies: Sequence[str] = (), libraries: Sequence[str] = ()) -> str:
    """The whole page as HTML. ``bodies`` and ``libraries`` go in as they are, already escaped."""
    return (
        templates(frame.folder)
        .get_template(template)
        .render(
            frame=frame,
            words=frame.words,
            report=frame.report,
            warnings=warnings_of(frame.report),
            held=_held(frame.report),
            banner_start=BANNER_START,
            banner_end=BANNER_END,
            balance=balance_of(frame.report),
            rows_of=rows_of,
            fetched_of=fetched_of,
            isochrone_km=f"{REACH_M / 1000:g}",
            styles=OWN_STYLES,
            first_scripts=FIRST_SCRIPTS,
            scripts=(*SHARED_SCRIPTS, *frame.scripts),
            libraries=libraries,
            bodies=bodies,
            policy=policy_of(frame.report),
            dataset=dataset_of(frame.report),
            **frame.further,
        )
    )
