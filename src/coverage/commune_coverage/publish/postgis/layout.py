"""Tables, views, comments and rights as they should be: the statements for what is not so yet.

Nothing is ever dropped. A column that a newer configuration lacks stays, empty from then on, and so do views, with what
others have built on them. Where all is as it should be no statement makes readers wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from commune_coverage.core.errors import PostgisError
from commune_coverage.publish.postgis.tables import FILE_ROW, RUN_COLUMNS, RUNS
from commune_coverage.schema.inputs import Column, Table

_LONGEST_BYTES = 63


def identifier(*names: str) -> str:
    """A name, or names joined by dots, quoted. Raises PostgisError for one that the server would cut or refuse."""
    for name in names:
        if "\0" in name or not 0 < len(name.encode()) <= _LONGEST_BYTES:
            raise PostgisError(f"the name {name[:80]!r} cannot stand in a database; use 1 to {_LONGEST_BYTES} bytes")
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """A text as a constant, where ``standard_conforming_strings`` is on."""
    return "'" + storable(text).replace("'", "''") + "'"


def storable(text: str) -> str:
    """The text with a replacement character for NUL, which the server cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


Relation = Mapping[str, tuple[str, str | None]]
"""Column -> type and comment, in the order of the table or view."""
VIEWS = {"now": "The run that was written last.", "history": "Every run that was written."}
_TYPES = {"text": "text", "number": "double precision", "integer": "bigint", "flag": "boolean"}
_NONE: Relation = {}


@dataclass(frozen=True)
class Schema:
    """A schema as it is; ``extension`` is the quoted name of the schema that has the type geometry."""

    name: str
    extension: str
    relations: Mapping[str, Relation]

    def has(self, table: Table) -> Relation:
        return self.relations.get(table.name, _NONE)


def layout_statements(schema: Schema, tables: Iterable[Table]) -> Iterator[str]:
    """What makes or completes the tables and their views. Raises PostgisError where a column has another type."""
    for table in tables:
        missing = [column for column in table.columns if _is_missing(schema, table, column)]
        columns = [*(schema.has(table) or _keys(table)), *(column.name for column in missing)]
        yield from _table(schema, table, missing)
        yield from _comments(schema, table.name, table, columns)
        shown = columns if table is RUNS else [*RUN_COLUMNS, *columns[1:]]
        for suffix, sentence in VIEWS.items():
            view = f"{table.name}_{suffix}"
            if list(schema.relations.get(view, _NONE)) != shown:
                yield _view(schema, table, view, shown, latest=suffix == "now")
                yield f"COMMENT ON VIEW {identifier(schema.name, view)} IS {literal(f'{table.sentence} {sentence}')}"
            yield from _comments(schema, view, table, shown)


def right_statements(schema: str, role: str, tables: Iterable[Table]) -> Iterator[str]:
    """The role may read the views and nothing else; whoever has no role may do nothing."""
    views = ", ".join(identifier(schema, f"{table.name}_{suffix}") for table in tables for suffix in VIEWS)
    space, reader = identifier(schema), identifier(role)
    yield f"REVOKE ALL ON SCHEMA {space} FROM PUBLIC, {reader}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {space} FROM PUBLIC, {reader}"
    yield f"GRANT USAGE ON SCHEMA {space} TO {reader}"
    yield f"GRANT SELECT ON {views} TO {reader}"


def _keys(table: Table) -> list[str]:
    return ["run_id"] if table is RUNS else ["run_id", FILE_ROW.name]


def _is_missing(schema: Schema, table: Table, column: Column) -> bool:
    if column.name in _keys(table):
        return False
    existing, wanted = schema.has(table).get(column.name), _type(schema, table, column)
    if existing is not None and existing[0] != wanted:
        raise PostgisError(
            f"column '{column.name}' of '{schema.name}.{table.name}' holds {existing[0]} and the run's is {wanted}; "
            "write into another schema"
        )
    return existing is None


def _type(schema: Schema, table: Table, column: Column) -> str:
    if column.kind == "geometry":
        return f"{schema.extension}.geometry({'MultiPolygon' if table.name == 'commune_gaps' else 'Point'},4326)"
    return "date" if column.name == "run_date" else _TYPES[column.kind]


def _table(schema: Schema, table: Table, missing: list[Column]) -> Iterator[str]:
    name, row = identifier(schema.name, table.name), identifier(FILE_ROW.name)
    of_run = f"REFERENCES {identifier(schema.name, RUNS.name)} ON DELETE CASCADE"
    keys = "PRIMARY KEY" if table is RUNS else f"{of_run}, {row} bigint, PRIMARY KEY (run_id, {row})"
    if not schema.has(table):
        yield f"CREATE TABLE {name} (run_id text {keys})"
        yield f"COMMENT ON TABLE {name} IS {literal(table.sentence)}"
    for column in missing:
        yield f"ALTER TABLE {name} ADD COLUMN {identifier(column.name)} {_type(schema, table, column)}"
        if column.kind == "geometry":
            yield f"CREATE INDEX ON {name} USING gist ({identifier(column.name)})"


def _view(schema: Schema, table: Table, view: str, shown: list[str], *, latest: bool) -> str:
    """The columns of the run come first, so that new ones come last and a view can be replaced in its place."""
    rows, runs = identifier(schema.name, table.name), identifier(schema.name, RUNS.name)
    source = runs if table is RUNS else f"{runs} JOIN {rows} USING (run_id)"
    where = " WHERE is_latest" if latest else ""
    columns = [f"{runs if name in RUN_COLUMNS else rows}.{identifier(name)}" for name in shown]
    return (
        f"CREATE OR REPLACE VIEW {identifier(schema.name, view)} AS "  # noqa: S608 - all names are quoted
        f"SELECT {', '.join(columns)} FROM {source}{where}"
    )


def _comments(schema: Schema, relation: str, table: Table, columns: list[str]) -> Iterator[str]:
    declared = {column.name: column for column in (*RUNS.columns, FILE_ROW, *table.columns)}
    there = schema.relations.get(relation, _NONE)
    for name in columns:
        comment = _comment(declared[name]) if name in declared else None
        if comment is not None and there.get(name, ("", None))[1] != comment:
            yield f"COMMENT ON COLUMN {identifier(schema.name, relation, name)} IS {literal(comment)}"


def _comment(column: Column) -> str:
    return f"{column.sentence} Unit: {column.unit}." if column.unit else column.sentence
