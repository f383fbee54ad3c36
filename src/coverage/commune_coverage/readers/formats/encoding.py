"""Bytes to rows of text: encodings, line ends and delimiters as real files have them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from commune_coverage.core.errors import UnreadableFileError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(1 << 20)


def decode(data: bytes, encoding: str | None, name: str) -> tuple[str, str]:
    """Decode bytes: as stated, by byte order mark, UTF-16 by its zeros, UTF-8, else cp1252 or Mac Roman.

    Parameters
    ----------
    data : bytes
        The whole file.
    encoding : str or None
        The encoding that the country file states; None where it does not.
    name : str
        The file's name, for messages.

    Returns
    -------
    tuple[str, str]
        The text, and the encoding used.

    Raises
    ------
    UnreadableFileError
        When the bytes are not of that encoding, or there is none of that name.
    """
    chosen = encoding or _detect(data)
    try:
        return data.decode(chosen), chosen
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableFileError(
            f"'{name}' cannot be read as {chosen}; state its encoding in the country file"
        ) from error


def _detect(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _eight_bit(data)
    return "utf-8"


def _eight_bit(data: bytes) -> str:
    """cp1252 or Mac Roman: the one in which more of the high bytes are letters."""

    def letters(encoding: str) -> int:
        high = bytes(byte for byte in data[: 1 << 20] if byte >= 0x80)
        text = high.decode(encoding, errors="replace")
        return sum(char.isalpha() and char.isascii() is False and char not in "ƒªºµˆ" for char in text)

    return "mac_roman" if letters("mac_roman") > letters("cp1252") else "cp1252"


def one_line_end(text: str) -> str:
    """Write LF for every CR, LF and CRLF.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text with one line end.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Split text into rows.

    Parameters
    ----------
    text : str
        Lines ended by LF.
    delimiter : str
        One character.

    Yields
    ------
    tuple[int, list of str]
        Physical line from 1 and fields, of every row that is not blank.
    """
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    line = 1
    for fields in reader:
        if any(field.strip() for field in fields):
            yield line, fields
        line = reader.line_num + 1


def guess_delimiter(text: str) -> str:
    """Guess the delimiter: the one that splits the first lines into the most fields, evenly.

    Parameters
    ----------
    text : str
        Lines ended by LF.

    Returns
    -------
    str
        One of ',', ';', tab and '|'.
    """
    head = [line for line in text[:65536].split("\n")[:20] if line.strip()]

    def score(delimiter: str) -> tuple[int, int]:
        counts = [len(fields) for fields in csv.reader(head, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count) if counts else 1
        return (usual > 1) * counts.count(usual), usual

    return max(_DELIMITERS, key=score)
