"""What a worker sends back: JSON, arrays and tables in one npz, read as the type that the task's function declares.

Never a pickle, which would run what a worker puts into it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import numpy.typing as npt

from commune_coverage.core.errors import EngineError

MAX_RESULT_BYTES = 2**28
_TREE = "tree"
_UNUSABLE = "a worker sent what no task sends; see that only this package's workers are at the scheduler"


def encode_result(result: Any, root: Path) -> bytes:
    """Write a result as bytes.

    Parameters
    ----------
    result : any
        None, numbers, text, paths below the root, arrays of numbers, tables, and lists, tuples, dicts, named tuples and
        dataclasses of such.
    root : Path
        The root of this machine's paths.

    Returns
    -------
    bytes
        An npz: arrays, tables as Arrow streams, and the rest as JSON with the names of these.

    Raises
    ------
    TypeError, ValueError
        For anything else.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    tree = _plain(result, root, arrays)
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, **{_TREE: _as_array(json.dumps(tree).encode())})
    return stream.getvalue()


def decode_result(content: Any, declared: Any, paths: frozenset[Path]) -> Any:
    """Read a result that a worker sent.

    Parameters
    ----------
    content : bytes
        Of ``encode_result``; anything else is refused.
    declared : type
        What it must be, such as the return type of the task's function.
    paths : frozenset of Path
        The paths that it may name.

    Returns
    -------
    any
        Of the declared type.

    Raises
    ------
    EngineError
        Where it is of another form or type, larger than ``MAX_RESULT_BYTES``, or names another path.
    """
    try:
        result = _adapter(declared).validate_python((_tree_of(content),))[0]
    except Exception as error:  # noqa: BLE001 - each format has its own for bytes that it cannot read
        raise EngineError(f"{_UNUSABLE} ({type(error).__name__})") from None
    if not paths.issuperset(_paths_in(result)):
        raise EngineError(f"{_UNUSABLE} (a path that the task does not write)")
    return result


def result_type(function: Callable[..., Any]) -> Any:
    """Find what a function says that it returns.

    Parameters
    ----------
    function : callable
        A function, or a partial of one.

    Returns
    -------
    type
        Its annotation.

    Raises
    ------
    TypeError
        Where it has none.
    """
    while isinstance(function, partial):
        function = function.func
    hints = get_type_hints(function)
    if "return" not in hints:
        raise TypeError(f"{function.__qualname__} must say what it returns: what workers send is read as that")
    return hints["return"]


def _plain(value: Any, root: Path, arrays: dict[str, npt.NDArray[Any]]) -> Any:
    """What JSON can hold; arrays and tables are put into ``arrays`` and named."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        value = _fields(value)
    if isinstance(value, Mapping):
        return {"items": [[_plain(part, root, arrays) for part in pair] for pair in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(part, root, arrays) for part in value]
    return _single(value, root, arrays)


def _single(value: Any, root: Path, arrays: dict[str, npt.NDArray[Any]]) -> Any:
    import pandas as pd

    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return f"/{value.relative_to(root).as_posix()}"
    if isinstance(value, np.ndarray):
        return {"array": _named(value, arrays)}
    if isinstance(value, pd.DataFrame):
        return {"table": _named(_as_array(_arrow(value)), arrays)}
    raise TypeError(f"a task's result holds a {type(value).__name__}, which is not sent between machines")


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _tree_of(content: bytes) -> Any:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        if sum(member.file_size for member in archive.zip.infolist()) > MAX_RESULT_BYTES:
            raise ValueError("too large")
        return _restored(json.loads(archive[_TREE].tobytes()), archive)


def _restored(value: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> Any:
    if isinstance(value, list):
        return [_restored(part, arrays) for part in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "array":
        return arrays[inner]
    if kind == "table":
        return _table(arrays[inner].tobytes())
    if kind != "items":
        raise ValueError(kind)
    return {_restored(name, arrays): _restored(part, arrays) for name, part in inner}


def _paths_in(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _paths_in(_fields(value))
    elif isinstance(value, Mapping):
        yield from _paths_in([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _paths_in(part)


@cache
def _adapter(declared: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter

    return TypeAdapter(tuple[declared], config=ConfigDict(arbitrary_types_allowed=True))


def _named(array: npt.NDArray[Any], arrays: dict[str, npt.NDArray[Any]]) -> str:
    name = str(len(arrays))
    arrays[name] = array
    return name


def _as_array(content: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)


def _arrow(frame: Any) -> bytes:
    import pyarrow as pa

    table, sink = pa.Table.from_pandas(frame), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(content: bytes) -> Any:
    import pyarrow as pa

    table = pa.ipc.open_stream(content).read_all()
    table.validate(full=True)
    return table.to_pandas()
