"""What a site can show besides the commune table: earlier nights, towers and hubs, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coverage.maps.nights import Nights
from coverage.maps.pictures import Painted
from coverage.maps.points import Points
from coverage.maps.shapes import Drawn


@dataclass(frozen=True)
class Beside:
    """Each part may be absent; the pages then do without it, and draw the boundaries themselves."""

    nights: Nights = field(default_factory=Nights)
    points: Points | None = None
    pictures: Sequence[Painted] = ()
    drawn: Drawn | None = None
