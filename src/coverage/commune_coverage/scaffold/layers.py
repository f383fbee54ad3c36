"""The layers of a new country file: the public source in use, and what can stand in its place, commented out."""

from __future__ import annotations

import string
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from commune_coverage.scaffold.facts import Facts
from commune_coverage.scaffold.line_layout import block, line, note


@cache
def public_sources() -> list[dict[str, Any]]:
    """Layers with their choices, as ``public_sources.toml`` has them."""
    text = files("commune_coverage.scaffold").joinpath("public_sources.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["layer"])


def layer_texts(facts: Facts) -> list[list[str]]:
    """For each layer its lines: the heading, the choice in use, the other choices as comments."""
    known = _known_values(facts)
    return [_layer(layer, known) for layer in public_sources()]


def _known_values(facts: Facts) -> dict[str, str]:
    continent, _, extract = facts.extract.partition("/")
    mcc, *mccs = facts.mobile_country_codes or ("",)
    known = {"mcc": mcc, "mccs": ", ".join(mccs), "continent": continent, "extract": extract}
    return {name: value for name, value in known.items() if value}


def _layer(layer: dict[str, Any], known: dict[str, str]) -> list[str]:
    first, *others = layer["choice"]
    unused = "# " if layer.get("optional") else ""
    lines = [line(f"{unused}[layers.{layer['name']}]", layer["comment"]), f"# {first['title']}"]
    lines += _choice(first, known, unused)
    for choice in others:
        lines += ["#", f"# Or {choice['title']}:", *_choice(choice, known, "#   ")]
    return lines


def _choice(choice: dict[str, Any], known: dict[str, str], prefix: str) -> list[str]:
    """The choice's keys with its source, and remarks on it."""
    values = choice.get("values", {})
    lacking = {name for text in values.values() for _, name, _, _ in string.Formatter().parse(text) if name} - {*known}
    keys, remark = dict(choice["keys"]), ""
    if lacking:
        remark = choice.get("absent", f"no value is known here for {', '.join(sorted(lacking))}")
    elif "source" in choice:
        filled = {name: text.format(**known) for name, text in values.items()}
        keys["source"] = {"id": choice["source"]} | ({"values": filled} if filled else {})
        remark = f"{choice['several']}: {known['mccs']}" if "several" in choice and "mccs" in known else ""
    return note(remark) + [prefix + text for text in block(keys)]
