"""The words of the pages, in each language of the country: one catalogue a language, ``words/<code>.toml``."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from markupsafe import Markup, escape

from commune_coverage.config.layers import plugin_layers
from commune_coverage.core.errors import PlugInError
from commune_coverage.site.i18n.line_breaks import NO_BREAK_SPACE, keep_together
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.i18n.sentences import day_text, said_in, with_digits

FALLBACK_LANGUAGE = "en"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Words:
    """``texts[language][key]`` for every language of the country; the first language is the default."""

    languages: list[str]
    texts: dict[str, dict[str, str]]

    @property
    def default(self) -> str:
        return self.languages[0]

    def text(self, saying: Saying) -> str:
        """The saying in the default language."""
        texts = self.texts[self.default]
        values = {name: _value(value, texts) for name, value in saying.values.items()}
        return texts[saying.key].format_map(values)

    def text_of(self, key: str) -> str:
        """The text of a key that has no placeholders, in the default language."""
        return self.text(Saying(key))

    def has(self, key: str) -> bool:
        return key in self.texts[self.default]

    def of_access(self, access: str) -> Words:
        """The words where fixed lines count too ('neither', or within 'bounds'); as they are for 'mobile'."""
        prefix = f"internet_{access}_"
        texts = {
            language: own | {key.removeprefix(prefix): text for key, text in own.items() if key.startswith(prefix)}
            for language, own in self.texts.items()
        }
        return Words(self.languages, texts)

    def name(self, names: Mapping[str, str]) -> str:
        """A name in the default language, else in Latin script, else any."""
        return names.get(self.default) or names.get(FALLBACK_LANGUAGE) or next(iter(names.values()), "")

    def say(self, key: str, **values: str | list[str]) -> Markup:
        """An element that shows the text now and changes with the reader's language."""
        saying = Saying(key, values)
        element = Markup('<span data-words="{}" data-values="{}">{}</span>')
        return element.format(key, json.dumps(values, sort_keys=True), self.text(saying))

    def told(self, sentence: str) -> Markup:
        """A sentence of the run itself, in every language that knows it; else as it is, marked as English."""
        names = self.told_names(sentence)
        if set(names.values()) == {sentence} and len(names) >= len(self.languages):
            return escape(sentence)
        return self.call(names) if len(names) > 1 else Markup('<span lang="en">{}</span>').format(sentence)

    def told_names(self, sentence: str) -> dict[str, str]:
        """A sentence of the run itself by language: in English, and in those that know it."""
        said = {code: said_in(code, self.texts[code], sentence) for code in self.languages}
        return {FALLBACK_LANGUAGE: sentence} | {code: text for code, text in said.items() if text is not None}

    def call(self, names: Mapping[str, str]) -> Markup:
        """An element that shows a name and follows the language like ``say``."""
        element = Markup('<span data-names="{}">{}</span>')
        return element.format(json.dumps(names, sort_keys=True, ensure_ascii=False), self.name(names))


def _value(value: str | list[str], texts: Mapping[str, str]) -> str:
    """Keys as texts, joined, dates and digits as the language has them; ``static/base.js`` does the same."""
    if isinstance(value, list):
        return texts["list_comma"].join(texts[key] for key in value)
    text = str(value)
    if _DAY.fullmatch(text):
        text = day_text(date.fromisoformat(text), texts)
    return with_digits(text.replace(" %", f"{NO_BREAK_SPACE}%"), texts)


def load_words(languages: Iterable[str], folders: Sequence[Path] = ()) -> Words:
    """The texts for ``languages``; a language without texts of its own gets the English ones.

    ``folders`` are of other packages, with a file a language like the one of this package. Raises PlugInError when one
    has a text under a key of this package.
    """
    wanted = list(languages) or [FALLBACK_LANGUAGE]
    declared = {code: catalogue(code) | _added(code, folders) for code in (*wanted, FALLBACK_LANGUAGE)}
    as_they_are = {key: key for texts in declared.values() for key in texts}
    added = {f"layer_{name}": layer.title for name, layer in plugin_layers().items()}
    english = {**as_they_are, **added, **declared[FALLBACK_LANGUAGE]}
    texts = {code: keep_together({**english, "language_name": code.upper(), **declared[code]}) for code in wanted}
    return Words(wanted, texts)


def _added(language: str, folders: Sequence[Path]) -> dict[str, str]:
    """The texts of other packages in one language."""
    added: dict[str, str] = {}
    own = catalogue(FALLBACK_LANGUAGE) | catalogue(language)
    for source in (folder / f"{language}.toml" for folder in folders):
        texts = tomllib.loads(source.read_text(encoding="utf-8")) if source.is_file() else {}
        if taken := sorted({*texts} & {*own, *added}):
            raise PlugInError(f"'{taken[0]}' in '{source}' is the key of another text; choose another key")
        added |= texts
    return added


def catalogues() -> tuple[str, ...]:
    """Codes of the languages that have a file of texts."""
    return tuple(sorted(source.name.removesuffix(".toml") for source in _folder().iterdir()))


def catalogue(language: str) -> dict[str, str]:
    """The texts of one language as its file has them; none where it has no file."""
    source = _folder().joinpath(f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8")) if source.is_file() else {}


def _folder() -> Traversable:
    return files("commune_coverage.site.i18n").joinpath("words")
