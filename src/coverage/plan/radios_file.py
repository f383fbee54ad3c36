"""The radios of a country with other demand, as a file that a country file can name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coverage.new_country.toml_text import key_text, toml
from coverage.signal.radios import Radios
from coverage.store import whole_file


def write_radios(radios: Radios, factor: float, path: Path) -> Path:
    """Write the radios with ``factor`` times the demand of the busy hour."""
    content = radios.model_dump(mode="json", exclude_none=True)
    demand = content["busy_hour"]["demand_mbps"]
    content["busy_hour"]["demand_mbps"] = {name: min(value * factor, 100.0) for name, value in demand.items()}
    with whole_file(path) as target:
        target.write_text("\n".join(toml_lines(content)) + "\n", encoding="utf-8")
    return path


def toml_lines(content: Mapping[str, Any], above: str = "") -> list[str]:
    """A mapping as the lines of a TOML file: values, then tables, then lists of tables."""
    plain = {key: value for key, value in content.items() if not _is_table(value) and not _is_tables(value)}
    lines = [f"{key_text(key)} = {toml(value)}" for key, value in plain.items() if value is not None]
    for key, value in content.items():
        name = f"{above}{key_text(key)}"
        if _is_table(value):
            lines += ["", f"[{name}]", *toml_lines(value, f"{name}.")]
        elif _is_tables(value):
            for each in value:
                lines += ["", f"[[{name}]]", *toml_lines(each, f"{name}.")]
    return lines


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
