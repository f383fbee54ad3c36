"""Decimal and thousands marks of a column: what each value allows, and what all of them together decide.

A value speaks for a way of writing when it can be read in no other: '3.506.730' and '12,5' for the decimal comma,
'5,06,398' and '12.5' for the decimal point. '1.234' and '12,345' allow both. In a column of whole things (people,
anything declared an integer) they are thousands. A value beyond the column's bounds is none. A few odd cells never
decide: they are no numbers then.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from commune_coverage.config.layers import NumberFormat
from commune_coverage.core.errors import AmbiguousNumbersError
from commune_coverage.core.quarantine import printable
from commune_coverage.schema.inputs import Column

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_FEW = 0.05
_MOST = 0.8
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−‒–—", "-"),
        **dict.fromkeys("\t\u00a0\u2002\u2003\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("’‘ʼ′`´٬", "'"),
        "\u200b": "",
        "\ufeff": "",
    }
)
_ARABIC_DECIMAL = "\u066b"
_BRACKETED = r"\((?:\d{1,2}|[A-Za-z*†‡]{1,2})\)|\[(?:\d{1,3}|[A-Za-z]{1,2})\]"
_FOOTNOTE = rf"(?:{_BRACKETED}|[*†‡§¹²³⁰⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᵖʳ]+)"
_DECIMALS = r"^[+-]?[0-9]+[.,](?:[0-9]{1,2}|[0-9]{4,})$"
_THREE = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"


@dataclass(frozen=True)
class Doubt:
    """A value that both ways of writing allow, and nothing in the column that decides."""

    text: str

    def error(self, column: str) -> AmbiguousNumbersError:
        """Make the refusal, which shows both readings and what to state.

        Parameters
        ----------
        column : str
            Name of the declared column.

        Returns
        -------
        AmbiguousNumbersError
            To be raised.
        """
        mark = "." if "." in self.text else ","
        other = "," if mark == "." else "."
        grouped, plain = self.text.replace(mark, ","), self.text.replace(mark, ".")
        return AmbiguousNumbersError(
            f"{column}: {printable(self.text, 40)} is {printable(grouped, 40)} or {printable(plain, 40)}; "
            f'set decimal = "{other}" or thousands = "{mark}" for the first, decimal = "{mark}" for the second'
        )


@dataclass(frozen=True)
class Writing:
    """How a column's numbers turned out to be written; ``footnotes`` counts the cells with a mark set aside.

    ``thousands`` says of a dot or comma that was taken for a thousands mark unasked, with an example.
    """

    marks: NumberFormat
    doubt: Doubt | None = None
    footnotes: int = 0
    example: str = ""
    thousands: str = ""


@dataclass(frozen=True)
class _Votes:
    """How many values can only be read with a decimal point or comma, and how many allow both, by their mark."""

    point: int
    comma: int
    dotted: int
    with_comma: int
    point_fractions: int
    comma_fractions: int
    ungrouped: int


def tidy_numbers(texts: pa.Array, footnotes: tuple[str, ...] = ()) -> tuple[pa.Array, Flags]:
    """Write digits, blanks, signs and apostrophes in one way, and take footnote marks off.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) text.
    footnotes : tuple of str
        Marks behind a number, such as 'e', besides those that are known.

    Returns
    -------
    texts : pyarrow.Array
        (n,) tidy text.
    noted : ndarray of bool
        (n,) whether a footnote mark was taken off.
    """
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pa.array([_tidy(text) for text in texts.to_pylist()], pa.large_string())
    texts = pc.utf8_trim_whitespace(texts)
    stated = "".join(f"|{re.escape(mark)}" for mark in footnotes)
    bare = pc.replace_substring_regex(texts, rf"^(.*?[0-9])\s*(?:(?:{_FOOTNOTE}{stated})\s*)+$", r"\1")
    bare = pc.replace_substring_regex(bare, r"^[*†‡§]+\s*([+-]?[0-9].*)$", r"\1")
    return bare, np.asarray(pc.not_equal(bare, texts), dtype=bool)


def _tidy(text: str) -> str:
    digits = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text).translate(_SIGNS)
    # No other way to read it than as a decimal: a further digit makes it so for the dot as well.
    return digits.replace(_ARABIC_DECIMAL, ".") + "0" if _ARABIC_DECIMAL in digits else digits


def marks_of(texts: pa.Array, counts: Ints, written: NumberFormat, column: Column | None) -> NumberFormat | Doubt:
    """Decide how a column's numbers are written.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) tidy texts, each once.
    counts : ndarray of int64
        (n,) how often each stands in the column.
    written : NumberFormat
        What is stated of it.
    column : Column or None
        Its declaration.

    Returns
    -------
    NumberFormat or Doubt
        The marks; a doubt where a value can be read in two ways and nothing decides.
    """
    point, comma = (replace(written, decimal=mark) for mark in ".,")
    if written.decimal is not None:
        return point if written.decimal == "." else comma
    if written.thousands in (".", ","):
        return comma if written.thousands == "." else point
    if not pc.any(pc.match_substring_regex(texts, r"[.,]")).as_py():
        return written
    votes, doubt = _count(texts, counts, _reading(texts, point, column), _reading(texts, comma, column))
    if written.typed:
        votes = replace(votes, ungrouped=0)
    decimal = _of_whole(votes) if is_whole(column) else _of_any(votes)
    if decimal is None:
        return Doubt(doubt)
    return point if decimal == "." else comma


def _reading(texts: pa.Array, marks: NumberFormat, column: Column | None) -> Floats:
    """Numbers of one way of writing, without those that the column cannot hold."""
    numbers = read_marked(texts, marks)
    if column is None:
        return numbers
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    possible = (numbers >= low) & (numbers <= high)
    if column.kind == "integer":
        possible &= numbers % 1 == 0
    return np.where(possible, numbers, np.nan)


def _count(texts: pa.Array, counts: Ints, by_point: Floats, by_comma: Floats) -> tuple[_Votes, str]:
    has_point, has_comma = np.isfinite(by_point), np.isfinite(by_comma)
    undecided = has_point & has_comma & (by_point != by_comma)
    dotted = np.asarray(pc.match_substring(texts, "."), dtype=bool)
    only_point, only_comma = has_point & ~has_comma, has_comma & ~has_point

    def total(flags: Flags) -> int:
        return int(counts[flags].sum())

    with np.errstate(invalid="ignore"):
        is_broken = by_point % 1 != 0, by_comma % 1 != 0
    votes = _Votes(
        total(only_point),
        total(only_comma),
        total(undecided & dotted),
        total(undecided & ~dotted),
        total(only_point & is_broken[0]),
        total(only_comma & is_broken[1]),
        total(np.asarray(pc.match_substring_regex(texts, r"^[+-]?[0-9]{4,}$"), dtype=bool)),
    )
    return votes, str(texts[int(undecided.argmax())]) if undecided.any() else ""


def _enough(some: int, rest: int) -> bool:
    """Not a few odd cells among the others."""
    return some > 0 and some >= _FEW * (some + rest)


def _of_any(votes: _Votes) -> str | None:
    """The decimal mark of a column that may hold fractions; None where nothing decides."""
    undecided = votes.dotted + votes.with_comma
    most = max(votes.point, votes.comma)
    if most and (not undecided or (most >= _MOST * (votes.point + votes.comma) and _enough(most, undecided))):
        return "." if votes.point >= votes.comma else ","
    if not undecided:
        return "."
    if most or (votes.dotted and votes.with_comma):
        return None
    # Thousands without a mark beside them: what has a mark has decimals.
    return ("." if votes.dotted else ",") if _enough(votes.ungrouped, undecided) else None


def _of_whole(votes: _Votes) -> str | None:
    """The decimal mark of a column of whole things, in which a mark before three digits groups them."""
    point, comma = votes.point, votes.comma
    undecided = votes.dotted + votes.with_comma
    if undecided and votes.ungrouped > 2 * undecided and not point + comma:
        return "." if votes.dotted >= votes.with_comma else ","
    dots_part_decimals = _are_fractions(votes.point_fractions, votes.dotted) and not votes.comma
    commas_part_decimals = _are_fractions(votes.comma_fractions, votes.with_comma) and not votes.point
    point += votes.dotted * dots_part_decimals + votes.with_comma * (not commas_part_decimals)
    comma += votes.dotted * (not dots_part_decimals) + votes.with_comma * commas_part_decimals
    if point == comma and undecided:
        return None
    return "." if point >= comma else ","


def _are_fractions(sure: int, undecided: int) -> bool:
    """Tell whether a column of whole things holds fractions all the same, such as a model's people."""
    return sure > 1 and _enough(sure, undecided)


def is_whole(column: Column | None) -> bool:
    """Tell whether a column counts whole things.

    Parameters
    ----------
    column : Column or None
        Its declaration.

    Returns
    -------
    bool
        Whether it is of integers or of people.
    """
    return column is not None and (column.kind == "integer" or column.unit == "people")


def without_odd_fractions(texts: pa.Array, counts: Ints, numbers: Floats) -> Floats:
    """Refuse the few cells of a column of whole things whose three decimals may be thousands.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) tidy texts, each once.
    counts : ndarray of int64
        (n,) how often each stands in the column.
    numbers : ndarray of float64
        (n,) as they were read.

    Returns
    -------
    ndarray of float64
        (n,) NaN where a number is not sure.
    """
    fraction = np.isfinite(numbers) & (numbers % 1 != 0)
    odd = fraction & np.asarray(pc.match_substring_regex(texts, _THREE), dtype=bool)
    if _are_fractions(int(counts[fraction & ~odd].sum()), int(counts[odd].sum())):
        return numbers
    # 1.000 reads as a whole number both ways.
    odd |= np.asarray(pc.match_substring_regex(texts, _THREE), dtype=bool) & (numbers < 1000)
    return np.where(odd, np.nan, numbers)


def with_both_decimals(texts: pa.Array, counts: Ints, numbers: Floats) -> Floats:
    """Read a column in which point and comma both part decimals, and neither is usual; no value is in groups.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) tidy texts, each once.
    counts : ndarray of int64
        (n,) how often each stands in the column.
    numbers : ndarray of float64
        (n,) as they were read with one of the marks.

    Returns
    -------
    ndarray of float64
        (n,) with those of the other mark, unless they are a few odd ones.
    """
    other = np.isnan(numbers) & np.asarray(pc.match_substring_regex(texts, _DECIMALS), dtype=bool)
    main = np.isfinite(numbers) & np.asarray(pc.match_substring_regex(texts, r"[.,]"), dtype=bool)
    few, usual = int(counts[other].sum()), int(counts[main].sum())
    if not few or few < (1 - _MOST) * (few + usual) or (main & (numbers >= 1000)).any():
        return numbers
    return np.where(other, _cast(texts, _DECIMALS, "", ","), numbers)


def read_marked(texts: pa.Array, marks: NumberFormat) -> Floats:
    """Read tidy texts with known marks.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) tidy text.
    marks : NumberFormat
        The decimal mark; the thousands mark, None for any other one.

    Returns
    -------
    ndarray of float64
        (n,) NaN where a text is no number that is written so.
    """
    decimal = marks.decimal or "."
    groups = "".join(mark for mark in (marks.thousands or ".,' ") if mark != decimal)
    numbers = _cast(texts, _writing_of(decimal, groups), groups, decimal)
    if marks.typed and decimal == ",":
        plain = _cast(texts, r"^-?[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})$", "", ".")
        numbers = np.where(np.isnan(numbers), plain, numbers)
    return numbers


def _writing_of(decimal: str, groups: str) -> str:
    """Regular expression of a number: plain, in groups of three, in Indian groups, with an exponent."""
    d = re.escape(decimal)
    grouped = "".join(rf"|[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+" for mark in groups)
    if "," in groups:
        grouped += r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    plain = rf"(?:[0-9]+(?:{d}[0-9]*)?|{d}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    return rf"^[+-]?(?:(?:[0-9]+{grouped})(?:{d}[0-9]*)?|{plain}|(?i:inf|infinity))$"


def grouped_example(texts: pa.Array, marks: NumberFormat) -> str:
    """Say of a column in which a dot or comma parts thousands which mark it is, with a value.

    Parameters
    ----------
    texts : pyarrow.Array
        (n,) tidy texts.
    marks : NumberFormat
        As they were found.

    Returns
    -------
    str
        The words; '' where there is none.
    """
    group = "," if marks.decimal == "." else "."
    found = texts.filter(pc.match_substring_regex(texts, rf"^[+-]?[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{2,3}})+"))
    if marks.decimal is None or not len(found):
        return ""
    shown = str(found[0])
    return f"'{group}' is read as the thousands mark, '{shown}' as {shown.replace(group, '')}"


def _cast(texts: pa.Array, pattern: str, groups: str, decimal: str) -> Floats:
    valid = pc.match_substring_regex(texts, pattern)
    bare = pc.replace_substring_regex(texts, rf"^\+|[{re.escape(groups)}]" if groups else r"^\+", "")
    point = pc.replace_substring(bare, decimal, ".") if decimal != "." else bare
    numbers = pc.cast(pc.if_else(valid, point, pa.scalar(None, point.type)), pa.float64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
