"""The [maps] section of a country file: an optional base map under the communes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from commune_coverage.config.thresholds import Strict

_TEMPLATE = re.compile(r"(https://[A-Za-z0-9.-]+(:\d+)?/)?[A-Za-z0-9_{][A-Za-z0-9_./{}-]*")
_PARTS = ("{z}", "{x}", "{y}")


class Maps(Strict):
    """``base_map`` is a template of pictures: 'tiles/{z}/{x}/{y}.png' beside the pages, or of a server by https.

    Without it no page asks anything of any server.
    """

    base_map: str = Field("", max_length=300)
    base_map_attribution: str = Field("", max_length=300)
    base_map_zoom: int = Field(19, ge=0, le=24)

    @model_validator(mode="after")
    def _usable(self) -> Maps:
        if not self.base_map:
            return self
        if not _TEMPLATE.fullmatch(self.base_map) or ".." in self.base_map:
            raise ValueError(
                "base_map is a path beside the pages, or an https address, such as 'tiles/{z}/{x}/{y}.png'"
            )
        if missing := [part for part in _PARTS if part not in self.base_map]:
            raise ValueError(f"base_map lacks {', '.join(missing)}")
        if not self.base_map_attribution:
            raise ValueError("base_map_attribution is missing: whose base map is it, and under which licence?")
        return self


def origin_of(base_map: str) -> str:
    """The server that a template names, '' for one beside the pages."""
    parts = urlsplit(base_map)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme else ""
