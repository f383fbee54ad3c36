"""Rows set aside: where each one was, what was wrong with it, and the count that must balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice


class Reason(StrEnum):
    """Why a row was set aside. The text is what users read; the name is stable."""

    RAGGED_ROW = "the row has more or fewer fields than the header"
    MISSING_VALUE = "a required value is missing"
    NOT_A_NUMBER = "a value that must be a number is not one"
    NOT_A_DATE = "a value that must be a date is not one, or can be two"
    OUT_OF_RANGE = "a value is outside its possible range"
    COORDINATE_MISSING = "the position is missing or not finite"
    COORDINATE_OUT_OF_RANGE = "the position is not on the globe or outside its reference system"
    UNKNOWN_HEMISPHERE = "whether the position is north or south, east or west is not known"
    UNKNOWN_SYSTEM = "the reference system that the row states is not known"
    NULL_ISLAND = "the position is (0, 0), which stands for an unknown one"
    SWAPPED_COORDINATES = "longitude and latitude look swapped"
    DUPLICATE_ID = "the same identifier was already read"
    DUPLICATE_ROW = "the same row stands in the file before"
    UNITED = "the same thing is in another file with better evidence and was united with it"
    UNKNOWN_TECHNOLOGY = "the radio technology is not one of 2G to 5G"
    NO_INTERNET = "the radio technology carries no mobile internet (NB-IoT, LTE-M, GSM-R)"
    UNKNOWN_CLASS = "the class or tags are not mapped to a kind of point"
    UNKNOWN_PATTERN = "the country file lists no antenna pattern of that name"
    UNSURE = "the confidence is below the min_confidence of the country file"
    NOT_OPEN = "the way is not there yet, or nobody may use it"
    NO_GEOMETRY = "the feature has no usable geometry"
    MISSING_CODE = "the commune has no code"
    NEGATIVE_PEOPLE = "the number of people is negative"
    IMPLAUSIBLE_PEOPLE = "the number of people is too large to be one (an undeclared nodata?)"
    SHARES_NOT_ONE = "the shares of a code that was split or merged do not sum to 1"
    UNKNOWN_REFERENCE = "what the row refers to is not in the timetable"
    MODES_NOT_ONE = "the shares of what people travel with do not add up to 1"
    UNMATCHED_CODE = "the code matches no commune and no certain place was found"


@dataclass
class Blanked:
    """How many cells of a column were left blank for one reason, and the first of them."""

    cells: int = 0
    examples: list[dict[str, object]] = field(default_factory=list)


EXAMPLES = 5
SAMPLE = 300


@dataclass
class RowLog:
    """Counts for one file: ``read == kept + neighbours + out_of_area + quarantined + filtered``.

    ``filtered`` are rows that the country file's ``where`` leaves out, or that are of nothing the layer is for.
    ``unlisted`` counts quarantined raster cells beyond those listed one by one. ``blanked`` are optional cells that
    hold nothing usable, by column and reason; their rows count as the others do. ``bare`` counts the rows of which no
    optional cell is left so. ``outside`` are the first rows out of the area, ``outside_sample`` longitudes and
    latitudes of some of them.
    """

    layer: str
    file: str
    read: int = 0
    kept: int = 0
    neighbours: int = 0
    out_of_area: int = 0
    filtered: int = 0
    unlisted: int = 0
    rows: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    blanked: dict[tuple[str, Reason], Blanked] = field(default_factory=dict)
    blanked_lines: set[int] = field(default_factory=set, repr=False)
    bare: int = 0
    outside: list[dict[str, object]] = field(default_factory=list)
    outside_sample: list[tuple[float, float]] = field(default_factory=list, repr=False)

    @property
    def quarantined(self) -> int:
        return len(self.rows) + self.unlisted

    def set_aside(self, lines: Iterable[int], reason: Reason, details: Sequence[str] | str = "") -> None:
        """Quarantine the rows at ``lines`` (physical line, sheet row or feature number)."""
        lines = [int(line) for line in lines]
        texts = [details] * len(lines) if isinstance(details, str) else list(details)
        for line, text in zip(lines, texts, strict=True):
            self.rows.append(
                {
                    "layer": self.layer,
                    "file": self.file,
                    "line": line,
                    "reason_code": reason.name.lower(),
                    "reason": reason.value,
                    "detail": printable(text),
                }
            )

    def blank(self, column: str, reason: Reason, lines: Iterable[int], values: Sequence[object]) -> None:
        """Count cells of ``column`` that are left blank, and keep the first ones with their lines."""
        blanked = self.blanked.setdefault((column, reason), Blanked())
        blanked.cells += len(values)
        lines = [int(line) for line in lines]
        self.blanked_lines.update(lines)
        shown = islice(zip(lines, values, strict=True), EXAMPLES - len(blanked.examples))
        blanked.examples += [{"line": line, "value": printable(value)} for line, value in shown]

    def leave_outside(self, lines: Sequence[int], places: Sequence[tuple[float, float]] = ()) -> None:
        """Count rows out of the area, and keep the first lines and a sample of where they lie (degrees)."""
        self.out_of_area += len(lines)
        details = [f"lon {lon:.5g}, lat {lat:.5g}" for lon, lat in islice(places, EXAMPLES)] or [""] * EXAMPLES
        shown = islice(zip(lines, details, strict=False), EXAMPLES - len(self.outside))
        self.outside += [{"line": int(line), "detail": detail} for line, detail in shown]
        self.outside_sample += places[:: max(1, len(places) // SAMPLE)]

    def outside_sentence(self) -> str:
        """Where the first rows out of the area stand in the file; '' for none."""
        if not self.outside:
            return ""
        shown = ", ".join(f"line {each['line']}: {each['detail']}".rstrip(": ") for each in self.outside[:3])
        return f"out of area: {shown}" + (", …" if self.out_of_area > len(self.outside[:3]) else "")

    def blanked_sentences(self) -> list[str]:
        """One sentence for each column and reason, with the first lines."""
        return [
            f"{column}: {blanked.cells:,} cell{'s' if blanked.cells > 1 else ''} left blank, {reason.value} ("
            + ", ".join(f"line {each['line']}: {each['value']!r}" for each in blanked.examples[:3])
            + (", …)" if blanked.cells > 3 else ")")
            for (column, reason), blanked in self.blanked.items()
        ]

    def note(self, text: str) -> None:
        """Record a repair or an observation for the report."""
        self.notes.append(printable(text, limit=500))

    def reasons(self) -> dict[str, int]:
        return dict(sorted(Counter(str(row["reason_code"]) for row in self.rows).items()))

    def is_balanced(self) -> bool:
        return self.read == self.kept + self.neighbours + self.out_of_area + self.quarantined + self.filtered


def printable(text: object, limit: int = 120) -> str:
    """One line, no control characters, cut at ``limit``: safe for a log or a report."""
    flat = "".join(c if c.isprintable() else " " for c in str(text))
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
