"""A page taken apart: its tags, its text and the data blocks that its scripts read."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from commune_coverage.site.i18n.line_breaks import NO_BREAK_SPACE, WORD_JOINER


def page_files(site: Path) -> Path:
    """The folder of what the pages of a site load; the newest update's where there are several."""
    return site / json.loads((site / "update.json").read_text(encoding="utf-8"))["run"]


class Page(HTMLParser):
    """``tags`` are (name, attributes) pairs; ``scripts`` the texts of script elements; ``text`` as it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._is_script = False
        beside = page_files(path.parent) / f"{path.stem}.map.js"
        self.map_script = beside.read_text(encoding="utf-8") if beside.is_file() else ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._is_script = tag == "script"
        if self._is_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_script = False

    def handle_data(self, data: str) -> None:
        if self._is_script:
            self.scripts[-1] += data
        else:
            self.text += data.replace(NO_BREAK_SPACE, " ").replace(WORD_JOINER, "")

    @property
    def addresses(self) -> list[str]:
        """Everything that the page names to be loaded or opened."""
        return [value for _, attrs in self.tags for key, value in attrs.items() if key in ("src", "href") and value]

    @property
    def data(self) -> dict[str, Any]:
        """The data block of the page's own scripts."""
        return json.loads(next(script for script in self.scripts if script.startswith('{"')))


def taken(site: Path, name: str) -> Any:
    """What a data file hands to the pages."""
    script = (page_files(site) / "data" / f"{name}.js").read_text(encoding="utf-8")
    start = f"coverage.take({json.dumps(name)},"
    assert script.startswith(start)
    assert script.endswith(");\n")
    return json.loads(script[len(start) : -3])


def figures_of(site: Path, row: int) -> dict[str, Any]:
    """Every figure that the pages have of one commune, in its own unit."""
    part_name = f"parts/{taken(site, 'communes')['part'][row]}"
    found = {}
    for name in (part_name, "gaps"):
        table = taken(site, name)
        place = table["rows"].index(row) if "rows" in table else row
        for column, values in table["columns"].items():
            value = values[place]
            found[column] = None if value is None else value / table["units"][column]
    return found
