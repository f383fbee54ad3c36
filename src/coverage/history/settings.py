"""How long nights are kept."""

from __future__ import annotations

from pydantic import Field

from coverage.assumptions import Strict


class History(Strict):
    """``runs`` are kept whole with their pages; tables of all nights for ``days``, then of the first of each month."""

    runs: int = Field(14, ge=2, le=1000)
    days: int = Field(400, ge=1)
