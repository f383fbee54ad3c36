"""Which of the package's files a stage is made of: its module, all that it imports, and the files that these read.

A stage's cache key holds their digests, so that a change of a style sheet computes pages anew and no figures.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import NamedTuple

PACKAGE = "commune_coverage"
# Module -> patterns of the package's other files that it reads.
READ_FILES: dict[str, tuple[str, ...]] = {
    "download.catalogue": ("download/catalogue.toml",),
    "readers.columns.words": ("readers/columns/words.toml",),
    "readers.parsing.bands": ("readers/parsing/bands.toml",),
    "readers.towers.link_budgets": ("radio/radios.toml",),
    "scaffold.facts": ("scaffold/countries.csv",),
    "scaffold.layers": ("scaffold/public_sources.toml",),
    "scaffold.write": ("scaffold/operators.toml", "scaffold/templates/*"),
    "site.briefs.breaks": ("site/briefs/words_*.txt",),
    "site.briefs.pdf": ("site/templates/brief*",),
    "site.i18n.messages": ("site/i18n/words/*",),
    "site.i18n.sentences": ("site/i18n/sentences/*",),
    "site.pages.assets": ("site/static/**/*", "site/assets/**/*"),
    "site.pages.layout": ("site/templates/*",),
    "synthetic.invented": ("synthetic/countries/**/*",),
}
# Their functions import what they call, each its own: the stage that runs one names that.
ON_REQUEST = ("readers.registry",)
_TYPES_ONLY = re.compile(r"^if TYPE_CHECKING:\n(?:(?:[ \t].*)?\n)+", re.MULTILINE)
_IMPORT = re.compile(
    rf"^[ \t]*from ({PACKAGE}[\w.]*) import (\([^)]*\)|[^\n]*)|^[ \t]*import ({PACKAGE}[\w.]*)", re.MULTILINE
)
_INDENTED = re.compile(r"^[ \t].*\n", re.MULTILINE)
_NAME = re.compile(r"(\w+)(?: as \w+)?")


def code_of(roots: tuple[str, ...]) -> dict[str, str]:
    """The package's files that modules are made of, with their digests.

    Parameters
    ----------
    roots : tuple of str
        Full dotted names; those of other packages have no files here.

    Returns
    -------
    dict of str to str
        Path below the package to the first 16 hexadecimal digits of SHA-256, sorted by path.
    """
    return {name: _first_seen(path).digest for name, path in _files_of(roots).items()}


@cache
def _files_of(roots: tuple[str, ...]) -> dict[str, Path]:
    modules = {name for module in roots if _is_module(module) for name in closure(module)}
    paths = {_path_of(name) for name in modules}
    for name in modules:
        for pattern in READ_FILES.get(name.removeprefix(f"{PACKAGE}."), ()):
            paths |= {path for path in package_folder().glob(pattern) if path.is_file()}
    return {path.relative_to(package_folder()).as_posix(): path for path in sorted(paths)}


@cache
def imported_in(function: Callable[..., object]) -> tuple[str, ...]:
    """The package's modules that a function imports when it is called; its own module where it imports none."""
    if not function.__module__.startswith(f"{PACKAGE}."):
        return ()
    return _imports_of_functions(function.__module__).get(function.__name__) or (function.__module__,)


@cache
def _imports_of_functions(module: str) -> dict[str, tuple[str, ...]]:
    """What each function of a module imports when it is called.

    Read once, when the flow is first imported: of two threads that parse at once one may fail (CPython, gh-106905).
    """
    tree = ast.parse(_path_of(module).read_text(encoding="utf-8"))
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {
        body.name: tuple(node.module for node in ast.walk(body) if isinstance(node, ast.ImportFrom) and node.module)
        for body in bodies
    }


@cache
def closure(module: str) -> frozenset[str]:
    """The module and all modules of the package that it imports, be it when a function is called.

    Of packages and of modules ``ON_REQUEST`` only what is imported at once is counted.
    """
    modules, waiting = {module}, [module]
    while waiting:
        new = imported_by(waiting.pop()) - modules
        modules |= new
        waiting += new
    return frozenset(modules)


@cache
def imported_by(module: str) -> frozenset[str]:
    """The package's modules that a module names in its imports, those for type checkers alone apart."""
    path = _path_of(module)
    text = _TYPES_ONLY.sub("", path.read_text(encoding="utf-8"))
    if path.name == "__init__.py" or module.removeprefix(f"{PACKAGE}.") in ON_REQUEST:
        text = _INDENTED.sub("", text)  # what is given out on request is no part of what the module needs
    modules: set[str] = set()
    for parent, names, whole in _IMPORT.findall(text):
        modules.add(parent or whole)
        modules |= {f"{parent}.{name}" for name in _NAME.findall(names) if _is_module(f"{parent}.{name}")}
    parents = {".".join(name.split(".")[:end]) for name in [*modules, module] for end in range(1, name.count(".") + 1)}
    return frozenset(modules | parents) - {module}


@cache
def package_folder() -> Path:
    """Where the package's files are."""
    return Path(str(files(PACKAGE)))


def _is_module(name: str) -> bool:
    return _path_of(name, must_exist=False).is_file()


def _path_of(module: str, *, must_exist: bool = True) -> Path:
    below = PurePosixPath(*module.split(".")[1:])
    package = package_folder() / below / "__init__.py"
    return (
        package if package.is_file() or (must_exist and below == PurePosixPath()) else package_folder() / f"{below}.py"
    )


def changed_code(roots: tuple[str, ...]) -> list[str]:
    """The files of ``code_of`` that are no longer what they were when this process first asked, sorted."""
    return [name for name, path in _files_of(roots).items() if _differs(path)]


def _differs(path: Path) -> bool:
    first = _first_seen(path)
    try:
        return _stamp(path) != first.stamp and _digest_now(path) != first.digest
    except FileNotFoundError:
        return True


class _Seen(NamedTuple):
    """A file as it was: digest, and size and time of its last change."""

    digest: str
    stamp: tuple[int, int]


@cache
def _first_seen(path: Path) -> _Seen:
    """The file as it was when this process first asked."""
    stamp = _stamp(path)  # first: what is exchanged while it is read has another one later
    return _Seen(_digest_now(path), stamp)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _digest_now(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
