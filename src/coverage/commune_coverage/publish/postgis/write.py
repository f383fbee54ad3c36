"""A published run into PostGIS: one transaction, after which readers see all of it, or none when it did not end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr, ValidationError

from commune_coverage.config.country import POSTGIS_RECORD, Postgis
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CoverageError, PostgisError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.quarantine import printable
from commune_coverage.core.state.declared import POSTGIS
from commune_coverage.publish.postgis.connection import connected, read_dsn
from commune_coverage.publish.postgis.layout import Schema, identifier, layout_statements, right_statements
from commune_coverage.publish.postgis.published import Filled, PublishedRun, latest_run, read_published
from commune_coverage.publish.postgis.tables import FILE_ROW, RUNS
from commune_coverage.runs.run import Run

if TYPE_CHECKING:
    import asyncpg

Result = TypeVar("Result")
_RELATIONS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum
"""
_EXTENSION = """
    SELECT n.nspname, quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'postgis'
"""


@dataclass(frozen=True)
class Written:
    """What the database holds of a run now: rows by table."""

    run_id: str
    run_date: date
    rows: dict[str, int]


def in_a_loop_of_its_own(work: Coroutine[Any, Any, Result]) -> Result:
    """What the coroutine returns, also where the caller runs in an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def write_postgis(run_folder: Path, section: Postgis) -> Written:
    """Make the run in ``run_folder`` the current one and put it into the history, in place of itself if it is there.

    Writers into one schema wait for each other, readers for nobody.
    Raises RunError when the folder holds no published run, PostgisError when the database cannot take it.
    """
    dsn, run = read_dsn(section), read_published(run_folder)
    in_a_loop_of_its_own(_write(run, section, dsn))
    counts = {filled.table.name: len(filled.rows) for filled in run.tables}
    return Written(run.facts["run_id"], run.facts["run_date"], counts)


def section_of(country: Path | None, **given: object) -> Postgis:
    """The country file's section, or the default one, with what is given in place of its own.

    Raises CountryFileError for the country file, PostgisError for a value that cannot be.
    """
    section = Postgis() if country is None else load_country(country).postgis
    stated = {name: value for name, value in given.items() if value is not None}
    try:
        return Postgis.model_validate(section.model_dump() | stated)
    except ValidationError as error:
        problem = error.errors()[0]
        raise PostgisError(f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}") from None


async def _write(run: PublishedRun, section: Postgis, dsn: SecretStr) -> None:
    tables = [RUNS, *(filled.table for filled in run.tables)]
    async with connected(dsn) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _lock_name(section))
        schema = await _prepared(connection, section)
        for statement in layout_statements(schema, tables):
            await connection.execute(statement)
        await _one_country(connection, schema.name, run.facts)
        await _replace_run(connection, schema.name, run.facts)
        for filled in run.tables:
            await _copy(connection, schema.name, filled, run.facts["run_id"])
        for statement in right_statements(schema.name, section.role_name, tables):
            await connection.execute(statement)
        # Without it the planner looks for the latest run's points among those of all runs.
        await connection.execute(f"ANALYZE {', '.join(identifier(schema.name, table.name) for table in tables)}")


def _lock_name(section: Postgis) -> str:
    return f"commune-coverage {section.schema_name}"


async def _prepared(connection: asyncpg.Connection, section: Postgis) -> Schema:
    """The extension, the role and the schema, made where they are not there and this login may make them."""
    extension, quoted = await _extension(connection)
    await connection.set_type_codec("geometry", schema=extension, encoder=bytes, decoder=bytes, format="binary")
    if section.role_name == await connection.fetchval("SELECT current_user::text"):
        raise PostgisError(f"'{section.role_name}' is the login that writes; name another role for those who read")
    if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", section.role_name):
        await connection.execute(f"CREATE ROLE {identifier(section.role_name)} NOLOGIN")
    if not await connection.fetchval("SELECT true FROM pg_namespace WHERE nspname = $1", section.schema_name):
        await connection.execute(f"CREATE SCHEMA {identifier(section.schema_name)}")
    return Schema(section.schema_name, quoted, await _relations(connection, section.schema_name))


async def _extension(connection: asyncpg.Connection) -> tuple[str, str]:
    """The schema of PostGIS's types, as it is and quoted."""
    extension = await connection.fetchrow(_EXTENSION)
    if extension is None:
        await connection.execute("CREATE EXTENSION postgis SCHEMA public")
        extension = await connection.fetchrow(_EXTENSION)
    return extension[0], extension[1]


async def _relations(connection: asyncpg.Connection, schema: str) -> dict[str, dict[str, tuple[str, str | None]]]:
    """Columns of all tables and views of the schema. Raises PostgisError when it is somebody else's."""
    relations: dict[str, dict[str, tuple[str, str | None]]] = {}
    for relation, column, kind, comment in await connection.fetch(_RELATIONS, schema):
        relations.setdefault(relation, {})[column] = (kind, comment)
    if relations and "is_latest" not in relations.get(RUNS.name, {}):
        raise PostgisError(f"the schema '{schema}' holds tables of something else; name another one")
    return relations


async def _one_country(connection: asyncpg.Connection, schema: str, facts: dict[str, Any]) -> None:
    other = await connection.fetchval(
        f"SELECT country_code FROM {identifier(schema, RUNS.name)} WHERE country_code <> $1",  # noqa: S608 - quoted
        facts["country_code"],
    )
    if other is not None:
        raise PostgisError(f"the schema '{schema}' holds {other}; give {facts['country_code']} a schema of its own")


async def _replace_run(connection: asyncpg.Connection, schema: str, facts: dict[str, Any]) -> None:
    """The run's row, latest from now on; its older rows go with it from every table."""
    runs = identifier(schema, RUNS.name)
    await connection.execute(f"DELETE FROM {runs} WHERE run_id = $1", facts["run_id"])  # noqa: S608 - quoted
    await connection.execute(f"UPDATE {runs} SET is_latest = false WHERE is_latest")  # noqa: S608 - quoted
    row = tuple(facts[name] for name in RUNS.names)
    await connection.copy_records_to_table(RUNS.name, schema_name=schema, columns=RUNS.names, records=[row])


async def _copy(connection: asyncpg.Connection, schema: str, filled: Filled, run_id: str) -> None:
    records = ((run_id, number, *row) for number, row in enumerate(filled.rows, start=1))
    names = ["run_id", FILE_ROW.name, *filled.table.names]
    await connection.copy_records_to_table(filled.table.name, schema_name=schema, columns=names, records=records)


_MAX_LENGTH = 500


def write_every_run(run: Run, section: Postgis) -> str:
    """Write what is shown now into the country's database; '' or why that could not be.

    The same stands in ``<data>/postgis.json``, for those who ask after the health of the runs.
    """
    problem, shown = "", latest_run(run.data_dir, section.edition)
    try:
        write_postgis(shown, section)
    except CoverageError as error:
        problem = printable(str(error), _MAX_LENGTH)
    log_event(run.data_dir, "postgis", run_id=shown.name, problem=problem)
    with suppress(OSError):
        POSTGIS.write(run.data_dir / POSTGIS_RECORD, {"run_id": shown.name, "problem": problem})
    return problem
