"""Where lines of a brief may break in a script without spaces between words.

Browsers part Khmer by a dictionary, the library that lays out briefs only at spaces. Texts of the catalogue are parted
here by a list of words, ``words_<language>.txt``; what the list does not wholly make up, and any name, stays unparted.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from commune_coverage.site.i18n.messages import Words

BREAK = "\u200b"
_RUN = re.compile(r"[\u1780-\u17d3\u17d7\u17dd]+")


def breakable(words: Words) -> Words:
    """The words with a break of no width wherever one word follows another."""
    texts = words.texts.items()
    return Words(
        words.languages, {code: {key: with_breaks(text, code) for key, text in own.items()} for code, own in texts}
    )


def with_breaks(text: str, language: str) -> str:
    """A text with a break of no width between its words; as it is in a language without a list of words."""
    known = words_of(language)
    if not known:
        return text
    return _RUN.sub(lambda run: BREAK.join(_parted(run[0], known) or [run[0]]), text.replace(WORD_JOINER, ""))


@cache
def words_of(language: str) -> frozenset[str]:
    """The words that a language's texts are parted by."""
    source = files("commune_coverage.site.briefs").joinpath(f"words_{language}.txt")
    return frozenset(source.read_text(encoding="utf-8").split()) if source.is_file() else frozenset()


def _parted(run: str, known: frozenset[str]) -> list[str]:
    """The fewest words that make up a run of letters; none where the list does not."""
    best: list[list[str]] = [[]]
    for end in range(1, len(run) + 1):
        starts = (start for start in range(end) if run[start:end] in known and (best[start] or not start))
        best.append(min(([*best[start], run[start:end]] for start in starts), key=len, default=[]))
    return best[-1]
