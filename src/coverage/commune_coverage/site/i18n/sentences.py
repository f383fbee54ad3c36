"""Sentences of a run in other languages: what stages, checks and tables say in English, matched and said again.

The catalogue of a language, ``sentences/<code>.toml``, has for each sentence, with {places} for what differs, the one
of its language. ``{name}`` takes any text without a semicolon and keeps it: a name. ``{name:number}`` and
``{name:day}`` take these and write them as the language does, ``{name:said}`` takes another sentence of the catalogue,
and ``{name:layer}`` or any other kind what the words have under ``layer_<text>``. Where a value is not of its kind the
sentence is not this one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

from commune_coverage.site.i18n.line_breaks import NO_BREAK_SPACE, kept_together

Texts = Mapping[str, str]
_FORMS = {"": "[^;]+?", "number": r"[+−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)? ?%?", "day": r"\d{4}-\d\d-\d\d"}
_LETTER = re.compile(r"[^\W\d_]")
_PERCENT = re.compile(r" ?%")
_LATIN_DIGITS = "0123456789"


@dataclass(frozen=True)
class _Pattern:
    """A sentence with places: what it looks like, the kind of each place, how it is said, and its letters."""

    expression: re.Pattern[str]
    kinds: Mapping[str, str]
    said: str
    letters: int


def day_text(day: date, texts: Texts) -> str:
    """A date in words: '22 November 2026'."""
    month = texts["months"].split("|")[day.month - 1]
    return texts["date"].format(day=day.day, month=month, year=day.year)


def with_digits(text: str, texts: Texts) -> str:
    """A text with the digits of the language."""
    return text.translate(str.maketrans(_LATIN_DIGITS, texts["digits"]))


def sentences_in(language: str) -> dict[str, str]:
    """The catalogue of a language; none where it has no file."""
    source = files("commune_coverage.site.i18n").joinpath("sentences", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8")) if source.is_file() else {}


def said_in(language: str, texts: Texts, sentence: str) -> str | None:
    """A sentence as the language says it, None where it does not know it. ``texts`` are the language's words.

    Of parts after semicolons those that it does not know stay as they are: names of standards and authors.
    """
    if (whole := _said(sentence, _Place(language, texts))) is not None:
        return whole
    parts = sentence.split("; ")
    said = [_said(part, _Place(language, texts)) for part in parts]
    if all(one in (None, part) for part, one in zip(parts, said, strict=True)):
        return None
    return "; ".join(part if one is None else one for part, one in zip(parts, said, strict=True))


@dataclass(frozen=True)
class _Place:
    """Where a text stands: the language, its words, and the kind of the place in a sentence."""

    language: str
    texts: Texts
    kind: str = ""


def _said(sentence: str, place: _Place) -> str | None:
    """The whole of a sentence, or of a list of such."""
    if not _LETTER.search(sentence):
        return with_digits(sentence, place.texts)
    if " " in sentence and place.texts.get(sentence, sentence) != sentence:
        return place.texts[sentence]
    for pattern, values in _fitting(place.language, sentence):
        said = {name: _value(text, replace(place, kind=pattern.kinds[name])) for name, text in values.items()}
        if None not in said.values():
            return kept_together(pattern.said, place.texts).format_map(said)
    for mark in ("; ", ", "):
        said_parts = [_said(part, place) for part in sentence.split(mark)] if mark in sentence else [None]
        if None not in said_parts:
            return mark.join(filter(None, said_parts))
    return None


def _value(text: str, place: _Place) -> str | None:
    """What fills a place, None where the text is not of its kind."""
    match place.kind:
        case "":
            return text
        case "number":
            return with_digits(_PERCENT.sub(f"{NO_BREAK_SPACE}%", text), place.texts)
        case "day":
            return _day(text, place.texts)
        case "said":
            return _said(text, place)
        case kind:
            return place.texts.get(f"{kind}_{text.replace(' ', '_')}")


def _day(text: str, texts: Texts) -> str | None:
    try:
        return with_digits(day_text(date.fromisoformat(text), texts), texts)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _fitting(language: str, sentence: str) -> list[tuple[_Pattern, dict[str, str]]]:
    """The sentences of a catalogue that one may be, those first that say most of it themselves."""
    found = [(pattern, match) for pattern in _patterns(language) if (match := pattern.expression.fullmatch(sentence))]
    return [(pattern, match.groupdict()) for pattern, match in sorted(found, key=lambda each: -each[0].letters)]


@cache
def _patterns(language: str) -> list[_Pattern]:
    return [_pattern(sentence, said) for sentence, said in sentences_in(language).items()]


def _pattern(sentence: str, said: str) -> _Pattern:
    expression, kinds, letters = "", {}, 0
    for literal, name, kind, _ in Formatter().parse(sentence):
        expression, letters = expression + re.escape(literal), letters + len(literal)
        if name is not None:
            expression += f"(?P<{name}>{_FORMS.get(kind or '', '.+?')})"
            kinds[name] = kind or ""
    return _Pattern(re.compile(expression), kinds, said, letters)
