"""``commune-coverage init``: a commented country file that public sources alone can fill."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.scaffold import languages as spoken
from commune_coverage.scaffold.country_codes import facts_of
from commune_coverage.scaffold.facts import Facts, countries, metric_crs, time_zones
from commune_coverage.scaffold.layers import layer_texts
from commune_coverage.scaffold.line_layout import block, line, note


def write_country_file(code: str, out: Path, *, overwrite: bool = False) -> Path:
    """Write a country file for an ISO 3166 code of two or three letters, in any case; ``out`` is returned.

    Raises CountryFileError for an unknown code, a file that is there already, and a place that cannot be written.
    """
    text = country_text(facts_of(code), out.name)
    if out.exists() and not (overwrite and out.is_file()):
        hint = "choose another file name" + (" or have it overwritten" if out.is_file() else "")
        raise CountryFileError(f"'{printable(out)}' is already there; {hint}")
    try:
        with atomic_write(out) as path:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CountryFileError(f"'{printable(out)}' cannot be written ({error.strerror}); choose another") from error
    return out


def country_text(facts: Facts, file_name: str) -> str:
    """The country file as text; equal facts give equal text."""
    tags = spoken.official_languages(facts.alpha2)
    zone, *others = time_zones(facts) or ["UTC"]
    crs, crs_comment = metric_crs(facts)
    return _template().render(
        title=spoken.english_name(facts.alpha2),
        file_name=printable(file_name),
        code=facts.alpha3,
        languages=spoken.page_languages(tags),
        language_notes=_language_notes(tags),
        time_zone=zone,
        time_zone_comment="decides the date of a nightly run" + ("; other zones of the country:" if others else ""),
        other_zones=note(", ".join(others), "  "),
        metric_crs_line=f"metric_crs = {toml_value(crs)}" if crs else "# metric_crs =",
        metric_crs_comment=crs_comment,
        name_lines=_name_lines(facts, tags),
        operator_lines=_operator_lines(facts),
        layers=layer_texts(facts),
    )


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("commune_coverage.scaffold"),
        autoescape=False,  # noqa: S701  # TOML, not HTML: values go through the filter toml
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["toml"] = toml_value
    environment.globals["line"] = line
    return environment.get_template("country.toml.j2")


def _language_notes(tags: list[str]) -> list[str]:
    """What the reader must know of languages without texts of their own, and of those left out."""
    codes = spoken.page_languages(tags)
    without = [spoken.language_name(code) for code in codes if code not in spoken.PAGE_LANGUAGES]
    left_out = dict.fromkeys(tag.split("_")[0] for tag in tags if tag.split("_")[0] not in codes)
    sentences = []
    if without:
        sentences.append(f"Names of places can show in {', '.join(without)}; all other texts are in English as yet.")
    if left_out:
        sentences.append(f"Official too: {', '.join(f'{spoken.language_name(code)}~({code})' for code in left_out)}.")
    return note(" ".join(sentences), "  ") if sentences else []


def _name_lines(facts: Facts, tags: list[str]) -> list[str]:
    """The country's name in each language of the file; English where none is known in one."""
    known = spoken.names_of(facts.alpha2, tags)
    codes = spoken.page_languages(tags)
    english = spoken.english_name(facts.alpha2)
    lines = block({code: known.get(code, english) for code in codes})
    return [
        text if code in known else line(text, f"no name in {spoken.language_name(code)} is known here: write it")
        for code, text in zip(codes, lines, strict=True)
    ]


def _operator_lines(facts: Facts) -> list[str]:
    """Networks where a list is at hand, else how to write them; then whose cells stand across the border."""
    listed = tomllib.loads(files("commune_coverage.scaffold").joinpath("operators.toml").read_text(encoding="utf-8"))
    codes = ", ".join(facts.mobile_country_codes)
    lines = [f"# Mobile country code by ITU-T E.212: {codes or 'none known here'}."]
    if facts.alpha3 in listed:
        lines += [f"# The networks are {listed[facts.alpha3]['comment']}."]
        lines += block(listed[facts.alpha3]["networks"])
    elif codes:
        lines += [
            "# Give each operator the network codes that the regulator has assigned to it. One without a name here",
            f"# is shown by its code, such as {facts.mobile_country_codes[0]}-01.",
            f'# "Name of the operator" = ["{facts.mobile_country_codes[0]}-01"]',
        ]
    return lines + _across_the_border(facts)


def _across_the_border(facts: Facts) -> list[str]:
    known = countries()
    neighbours = [known[alpha3] for alpha3 in facts.neighbours]
    texts = [f"{spoken.english_name(one.alpha2)}~{'~'.join(one.mobile_country_codes)}" for one in neighbours]
    return note(f"Cells of these codes serve a neighbour, not this country: {', '.join(texts)}.") if texts else []
