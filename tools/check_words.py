"""Words that the project does not use, and public functions that do not say what they take and give.

python tools/check_words.py           prints each place and ends with exit code 1 when there is one

``tools/banned_words.toml`` lists the words with what to say instead. Names, comments, docstrings, texts and documents
are looked at; what other standards call by such a word is listed there as allowed.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/coverage/commune_coverage"
DESCRIBED = ("api.py", "engine", "ensemble", "indicators", "planning", "population", "radio", "readers", "travel")
# A docstring and a statement or two: a sentence says it all.
_SHORT = 3
_SUFFIXES = {".py", ".md", ".toml", ".js", ".j2", ".yaml"}


def main() -> int:
    """Print what is wrong; 1 when anything is."""
    found = [*banned_words(), *undescribed_functions()]
    print("\n".join(found) or "words and docstrings: nothing to mend")
    return int(bool(found))


def banned_words(root: Path = ROOT) -> Iterator[str]:
    """Each place of a banned word, with what to say instead."""
    rules = tomllib.loads((ROOT / "tools/banned_words.toml").read_text(encoding="utf-8"))
    patterns = {re.compile(pattern): instead for pattern, instead in rules["words"].items()}
    allowed = [re.compile(text) for text in rules["allowed"]]
    for folder in rules["folders"]:
        top = root / folder
        for path in sorted([top] if top.is_file() else top.rglob("*")):
            is_own = path.suffix in _SUFFIXES and not {"assets", "__pycache__", "words"} & set(path.parts)
            if is_own and path.relative_to(root).as_posix() not in rules["except_files"]:
                yield from _in_file(path, root, patterns, allowed)


def _in_file(
    path: Path, root: Path, patterns: dict[re.Pattern[str], str], allowed: list[re.Pattern[str]]
) -> Iterator[str]:
    name = path.relative_to(root).as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line
        for pattern in allowed:
            text = pattern.sub("", text)
        for pattern, instead in patterns.items():
            if match := pattern.search(text):
                yield f"{name}:{number}: '{match[0]}': say {instead}"


def undescribed_functions(package: Path = PACKAGE) -> Iterator[str]:
    """Public functions of the described folders whose docstrings lack Parameters or Returns."""
    for part in DESCRIBED:
        top = package / part
        for path in sorted([top] if top.is_file() else top.rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield from (
                        f"{path.relative_to(package)}:{node.lineno}: {node.name} lacks {section}"
                        for section in _lacks(node)
                    )


def _lacks(function: ast.FunctionDef) -> list[str]:
    if len(function.body) <= _SHORT:
        return []
    text = ast.get_docstring(function) or ""
    takes = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    given = "None" if function.returns is None else ast.unparse(function.returns)
    gives = given != "None" and "Iterator" not in given and "Yields\n------" not in text
    wanted = {"Parameters": bool(takes), "Returns": gives}
    return [name for name, is_wanted in wanted.items() if is_wanted and f"{name}\n{'-' * len(name)}" not in text]


if __name__ == "__main__":
    sys.exit(main())
