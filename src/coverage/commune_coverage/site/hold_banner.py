"""A published site with another banner: all that it shows stays, every page says why it is not newer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.pages.layout import BANNER_END, BANNER_START, banner_html

_BELOW_BANNER = "<noscript>"


def draw_held(shown: Path, target: Path, report: Mapping[str, Any]) -> None:
    """The site in ``shown`` once more in ``target``, with the banner of ``report``, which has the hold.

    Files that stay are linked where the file system can link. ``target`` may be what a killed run left.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(shown, target, copy_function=_same_file)
    banner = banner_html(report, load_words(report["country"]["languages"]))
    for page in target.rglob("*.html"):
        text = _with_banner(page.read_bytes().decode("utf-8"), banner)
        page.unlink()
        page.write_bytes(text.encode("utf-8"))


def _same_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _with_banner(page: str, banner: str) -> str:
    """Names on a page are escaped: the marks of its banner are the only ones."""
    before, start, rest = page.partition(BANNER_START)
    after = rest.partition(BANNER_END)[2]
    if not start:  # a page of a version without marks
        before, _, after = page.partition(_BELOW_BANNER)
        after = _BELOW_BANNER + after
    return f"{before}{BANNER_START}{banner}{BANNER_END}{after}"
