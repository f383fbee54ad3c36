"""A file of a stranger, recognised: its sheet, encoding, columns and coordinates, as lines for the country file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from commune_coverage.config.layers import TEXT_SUFFIXES, FileRef, TowersFile
from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.guess import Guess, guess_columns, undecided_columns
from commune_coverage.readers.columns.unused import status_columns
from commune_coverage.readers.detection.coordinates import Positions, find_positions, sampled_places, shape_positions
from commune_coverage.readers.detection.extent import Extent, extent_of
from commune_coverage.readers.detection.layer_keys import for_layer, known_and_unneeded
from commune_coverage.readers.detection.layouts import boundary_layout
from commune_coverage.readers.detection.unit_lines import units_told
from commune_coverage.readers.formats import encoding as text
from commune_coverage.readers.formats.csv import SHEET_SUFFIXES, Headerless, is_spatial, read_table
from commune_coverage.readers.formats.vector import layer_names, shape_kind
from commune_coverage.readers.formats.xlsx import ALL_SHEETS, sheet_names
from commune_coverage.readers.measured.speed_tests import raw_rows
from commune_coverage.readers.parsing.coordinates import Floats
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import duplicated
from commune_coverage.readers.safety.files import read_bytes
from commune_coverage.readers.towers.cells import CELL_KEY, OPENCELLID_COLUMNS, is_shared
from commune_coverage.readers.towers.technologies import is_technology
from commune_coverage.readers.towers.technology_columns import flag_columns, technology_flags
from commune_coverage.schema.inputs import LAT, LON, Column, Table

IDENTITY = frozenset({*CELL_KEY, "operator", "network", "band_mhz"})
MAX_CANDIDATES = 6
MAX_SHOWN = 20
LON_LAT_CONFIDENCE = 0.7  # of positions known by their values only, where no bounds can prove them


@dataclass(frozen=True)
class Recognition:
    """What a file seems to be. Nothing of it is applied: a person puts ``as_toml`` into the country file.

    ``guesses`` hold each file column once; only ``positions`` may name one column as both lon and lat. ``missing`` are
    required columns that were not recognised, ``keys`` further keys of the section such as ``format``, ``unused``
    columns of the file that are none of the layer's, ``kind`` the shapes of a spatial file ('points', 'lines',
    'polygons'), ``class_words`` some values of a column of classes. ``places`` are longitudes and latitudes of a
    sample, by the reference system, ``technology_words`` some values of a column of technologies. ``flags`` are
    columns of yes and no, one a technology; ``known`` columns of such files that no figure needs; ``units`` the units
    that names and values of columns tell, by declared column. ``undecided`` are declared columns that several of the
    file could be.
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
    needed: list[str] = field(default_factory=list)
    keys: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    kind: str = ""
    class_words: tuple[str, ...] = ()
    places: dict[str, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)
    flags: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    technology_words: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Map each declared column to the file column.

        Returns
        -------
        dict[str, str]
            Declared column to file column, as the country file's ``columns`` has it.
        """
        columns = {guess.column: guess.source for guess in self.guesses}
        if self.positions is not None and not self.is_spatial:
            columns = {name: source for name, source in columns.items() if name not in ("lon", "lat")}
            columns |= self.positions.columns
        return columns

    @property
    def _made(self) -> tuple[str, ...]:
        """Declared columns that are made of others, and so are no column of the file."""
        return ("technology",) * bool(self.flags)

    @property
    def confidence(self) -> float:
        """How sure the whole is, 0 to 1: as sure as its least sure needed part, and none where one is missing."""
        if self.missing:
            return 0.0
        needed = [guess.confidence for guess in self.guesses if guess.column in self.needed]
        inside = None if self.positions is None else self.positions.inside_share
        if self.positions is not None and self.positions.is_wider:
            inside = LON_LAT_CONFIDENCE
        is_open = self.positions is not None and bool(self.positions.candidates)
        is_open = is_open or "default_class" in self.keys
        return min([1.0, *needed, *([] if inside is None else [inside]), *([0.5] if is_open else [])])

    def as_toml(self) -> str:
        """Write the lines for the file's section of the country file.

        Returns
        -------
        str
            TOML.
        """
        lines = [f"{key} = {toml_value(value)}" for key, value in self.keys.items()]
        for key in ("layer", "encoding", "delimiter"):
            value = getattr(self, key)
            if value is not None:
                lines.append(f"{key} = {toml_value(value)}")
        if self.header is not None:
            lines.append(f"header = {str(self.header).lower()}")
        if self.positions is not None:
            for key, value in (("crs", self.positions.crs), ("decimal", self.positions.decimal)):
                if value is not None:
                    lines.append(f"{key} = {toml_value(value)}")
            lines += [
                f'# crs = "{system.crs}"  # {system.name}' for system in self.positions.candidates[:MAX_CANDIDATES]
            ]
        mapped = {
            name: {"column": source, "unit": self.units[name]} if name in self.units else source
            for name, source in self.columns.items()
            if name != source or name in self.units or self.layer == ALL_SHEETS
        }
        if mapped:
            lines.append(f"columns = {toml_value(mapped)}")
        lines += [f"# {line}" for note in self.notes for line in note.split("rows only: ")[1:]]
        return "\n".join(lines) + ("\n" if lines else "")

    def sentences(self) -> list[str]:
        """Write what was recognised, why, and what was not.

        Returns
        -------
        list of str
            One sentence a line.
        """
        where = f", sheet or layer '{printable(self.layer, 40)}'" if self.layer else ""
        read = f", read as {self.encoding}" if self.encoding else ""
        lines = [f"'{printable(self.file)}'{where}: {self.rows:,} rows{read}."]
        lines += [
            f"{guess.column} seems to be '{printable(guess.source, 40)}' ({guess.confidence:.0%}): {guess.reason}."
            for guess in self.guesses
            if not (self.is_spatial and guess.column in ("lon", "lat")) and guess.column not in self._made
        ]
        lines += [f"technology is yes and no in {_listed(self.flags)}."] * bool(self.flags)
        lines += [f"{name} is in {unit}." for name, unit in self.units.items()]
        if self.is_spatial and self.positions is not None:
            lines.append("Positions are those of its shapes.")
            lines += _position_sentences(self.positions)[1:]
        elif self.positions is not None:
            lines += _position_sentences(self.positions)
        lines += self.notes
        if self.missing:
            lines.append(f"Not recognised, and needed: {', '.join(self.missing)}.")
        lines += [f"Known in files of this kind, and needed for nothing: {_listed(self.known)}."] * bool(self.known)
        lines += [f"Not used: {_listed(self.unused)}."] * bool(self.unused)
        lines.append(f"As a whole this is {self.confidence:.0%} sure.")
        return [*lines, "Nothing of this is used until it stands in the country file."]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{printable(name, 40)}'" for name in names[:MAX_SHOWN])
    return shown + " and more" * (len(names) > MAX_SHOWN)


def _position_sentences(positions: Positions) -> list[str]:
    lines = [f"Positions are {positions.form}."]
    if positions.decimal == ",":
        lines.append("Their decimals have a comma.")
    if positions.is_swapped:
        lines.append("Longitudes and latitudes stand in each other's column; the lines take them crosswise.")
    lines += [
        f"{system.crs} ({system.name}): {system.share:.0%} of them in the country"
        + (", with eastings and northings exchanged" if system.is_swapped else "")
        + "; to choose it, keep its line."
        for system in positions.candidates[:MAX_CANDIDATES]
    ]
    if positions.inside_share is not None and not positions.candidates:
        lines.append(f"{positions.inside_share:.0%} of the positions looked at lie in the country.")
    return lines + [note[0].upper() + note[1:] + "." for note in positions.notes]


def recognise(
    ref: FileRef, table: Table, country: Extent | Bounds | None = None, languages: Sequence[str] = ()
) -> Recognition:
    """Recognise the file's columns and coordinates, as far as names and values show.

    What ``ref`` states already is taken as it is. Without a country, zones of metres and exchanged columns
    are mostly not recognised.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    table : Table
        The declared table of the layer.
    country : Extent, Bounds or None
        Where the country lies, or its west, south, east, north in degrees; None where it is not known.
    languages : sequence of str
        Languages of the country.

    Returns
    -------
    Recognition
        What was recognised.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, or several sheets or layers fit equally well; the message names them.
    """
    extent = extent_of(country)
    tried = [_recognised(ref.model_copy(update={"layer": layer}), table, extent, languages) for layer in _layers(ref)]
    known = [recognition for recognition in tried if isinstance(recognition, Recognition)]
    if not known:
        raise next(recognition for recognition in tried if isinstance(recognition, CoverageError))
    best = max(map(_score, known))
    fitting = [recognition for recognition in known if _score(recognition) == best]
    if len(fitting) > 1 and _are_parts(fitting, ref):
        united = _recognised(ref.model_copy(update={"layer": ALL_SHEETS}), table, extent, languages)
        if isinstance(united, Recognition):
            return united
    if len(fitting) > 1:
        shown = ", ".join(printable(recognition.layer, 40) for recognition in fitting[:20])
        raise UnreadableFileError(f"'{ref.path.name}' has several tables that fit: {shown}; set layer = \"…\"")
    return fitting[0]


def _are_parts(fitting: list[Recognition], ref: FileRef) -> bool:
    """Whether sheets hold parts of one table, such as one for each province: the same columns, and no row twice."""
    if ref.path.suffix.lower() not in SHEET_SUFFIXES or fitting[0].missing:
        return False
    layouts = {(tuple(sorted(one.columns.items())), tuple(sorted(one.unused)), str(one.keys)) for one in fitting}
    if len(layouts) > 1:
        return False
    rows = read_table(ref.model_copy(update={"layer": ALL_SHEETS}), RowLog("", ref.path.name))
    return not rows.drop(columns=[LINE, "sheet"]).replace("", np.nan).dropna(thresh=3).duplicated().any()


def _layers(ref: FileRef) -> list[str | None]:
    """Return the sheets or layers to look at; [None] for a file that has one table."""
    if ref.layer is not None:
        return [ref.layer]
    ending = ref.path.suffix.lower()
    if ending in TEXT_SUFFIXES:
        return [None]
    names = sheet_names(ref) if ending in SHEET_SUFFIXES else layer_names(ref)
    return list(names) if len(names) > 1 else [None]


def _score(recognition: Recognition) -> tuple[int, float]:
    """Fewer required columns missing first, then the sum of certainties."""
    return -len(recognition.missing), round(sum(guess.confidence for guess in recognition.guesses), 2)


def _recognised(
    ref: FileRef, table: Table, country: Extent | None, languages: Sequence[str]
) -> Recognition | CoverageError:
    try:
        frame, flags = _rows(ref, table)
    except CoverageError as error:
        return error
    layout = boundary_layout(frame, languages) if table.name == "communes" else []
    guessed = guess_columns(frame, _declared(table, ref), ref.vocabulary)
    guesses = layout or (_finest_as_communes(guessed, frame) if table.name == "communes" else guessed)
    guesses = [guess for guess in guesses if guess.column != "cell_id" or not _is_shared(guess.source, guesses, frame)]
    has_positions = "lon" in [column.name for column in _declared(table, ref)]
    positions = None
    if has_positions and "quadkey" not in frame:
        positions = shape_positions(frame, country) if is_spatial(ref) else find_positions(frame, guesses, country)
    if positions is not None and not is_spatial(ref):
        guesses = _with_positions(guesses, positions)
    elif positions is None:
        guesses = [guess for guess in guesses if guess.column not in ("lon", "lat")]
    encoding, delimiter = _writing(ref)
    headerless = _is_headerless(frame, ref, table)
    located = positions is not None or "quadkey" in frame
    named = {guess.column for guess in guesses} | ({"lon", "lat"} if located else set())
    found = for_layer(table, ref, frame, named, is_headerless=headerless)
    used = {guess.source for guess in guesses} | (set(positions.columns.values()) if positions else set())
    rest = [str(name) for name in frame.columns if name not in (LINE, "lon", "lat", *used, *flags)]
    known = known_and_unneeded(rest, found.keys)
    open_columns = undecided_columns(frame, _declared(table, ref), ref.vocabulary)
    told = units_told(frame, table, {guess.column: guess.source for guess in guesses}, ref)
    return Recognition(
        ref.path.name,
        len(frame),
        guesses,
        positions,
        ref.layer,
        encoding,
        delimiter,
        False if headerless else None,
        is_spatial(ref),
        [name for name in found.needed if name not in named],
        list(found.needed),
        dict(found.keys),
        [*found.notes, *_questions(open_columns), *told.notes, *status_columns(frame, ref)],
        [name for name in rest if name not in known],
        shape_kind(ref) if is_spatial(ref) else "",
        _words_in("class", frame, guesses),
        {} if positions is None else sampled_places(frame, positions, country),
        flags,
        known,
        told.units,
        tuple(open_columns),
        _words_in("technology", frame, guesses),
    )


def _questions(undecided: dict[str, list[str]]) -> list[str]:
    """Say which declared columns a person has to choose."""
    return [
        f'{column} could be each of {_listed(sources)}: choose one, columns = {{ {column} = "…" }}, '
        "or make a row of each"
        for column, sources in undecided.items()
    ]


def _words_in(column: str, frame: pd.DataFrame, guesses: list[Guess]) -> tuple[str, ...]:
    source = next((guess.source for guess in guesses if guess.column == column), None)
    return () if source is None else tuple(map(str, pd.unique(frame[source])[:MAX_SHOWN]))


def _rows(ref: FileRef, table: Table) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows, with one column of technologies in the place of those of yes and no, which are named too."""
    log = RowLog(table.name, ref.path.name)
    if table.name == "speed_tests":
        return raw_rows(ref, log), ()
    frame = read_table(ref, log, _headerless(ref, table))
    if table.name != "cells":
        return frame, ()
    joined = technology_flags(frame, TowersFile(path=ref.path), log)[0]
    return joined, () if joined is frame else tuple(flag_columns(frame).values())


def _is_shared(source: str, guesses: list[Guess], frame: pd.DataFrame) -> bool:
    """Whether a column's numbers are those of sites: rows repeat them with operator, technology, band and area."""
    keys = [guess.source for guess in guesses if guess.column in IDENTITY]
    keys += ["technology"] * ("technology" in frame)
    return is_shared(duplicated(frame, list(dict.fromkeys([source, *keys]))))


def _finest_as_communes(guesses: list[Guess], frame: pd.DataFrame) -> list[Guess]:
    """Guesses in which the finest level that a file has codes of is the communes, where none is called so."""
    sources = {guess.column: guess.source for guess in guesses}
    if "commune_code" in sources:
        return guesses
    for level in ("district", "province"):
        if f"{level}_code" in sources and frame[sources[f"{level}_code"]].is_unique:
            columns = {f"{level}_{part}": f"commune_{part}" for part in ("code", "name")}
            return [replace(guess, column=columns.get(guess.column, guess.column)) for guess in guesses]
    return guesses


def _declared(table: Table, ref: FileRef) -> list[Column]:
    """Return the table's columns, with a position where the layer may be points."""
    may_be_points = table.name == "people" or (table.name == "fibre" and not is_spatial(ref))
    extra = [column for column in (LON, LAT) if may_be_points and column.name not in table.names]
    return [*table.columns, *extra]


def _with_positions(guesses: list[Guess], positions: Positions) -> list[Guess]:
    """Return the guesses with lon and lat as the positions have them; one guess for a column that holds both."""
    others = [guess for guess in guesses if guess.column not in ("lon", "lat")]
    old = {guess.column: guess for guess in guesses}
    inside = None if positions.is_wider else positions.inside_share
    certainty = LON_LAT_CONFIDENCE if inside is None else inside
    wanted = {"lon": positions.lon} if positions.lon == positions.lat else positions.columns
    for column, source in wanted.items():
        same = old.get(column)
        known = same if same is not None and same.source == source else None
        reason = f"its values are positions: {positions.form}"
        others.append(known or Guess(column, source, round(certainty, 2), reason))
    return [guess for guess in others if guess.column in wanted or guess.source not in wanted.values()]


def _headerless(ref: FileRef, table: Table) -> Headerless | None:
    if table.name != "cells" or ref.path.suffix.lower() not in TEXT_SUFFIXES:
        return None
    return Headerless(OPENCELLID_COLUMNS, lambda first: is_technology(first[0]))


def _is_headerless(frame: pd.DataFrame, ref: FileRef, table: Table) -> bool:
    if _headerless(ref, table) is None or list(frame.columns[:-1]) != OPENCELLID_COLUMNS:
        return False
    return bool(len(frame)) and int(frame[LINE].iloc[0]) == 1


def _writing(ref: FileRef) -> tuple[str | None, str | None]:
    """Return encoding and delimiter of a text file where they are not the usual ones."""
    if ref.path.suffix.lower() not in TEXT_SUFFIXES:
        return None, None
    content, encoding = text.decode(read_bytes(ref.path), ref.encoding, ref.path.name)
    delimiter = ref.delimiter or text.guess_delimiter(text.one_line_end(content))
    return None if encoding in ("utf-8", "utf-8-sig") else encoding, None if delimiter == "," else delimiter
