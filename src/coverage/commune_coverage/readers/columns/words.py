"""Words of many languages in the names and cells of files: column names in English, yes and no, months."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from commune_coverage.readers.parsing.numbers import MISSING_TEXTS, latin_digits

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ACCENT = re.compile(r"[\u0300-\u036f]")
SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff]")
"""Letters of scripts without blanks between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("commune_coverage.readers.columns") / "words.toml").read_text(encoding="utf-8"))


def plain_words(text: str) -> str:
    """Write a name in lower case without accents.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    str
        The name; scripts other than Latin keep their marks.
    """
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text.casefold())))


def split_camel_case(text: str) -> str:
    """Part the words that capitals begin.

    Parameters
    ----------
    text : str
        A name, such as 'ComCode'.

    Returns
    -------
    str
        The name with blanks between, such as 'Com Code'.
    """
    return _CAMEL.sub(" ", text)


@cache
def _translations(*, with_accents: bool) -> tuple[re.Pattern[str], dict[str, str]]:
    """Words to English: those of Vietnamese, in which accents make other words, with them, all others without."""
    languages = {name: words for name, words in _file()["english"].items() if (name == "vi") == with_accents}
    tidy = _composed if with_accents else plain_words
    english = {tidy(word): text for words in languages.values() for word, text in words.items()}
    by_length = sorted(english, key=len, reverse=True)
    marks = [re.escape(word) if SPACELESS.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)" for word in by_length]
    return re.compile("|".join(marks)), english


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def in_english(words: str) -> str:
    """Translate a name's words into English, without the words that join them.

    Parameters
    ----------
    words : str
        Lower-case words with one blank between.

    Returns
    -------
    str
        English words; without accents, else as they are, where none is known.
    """
    whole = _file()["whole"].get(plain_words(words))
    if whole is not None:
        return str(whole)
    accented, english = _translations(with_accents=True)
    written, first = accented.subn(lambda match: f" {english[match[0]]} ", _composed(words))
    pattern, plain_english = _translations(with_accents=False)
    translated, second = pattern.subn(lambda match: f" {plain_english[match[0]]} ", plain_words(written))
    if not first + second:
        return plain_words(words)
    return " ".join(word for word in translated.split() if word not in _file()["joining"]["words"])


@cache
def _answers() -> dict[str, bool]:
    answers = _file()["answers"]
    return {plain_words(word): name == "yes" for name in ("no", "yes") for word in answers[name]}


def is_yes(text: str) -> bool | None:
    """Read a yes or no.

    Parameters
    ----------
    text : str
        Such as '1', '0', 'oui', 'x', 'TRUE'; a number above 0 is yes, nothing is no.

    Returns
    -------
    bool or None
        None where it is neither.
    """
    plain = plain_words(latin_digits(text).strip())
    if plain in MISSING_TEXTS:
        return False
    if plain in _answers():
        return _answers()[plain]
    try:
        return float(plain.replace(",", ".")) > 0
    except ValueError:
        return None


@cache
def _states(name: str) -> re.Pattern[str]:
    words = sorted(map(plain_words, _file()["states"][name]), key=len, reverse=True)
    marks = [re.escape(word) if SPACELESS.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)" for word in words]
    return re.compile("|".join(marks))


def is_standing(text: str) -> bool:
    """Tell whether a status says that something stands and works.

    Parameters
    ----------
    text : str
        A cell of a status column, in one of the languages of the word list.

    Returns
    -------
    bool
        False also where no word is known.
    """
    plain = plain_words(text)
    return bool(_states("standing").search(plain)) and not _states("not_standing").search(plain)


def works(text: str) -> bool | None:
    """Tell whether a status, or the answer to whether something is active, says that it works.

    Parameters
    ----------
    text : str
        A cell of such a column, in one of the languages of the word list.

    Returns
    -------
    bool or None
        None where it says nothing, or nothing that is known.
    """
    plain = plain_words(text)
    if plain in MISSING_TEXTS:
        return None
    if _states("not_standing").search(plain):
        return False
    return True if _states("standing").search(plain) else is_yes(text)


@cache
def _months() -> dict[str, int]:
    return {plain_words(start): int(month) for month, starts in _file()["months"].items() for start in starts}


def month_of(word: str) -> int | None:
    """Read the name of a month.

    Parameters
    ----------
    word : str
        A name or its beginning, in one of the languages of the word list.

    Returns
    -------
    int or None
        1 to 12; None where it is none.
    """
    plain = plain_words(word).strip(".")
    starts = [start for start in _months() if plain.startswith(start)]
    return _months()[max(starts, key=len)] if starts else None
