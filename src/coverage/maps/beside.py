"""What a site can show besides the commune table: earlier nights, towers and hubs, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coverage.maps.nights import Nights
from coverage.maps.pictures import Picture
from coverage.maps.points import Points


@dataclass(frozen=True)
class Beside:
    """Each part may be absent; the pages then do without it."""

    nights: Nights = field(default_factory=Nights)
    points: Points | None = None
    pictures: Sequence[Picture] = ()
