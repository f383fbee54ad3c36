"""A text of the pages by its key: what code passes on that shows no text itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Saying:
    """A text of the catalogues by its key, with the values for its {placeholders}.

    A value that is a list holds further keys, whose texts are joined by commas in the same language.
    """

    key: str
    values: Mapping[str, str | list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "values": dict(self.values)}
