"""Where lines of a text may not break: between a number and its unit, and within words that browsers take apart.

The words of a language have both as lists: ``units`` behind a place of a text, and ``unbroken``, words with a mark
where browsers' dictionaries of a script without spaces part them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NO_BREAK_SPACE, WORD_JOINER = "\u00a0", "\u2060"
_LISTS = ("units", "unbroken")
_MARK = "·"


def keep_together(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a language, with no break where there shall be none."""
    return {key: text if key in _LISTS else kept_together(text, texts) for key, text in texts.items()}


def kept_together(text: str, texts: Mapping[str, str]) -> str:
    """A text with its numbers beside their units and the words of ``unbroken`` whole."""
    for word in filter(None, texts["unbroken"].split("|")):
        text = text.replace(word.replace(_MARK, ""), word.replace(_MARK, WORD_JOINER))
    return re.sub(rf"(?<=}}) (?=(?:{texts['units']}))|(?<=\d) (?=%)", NO_BREAK_SPACE, text)
