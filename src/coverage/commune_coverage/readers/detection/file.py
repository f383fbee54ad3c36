"""A file of a stranger, recognised: its sheet, encoding, columns and coordinates, as lines for the country file."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.detection.columns import Guess, guess_columns
from commune_coverage.readers.detection.coordinates import Bounds, Positions, find_positions
from commune_coverage.readers.formats import encoding as text
from commune_coverage.readers.formats.csv import SHEET_SUFFIXES, TEXT_SUFFIXES, Headerless, is_spatial, read_table
from commune_coverage.readers.formats.vector import layer_names
from commune_coverage.readers.formats.xlsx import sheet_names
from commune_coverage.readers.safety.files import read_bytes
from commune_coverage.readers.towers.cells import OPENCELLID_COLUMNS, TECHNOLOGY_WORDS
from commune_coverage.schema.inputs import LAT, LON, Column, Table

LON_LAT_CONFIDENCE = 0.7  # of positions known by their values only, where no bounds can prove them


@dataclass(frozen=True)
class Recognition:
    """What a file seems to be. Nothing of it is applied: a person puts ``as_toml`` into the country file.

    ``guesses`` hold each file column once; only ``positions`` may name one column as both lon and lat.
    ``missing`` are required columns that were not found.
    """

    file: str
    rows: int
    guesses: list[Guess]
    positions: Positions | None = None
    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    is_spatial: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, str]:
        """Declared column -> file column, as the country file's ``columns`` would have it."""
        found = {guess.column: guess.source for guess in self.guesses}
        if self.positions is not None and not self.is_spatial:
            found |= {"lon": self.positions.lon, "lat": self.positions.lat}
        return found

    def as_toml(self) -> str:
        """The lines for the file's section of the country file."""
        lines = []
        for key in ("layer", "encoding", "delimiter"):
            value = getattr(self, key)
            if value is not None:
                lines.append(f"{key} = {toml_value(value)}")
        if self.header is not None:
            lines.append(f"header = {str(self.header).lower()}")
        if self.positions is not None and not self.is_spatial:
            for key, value in (("crs", self.positions.crs), ("decimal", self.positions.decimal)):
                if value is not None:
                    lines.append(f"{key} = {toml_value(value)}")
        mapped = {name: source for name, source in self.columns.items() if name != source}
        if mapped:
            lines.append(f"columns = {toml_value(mapped)}")
        return "\n".join(lines) + ("\n" if lines else "")

    def sentences(self) -> list[str]:
        """What was recognised, why, and what was not, each on a line of its own."""
        where = f", sheet or layer '{printable(self.layer, 40)}'" if self.layer else ""
        read = f", read as {self.encoding}" if self.encoding else ""
        told = [f"'{printable(self.file)}'{where}: {self.rows:,} rows{read}."]
        told += [
            f"{guess.column} seems to be '{printable(guess.source, 40)}' ({guess.confidence:.0%}): {guess.reason}."
            for guess in self.guesses
        ]
        if self.positions is not None:
            told += _told_positions(self.positions)
        if self.missing:
            told.append(f"Not recognised, and needed: {', '.join(self.missing)}.")
        return [*told, "Nothing of this is used until it stands in the country file."]


def _told_positions(found: Positions) -> list[str]:
    told = [f"Positions are {found.form}."]
    if found.decimal == ",":
        told.append("Their decimals have a comma.")
    if found.is_swapped:
        told.append("Longitudes and latitudes stand in each other's column; the lines take them crosswise.")
    if found.inside_share is not None:
        told.append(f"{found.inside_share:.0%} of the positions looked at lie in the country.")
    return told + [note[0].upper() + note[1:] + "." for note in found.notes]


def recognise(ref: FileRef, table: Table, bounds: Bounds | None = None) -> Recognition:
    """What the file's columns and coordinates are, as far as names and values tell.

    ``bounds`` (west, south, east, north in degrees) are the country's; without them zones of metres and swapped
    columns are mostly not told. What ``ref`` states already is taken as said. Raises what the readers raise, and
    UnreadableFileError naming the sheets or layers when several fit equally well.
    """
    tried = [_recognised(ref.model_copy(update={"layer": layer}), table, bounds) for layer in _layers(ref)]
    known = [found for found in tried if isinstance(found, Recognition)]
    if not known:
        raise next(found for found in tried if isinstance(found, CoverageError))
    best = max(map(_score, known))
    fitting = [found for found in known if _score(found) == best]
    if len(fitting) > 1:
        shown = ", ".join(printable(found.layer, 40) for found in fitting[:20])
        raise UnreadableFileError(f"'{ref.path.name}' has several tables that fit: {shown}; set layer = \"…\"")
    return fitting[0]


def _layers(ref: FileRef) -> list[str | None]:
    """The sheets or layers to look at; [None] for a file that has one table."""
    if ref.layer is not None:
        return [ref.layer]
    ending = ref.path.suffix.lower()
    if ending in TEXT_SUFFIXES:
        return [None]
    names = sheet_names(ref) if ending in SHEET_SUFFIXES else layer_names(ref)
    return list(names) if len(names) > 1 else [None]


def _score(found: Recognition) -> tuple[int, float]:
    """Fewer required columns missing first, then the sum of certainties."""
    return -len(found.missing), round(sum(guess.confidence for guess in found.guesses), 2)


def _recognised(ref: FileRef, table: Table, bounds: Bounds | None) -> Recognition | CoverageError:
    try:
        frame = read_table(ref, RowLog(table.name, ref.path.name), _headerless(ref, table))
    except CoverageError as error:
        return error
    guesses = guess_columns(frame, _declared(table))
    positions = find_positions(frame, guesses, bounds)
    if positions is not None and not is_spatial(ref):
        guesses = _with_positions(guesses, positions)
    elif positions is None:
        guesses = [guess for guess in guesses if guess.column not in ("lon", "lat")]
    encoding, delimiter = _writing(ref)
    named = {guess.column for guess in guesses} | ({"lon", "lat"} if positions else set())
    return Recognition(
        ref.path.name,
        len(frame),
        guesses,
        positions,
        ref.layer,
        encoding,
        delimiter,
        False if _is_headerless(frame, ref, table) else None,
        is_spatial(ref),
        [name for name in table.required if name not in named],
    )


def _declared(table: Table) -> list[Column]:
    """The table's columns, with a position where the layer may be points."""
    extra = [column for column in (LON, LAT) if table.name == "people" and column.name not in table.names]
    return [*table.columns, *extra]


def _with_positions(guesses: list[Guess], found: Positions) -> list[Guess]:
    """The guesses with lon and lat as the positions have them; one guess for a column that holds both."""
    others = [guess for guess in guesses if guess.column not in ("lon", "lat")]
    old = {guess.column: guess for guess in guesses}
    certainty = found.inside_share if found.inside_share is not None else LON_LAT_CONFIDENCE
    wanted = {"lon": found.lon} if found.lon == found.lat else {"lon": found.lon, "lat": found.lat}
    for column, source in wanted.items():
        same = old.get(column)
        kept = same if same is not None and same.source == source else None
        others.append(kept or Guess(column, source, round(certainty, 2), f"its values are positions: {found.form}"))
    return [guess for guess in others if guess.column in wanted or guess.source not in wanted.values()]


def _headerless(ref: FileRef, table: Table) -> Headerless | None:
    if table.name != "cells" or ref.path.suffix.lower() not in TEXT_SUFFIXES:
        return None
    return Headerless(OPENCELLID_COLUMNS, lambda first: first[0].strip().lower() in TECHNOLOGY_WORDS)


def _is_headerless(frame: pd.DataFrame, ref: FileRef, table: Table) -> bool:
    if _headerless(ref, table) is None or list(frame.columns[:-1]) != OPENCELLID_COLUMNS:
        return False
    return bool(len(frame)) and int(frame["line"].iloc[0]) == 1


def _writing(ref: FileRef) -> tuple[str | None, str | None]:
    """Encoding and delimiter of a text file where they are not the usual ones."""
    if ref.path.suffix.lower() not in TEXT_SUFFIXES:
        return None, None
    content, encoding = text.decode(read_bytes(ref.path), ref.encoding, ref.path.name)
    delimiter = ref.delimiter or text.guess_delimiter(text.one_line_end(content))
    return None if encoding in ("utf-8", "utf-8-sig") else encoding, None if delimiter == "," else delimiter
