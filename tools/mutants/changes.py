"""Every small change of a source file that could make a figure wrong: what is replaced, by what, in which function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import PurePosixPath

MODULE = "(module)"
_LIMITS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "!=", "!=": "=="}
_OPERATORS = {"+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "%": "*", "**": "*", "&": "|", "|": "&"}
_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}
_ORDER_IS_NOTHING = {
    "min",
    "max",
    "minimum",
    "maximum",
    "hypot",
    "fmin",
    "fmax",
    "isinstance",
    "zip",
    "cast",
    "array_equal",
}
_WORDS_ONLY = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Assert)
_LEAVES = (ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Change:
    """The characters from ``start`` to ``end`` of a file become ``text``."""

    file: str
    function: str
    kind: str
    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""
    line: int = 0
    repeat: int = 0
    name: str = ""

    @property
    def key(self) -> str:
        """The same in every run as long as the changed lines keep their text and the module its name, in its part."""
        parts = [*place_of(self.file), self.function, self.before, self.after, str(self.repeat)]
        return sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def lines(self) -> tuple[str, ...]:
        return *place_of(self.file), self.function, self.before, self.after

    def applied(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def place_of(file: str) -> tuple[str, str]:
    """Part and name of a module: what stays where it moves between the folders of a part."""
    path = PurePosixPath(file)
    return path.parts[0], path.name


Signatures = dict[str, tuple[str, ...]]


def signatures_of(sources: Iterable[str]) -> Signatures:
    """Declared types of what each function or class takes, by position; without those that are defined differently."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = [one for one in node.args.args if one.arg not in {"self", "cls"}]
                found.setdefault(node.name, set()).add(tuple(_words_of(one.annotation) for one in given))
            elif isinstance(node, ast.ClassDef):
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                found.setdefault(node.name, set()).add(tuple(_words_of(one.annotation) for one in fields))
    return {name: next(iter(types)) for name, types in found.items() if len(types) == 1}


def _words_of(annotation: ast.expr | None) -> str:
    return ast.unparse(annotation) if annotation is not None else ""


def changes_of(file: str, source: str, signatures: Signatures | None = None) -> list[Change]:
    """All changes of a file, in its order; a few of them may not compile or change nothing.

    Arguments that ``signatures`` declare of different types are not exchanged: the type check refuses that.
    """
    result: list[Change] = []
    repeats: dict[str, int] = {}
    for change in _Finder(file, source, signatures or {}).changes():
        described = described_change(change, source)
        number = repeats[described.key] = repeats.get(described.key, -1) + 1
        result.append(replace(described, repeat=number))
    return result


def described_change(change: Change, source: str) -> Change:
    """The change with its line, and its lines before and after."""
    first = source.rfind("\n", 0, change.start) + 1
    last = source.find("\n", change.end)
    before = source[first:last]
    after = source[first : change.start] + change.text + source[change.end : last]
    line = source.count("\n", 0, first) + 1
    return replace(change, before=_on_one_line(before), after=_on_one_line(after), line=line)


def is_visible(change: Change, source: str) -> bool:
    """Whether the change compiles and is another program."""
    try:
        return ast.dump(ast.parse(change.applied(source))) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False


def functions_of(source: str) -> dict[str, tuple[int, int]]:
    """First and last character of each outermost function and method, by its qualified name."""
    offsets = _Offsets(source)
    result = {}
    for name, node in _named_functions(ast.parse(source).body, ""):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        result[name] = (offsets.at(first, 0), offsets.at(node.end_lineno or 0, node.end_col_offset or 0))
    return result


def _named_functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _named_functions(node.body, f"{prefix}{node.name}.")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


class _Offsets:
    """Characters from the beginning, of lines and UTF-8 columns."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def of(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.at(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.at(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )


class _Finder:
    """Walks a file's tree and gives its changes."""

    def __init__(self, file: str, source: str, signatures: Signatures) -> None:
        self._file, self._source, self._offsets = file, source, _Offsets(source)
        self._signatures = signatures
        self._function = MODULE

    def changes(self) -> Iterator[Change]:
        yield from self._of_body(ast.parse(self._source).body, "")

    def _of_body(self, body: list[ast.stmt], prefix: str) -> Iterator[Change]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from self._of_body(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function = prefix + node.name
                yield from self._inside(node)
                self._function = MODULE
            else:
                yield from self._inside(node)

    def _inside(self, node: ast.AST) -> Iterator[Change]:
        """Changes of a node and of all that is in it, but for annotations, words and what is only imported."""
        if isinstance(node, _WORDS_ONLY):
            return
        for made in (self._comparison, self._arithmetic, self._logic, self._constant, self._call, self._statement):
            yield from made(node)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list"} or (name == "slice" and _is_plain(value)):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._inside(child)

    def _comparison(self, node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, ast.Compare):
            return
        for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
            symbol = _SYMBOLS.get(type(operator), "")
            for kind, table in (("limit", _LIMITS), ("comparison", _TURNED)):
                if symbol in table:
                    yield self._between(left, right, symbol, table[symbol], kind)

    def _arithmetic(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.AugAssign) and type(node.op) in _SYMBOLS:
            symbol = _SYMBOLS[type(node.op)]
            yield self._between(node.target, node.value, f"{symbol}=", f"{_OPERATORS[symbol]}=", "operator")
        if not isinstance(node, ast.BinOp) or type(node.op) not in _SYMBOLS or _has_words(node):
            return
        symbol = _SYMBOLS[type(node.op)]
        yield self._between(node.left, node.right, symbol, _OPERATORS[symbol], "operator")
        yield self._replaced(node, f"({self._text(node.left)})", "term")

    def _logic(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.BoolOp):
            symbol, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            yield self._between(node.values[0], node.values[1], symbol, other, "boolean")
            yield self._replaced(node, f"({self._text(node.values[0])})", "term")
        elif isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
            yield self._replaced(node, f"({self._text(node.operand)})", "boolean")
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield self._replaced(node.test, f"(not ({self._text(node.test)}))", "boolean")

    def _constant(self, node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, ast.Constant):
            return
        if isinstance(node.value, bool):
            yield self._replaced(node, str(not node.value), "boolean")
        elif isinstance(node.value, int):
            yield self._replaced(node, f"({node.value + 1})", "constant")
        elif isinstance(node.value, float):
            yield self._replaced(node, f"({node.value * 1.1 if node.value else 1.0!r})", "constant")

    def _call(self, node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, ast.Call) or len(node.args) < 2 or _called(node) in _ORDER_IS_NOTHING:
            return
        declared = self._signatures.get(_called(node), ())
        for number, (first, second) in enumerate(pairwise(node.args)):
            if type(first) is not type(second) or isinstance(first, ast.Starred):
                continue
            if len(set(declared[number : number + 2]) - {""}) > 1:
                continue
            (start, middle), (again, end) = self._offsets.of(first), self._offsets.of(second)
            text = self._text(second) + self._source[middle:again] + self._text(first)
            yield Change(self._file, self._function, "arguments", start, end, text)

    def _statement(self, node: ast.AST) -> Iterator[Change]:
        removable = (
            (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
            or isinstance(node, ast.AugAssign)
            or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript))
            or (isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], _LEAVES))
        )
        if removable:
            yield self._replaced(node, "pass", "statement")

    def _between(self, left: ast.AST, right: ast.AST, symbol: str, other: str, kind: str) -> Change:
        start = self._source.index(symbol, self._offsets.of(left)[1], self._offsets.of(right)[0])
        return Change(self._file, self._function, kind, start, start + len(symbol), other)

    def _replaced(self, node: ast.AST, text: str, kind: str) -> Change:
        start, end = self._offsets.of(node)
        return Change(self._file, self._function, kind, start, end, text)

    def _text(self, node: ast.AST) -> str:
        start, end = self._offsets.of(node)
        return self._source[start:end]


def _is_plain(value: object) -> bool:
    """An index that is a number: what is taken by another index is nearly always of another kind."""
    return isinstance(value, ast.Constant)


def _has_words(node: ast.AST) -> bool:
    """Paths and texts are put together with the signs of arithmetic."""
    if isinstance(node, ast.BinOp):
        return _has_words(node.left) or _has_words(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))
