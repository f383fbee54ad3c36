"""The frame that all pages share: templates, language data, and a policy that forbids the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from coverage.maps.facts import (
    Headline,
    Report,
    balance_of,
    headline_of,
    held_of,
    hold_of,
    old_of,
    rows_of,
    warnings_of,
)
from coverage.maps.page_assets import OWN_SCRIPTS, OWN_STYLES
from coverage.maps.theme import Theme
from coverage.maps.words import Words

# Files beside the page may run and show; nothing that is written in it runs, no request leaves for any network.
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self' file:", "style-src 'self' file:", "img-src 'self' file: data:",
    "font-src 'self' file:", "base-uri 'none'", "form-action 'none'",
))  # fmt: skip

TABS = {
    "index": "tab_overview",
    "internet": "tab_internet",
    "delivery": "tab_delivery",
    "payment": "tab_payment",
    "changes": "tab_changes",
}


@cache
def templates() -> Environment:
    """The template environment: everything is escaped unless a template says otherwise."""
    environment = Environment(
        loader=PackageLoader("coverage.maps"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = "{:g}".format
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False, "separators": (",", ":")}
    return environment


@dataclass(frozen=True)
class Frame:
    """What the shell of a page is filled with; ``headlines`` has one entry per theme of the page."""

    page: str
    words: Words
    report: Report
    headlines: list[Headline]
    data: dict[str, Any]
    scripts: Sequence[str]


def make_frame(
    page: str, words: Words, report: Report, themes: Sequence[Theme], data: dict[str, Any], scripts: Sequence[str]
) -> Frame:
    """The frame of one page; ``data`` is what its scripts read besides the words."""
    shared = {
        "tab": TABS[page],
        "languages": words.languages,
        "words": words.texts,
        "country": report["country"]["name"],
        "night": report["night"],
    }
    headlines = [headline_of(theme, report) for theme in themes]
    return Frame(page, words, report, headlines, {**shared, **data}, scripts)


def render_page(
    template: str, frame: Frame, body: str = "", libraries: Sequence[str] = (),
    further: Mapping[str, Any] = MappingProxyType({}),
) -> str:  # fmt: skip
    """The whole page as HTML. ``body`` and ``libraries`` go in as they are, already escaped.

    ``further`` are the template's own values.
    """
    return (
        templates()
        .get_template(template)
        .render(
            frame=frame,
            tabs=TABS,
            words=frame.words,
            report=frame.report,
            warnings=warnings_of(frame.report),
            held=[*hold_of(frame.report), *held_of(frame.report), *old_of(frame.report)],
            balance=balance_of(frame.report),
            rows_of=rows_of,
            styles=OWN_STYLES,
            scripts=(*OWN_SCRIPTS, *frame.scripts),
            libraries=libraries,
            body=body,
            policy=POLICY,
            **further,
        )
    )
