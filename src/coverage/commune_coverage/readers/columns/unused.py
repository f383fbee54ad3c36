"""Columns of a file that nothing reads and that seem to say something: what the notes of a register tell."""

from __future__ import annotations

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.quarantine import printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.guess import guess_columns
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.columns.words import is_standing, plain_words
from commune_coverage.readers.parsing.text import LINE, attribute_text
from commune_coverage.schema.inputs import Table

_MIN_FIT = 0.6
_MAX_STATES = 30
_SHOWN = 5


def unused_columns(frame: pd.DataFrame, used: dict[str, str], table: Table, ref: FileRef) -> list[str]:
    """Say which columns are not used and seem to be declared ones.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    used : dict of str to str
        Declared column to the file's column.
    table : Table
        The declared columns.
    ref : FileRef
        The file.

    Returns
    -------
    list of str
        One sentence with the line that would use them, or none.
    """
    rest = frame[[name for name in frame.columns if name not in set(used.values())]]
    absent = [
        column
        for column in table.columns
        if column.name not in used and not column.required and column.name != "site_id"
    ]
    guesses = {guess.column: guess.source for guess in guess_columns(rest, absent, ref.vocabulary)}
    if not guesses:
        return []
    stated = {name: source for name, source in used.items() if name in ref.columns}
    seen = ", ".join(f"'{printable(source, 40)}'" for source in guesses.values())
    return [f"{ref.path.name}: not used: {seen}; to use them: columns = {toml_value(stated | guesses)}"]


def status_columns(frame: pd.DataFrame, ref: FileRef) -> list[str]:
    """Say which columns look like a status that some rows should be chosen by.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    ref : FileRef
        The file; a column that its ``where`` names is left out.

    Returns
    -------
    list of str
        A sentence for each.
    """
    stated = {plain_words(name) for name in ref.where}
    names = [str(name) for name in frame.columns if name != LINE and plain_words(str(name)) not in stated]
    likely = [name for name in names if names.count(name) == 1 and name_fit("status", name)[0] >= _MIN_FIT]
    return [sentence for name in likely if (sentence := _status(frame[name], name, ref))]


def _status(values: pd.Series, name: str, ref: FileRef) -> str:
    states = [text for text in pd.unique(attribute_text(values)) if text]
    if not 2 <= len(states) <= _MAX_STATES:
        return ""
    standing = [text for text in states if is_standing(text)]
    shown = ", ".join(f"'{printable(text, 40)}'" for text in states[:_SHOWN]) + (", …" if len(states) > _SHOWN else "")
    line = f"where = {toml_value({name: standing or ['…']})}"
    return (
        f"{ref.path.name}: the column '{printable(name, 40)}' looks like a status ({shown}); to take some "
        f"rows only: {line}"
    )
