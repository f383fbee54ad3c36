"""Languages of a country and its name in each, from Unicode CLDR through Babel."""

from __future__ import annotations

from collections.abc import Iterable

from commune_coverage.site.i18n.messages import catalogues

# Pages of any other language show the English texts.
PAGE_LANGUAGES = catalogues()
MAX_LANGUAGES = 4
_OFFICIAL = ("official", "de_facto_official")


def official_languages(alpha2: str) -> list[str]:
    """CLDR's official languages of the whole country, the most widely used first, as language tags."""
    from babel.core import get_global

    spoken = get_global("territory_languages").get(alpha2, {})
    shares = {
        tag: facts["population_percent"] for tag, facts in spoken.items() if facts["official_status"] in _OFFICIAL
    }
    return sorted(shares, key=lambda tag: (-shares[tag], tag))


def page_languages(tags: Iterable[str]) -> list[str]:
    """Two- or three-letter codes for a country file: the first few of ``tags``; English last where it is not one."""
    codes = list(dict.fromkeys(tag.split("_")[0] for tag in tags))[:MAX_LANGUAGES]
    return codes if "en" in codes else [*codes, "en"]


def names_of(alpha2: str, tags: Iterable[str]) -> dict[str, str]:
    """The country's name by language code, for those of ``tags`` in which CLDR has one."""
    names: dict[str, str] = {}
    for tag in [*tags, "en"]:
        name = _name_in(tag, alpha2)
        if name:
            names.setdefault(tag.split("_")[0], name)
    return names


def english_name(alpha2: str) -> str:
    """The country's English name."""
    return _name_in("en", alpha2) or alpha2


def language_name(code: str) -> str:
    """The English name of a language, such as 'Khmer'."""
    from babel import Locale

    return Locale("en").languages.get(code, code)


def _name_in(tag: str, alpha2: str) -> str | None:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag).territories.get(alpha2)
    except (UnknownLocaleError, ValueError):
        return None
