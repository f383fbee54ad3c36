"""The country that a code of ISO 3166 means, or the nearest ones to what was written."""

from __future__ import annotations

import difflib

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.scaffold.facts import Facts, countries
from commune_coverage.scaffold.languages import english_name


def facts_of(code: str) -> Facts:
    """The country of a code of two or three letters, in any case.

    Raises CountryFileError with the nearest codes and names.
    """
    wanted = code.strip().upper()
    by_code = countries() | {facts.alpha2: facts for facts in countries().values()}
    if wanted in by_code:
        return by_code[wanted]
    near = ", ".join(f"{facts.alpha3} ({name})" for facts, name in _nearest(wanted))
    hint = f"did you mean {near}?" if near else "give two or three letters, such as KHM"
    raise CountryFileError(f"'{printable(code, 40)}' is not a country code of ISO 3166; {hint}")


def _nearest(wanted: str) -> list[tuple[Facts, str]]:
    """Up to four countries whose name, else whose code, is much like what was written."""
    names = {english_name(facts.alpha2): facts for facts in countries().values()}
    upper = {name.upper(): name for name in names}
    by_name = difflib.get_close_matches(wanted, sorted(upper), n=3, cutoff=0.7)
    by_name += [name for name in sorted(upper) if len(wanted) > 3 and wanted in name]
    matches = [upper[name] for name in dict.fromkeys(by_name)]
    if not matches:
        codes = difflib.get_close_matches(wanted, sorted(countries()), n=4, cutoff=0.6)
        matches = [english_name(countries()[code].alpha2) for code in codes]
    return [(names[name], name) for name in matches[:4]]
