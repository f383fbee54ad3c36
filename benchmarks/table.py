"""Results as lines to read, and as the tables of the documentation, one section a country."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commune_coverage.core.files import atomic_write

_MET = {True: "met", False: "missed", None: ""}


def lines_of(record: dict[str, Any]) -> list[str]:
    """One benchmark: its ratios with their spread and aims, how far results are apart, and its facts."""
    lines = [f"{record['name']}"]
    for one in record["ratios"]:
        aim = f"; aim {_aim(one)}: {_MET[one['is_met']]}" if _aim(one) else ""
        lines.append(f"  {one['what']} / {one['of']}, {one['unit']}: {_figure(one['median'])} {_spread(one)}{aim}")
    lines += [f"  {name}: {_shown(value)}" for name, value in record["agreement"].items()]
    lines += [f"  {name}: {_shown(value)}" for name, value in record["facts"].items() if name != "stages"]
    for run, stages in record["facts"].get("stages", {}).items():
        lines += [f"  {run} {' '.join(row)}" for row in _stage_rows(stages)]
    return lines


def write_section(target: Path, found: dict[str, Any]) -> None:
    """Put the results of one country between its marks in the Markdown file; benchmarks not run keep their tables."""
    text = target.read_text(encoding="utf-8") if target.is_file() else "# Speed and memory\n"
    for record in found["benchmarks"]:
        name = f"{record['name']} {Path(found['country']).name}"
        start, end = f"<!-- bench {name} -->\n", f"<!-- end {name} -->\n"
        section = start + "\n".join(_markdown(record, found)) + "\n" + end
        if start in text and end in text:
            text = text[: text.index(start)] + section + text[text.index(end) + len(end) :]
        else:
            text = text.rstrip("\n") + "\n\n" + section
    with atomic_write(target) as path:
        path.write_text(text, encoding="utf-8")


def _markdown(record: dict[str, Any], found: dict[str, Any]) -> list[str]:
    machine = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items() if number)
    lines = [f"## {record['name']}, {Path(found['country']).name} country", ""]
    lines += [f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB; Python {machine['python']},"]
    lines += [f"{versions}. Rounds: {found['rounds']}.", ""]
    if record["ratios"]:
        lines += ["| cost of | over that of | | median | least to greatest | aim |", "|---|---|---|---|---|---|"]
    for one in record["ratios"]:
        aim = f"{_aim(one)}, {_MET[one['is_met']]}" if _aim(one) else ""
        lines.append(
            f"| {one['what']} | {one['of']} | {one['unit']} | {_figure(one['median'])} | {_spread(one)[1:-1]} | {aim} |"
        )
    told = {**record["agreement"], **{key: value for key, value in record["facts"].items() if key != "stages"}}
    lines += ["", *[f"- {name}: {_shown(value)}" for name, value in told.items()]]
    for run, stages in record["facts"].get("stages", {}).items():
        lines += ["", f"| {run} | s | CPU s | peak MB |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in _stage_rows(stages)]
    return lines


def _stage_rows(stages: list[dict[str, Any]]) -> list[list[str]]:
    names = ("seconds", "cpu_seconds", "peak_memory_mb")
    return [[one["name"], *[f"{one[name]:,.2f}" for name in names]] for one in stages]


def _aim(one: dict[str, Any]) -> str:
    if one["at_most"] is not None:
        return f"<= {one['at_most']:g}"
    return f">= {one['at_least']:g}" if one["at_least"] is not None else ""


def _spread(one: dict[str, Any]) -> str:
    return f"({_figure(one['least'])} to {_figure(one['greatest'])})"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
