"""Which row of a sheet is its header, and what each column is called."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from commune_coverage.readers.parsing.numbers import latin_digits

HEAD_ROWS = 60
_MAX_OF = 0.6
_NAME_CHARACTERS = 80
_NUMBER = re.compile(r"^[\s+-]*[\d.,:/°'’′\"”″\s-]*\d[\d.,:/°'’′\"”″\s%-]*[NSEW]?$", re.IGNORECASE)

Row = tuple[int, list[str]]


def header_position(rows: Sequence[Row], joined: Set[int] = frozenset()) -> int | None:
    """Find the header among a sheet's first rows.

    It is the first row that is filled for most of the table's width with names that differ, and has a row below.

    Parameters
    ----------
    rows : sequence of Row
        Sheet row and cells of the first rows that are not empty.
    joined : set of int
        Sheet rows in which cells merged sideways begin: titles and group names.

    Returns
    -------
    int or None
        Position in ``rows``; None where there is no table.
    """
    width = _usual_width(rows)
    if width < 1 or len(rows) < 2:
        return None
    for position, (line, cells) in enumerate(rows[:-1]):
        if line not in joined and _is_header(cells, width):
            return position
    return None


def _usual_width(rows: Sequence[Row]) -> int:
    """How many cells are filled in the rows of the table itself: the most usual count, of equals the largest."""
    counts = [sum(map(bool, cells)) for _, cells in rows]
    usual = max(set(counts), key=lambda count: (counts.count(count) * count, count), default=0)
    return int(usual)


def _is_header(cells: list[str], width: int) -> bool:
    filled = [cell for cell in cells if cell]
    if len(filled) < max(1, _MAX_OF * width):
        return False
    names = [cell for cell in filled if is_name(cell)]
    return len(names) >= _MAX_OF * len(filled) and len(names) >= len(filled) - 2


def titles_above(rows: Sequence[Row]) -> int:
    """Count the rows above a text file's header: titles and remarks, which fill less of the table's width.

    Parameters
    ----------
    rows : sequence of Row
        Line and fields of the first rows that are not blank.

    Returns
    -------
    int
        Position of the header in ``rows``; 0 where the first row is it, or where no later one is.
    """
    cells = [[cell.strip() for cell in fields] for _, fields in rows]
    width = _usual_width([(line, row) for (line, _), row in zip(rows, cells, strict=True)])
    position = next((i for i, row in enumerate(cells) if sum(map(bool, row)) >= _MAX_OF * width), 0)
    fits = width > 1 and position + 1 < len(rows) and _is_header(cells[position], width)
    return position if fits else 0


def is_name(cell: str) -> bool:
    """Tell whether a cell can be a column's name: short, with a letter in it, and no number or angle.

    Parameters
    ----------
    cell : str
        Text of the cell.

    Returns
    -------
    bool
        Whether it can.
    """
    text = latin_digits(cell)
    return len(text) <= _NAME_CHARACTERS and any(c.isalpha() for c in text) and not _NUMBER.match(text)


def numbered(names: list[str]) -> list[str]:
    """Give each column a name of its own: 'name' and 'name (2)'; 'column_3' where there is none.

    Parameters
    ----------
    names : list of str
        As the file has them.

    Returns
    -------
    list of str
        (columns,) names.
    """
    seen: dict[str, int] = {}
    own = []
    for name in (name or f"column_{position}" for position, name in enumerate(names, start=1)):
        seen[name] = seen.get(name, 0) + 1
        own.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return own


def column_names(header: list[str], groups: list[str]) -> list[str]:
    """Name columns, each once: a name that repeats gets its group's name before it, else a number behind it.

    Parameters
    ----------
    header : list of str
        Cells of the header row.
    groups : list of str
        Cells of the row above it.

    Returns
    -------
    list of str
        (columns,) names.
    """
    named = [" ".join(cell.split()) for cell in header]
    shown = [
        f"{group} {name}".strip() if name and named.count(name) > 1 and group and group != name else name
        for name, group in zip(named, [*groups, *[""] * len(named)], strict=False)
    ]
    return numbered(shown)
