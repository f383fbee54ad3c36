"""The connection to the database: its address stays secret, and every failure is one sentence without it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from commune_coverage.config.country import Postgis
from commune_coverage.core.errors import PostgisError
from commune_coverage.core.quarantine import printable

if TYPE_CHECKING:
    import asyncpg

EXAMPLE = "postgresql://user:password@host:5432/database"
# More than one @, or a / before it, is a password whose signs the driver would take for a host.
_WELL_FORMED = re.compile(r"postgres(ql)?://([^:/?#@\s]*(:[^/?#@\s]*)?@)?[^@#\s]*")
_SECRET_OPTIONS = ("password", "sslpassword")
_LONGEST_WAIT_S = 30.0
_SETTINGS = {
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    "lock_timeout": "10min",
    "application_name": "commune-coverage",
}
_ADVICE = {
    "0A": "install PostGIS on the server",
    "28": "see the user and the password in the address",
    "3D": "create the database, or see its name in the address",
    "42501": "give this login the right, as docs/postgis.md shows",
    "53": "the server has no room; free some and write again",
    "55P03": "another session has held it for ten minutes; see what that one waits for and write again",
}


def read_dsn(section: Postgis) -> SecretStr:
    """The address that the section points to. Raises PostgisError when there is none, or it is not an address."""
    if section.dsn_file is not None:
        try:
            text, source = section.dsn_file.read_text(encoding="utf-8-sig"), f"'{section.dsn_file.name}'"
        except (OSError, UnicodeDecodeError):
            raise PostgisError(f"'{section.dsn_file}' cannot be read; put {EXAMPLE} into it") from None
    else:
        text, source = os.environ.get(section.dsn_variable, ""), section.dsn_variable
    if not text.strip():
        raise PostgisError(f"no database is named: give --dsn-file FILE, or set {section.dsn_variable} to {EXAMPLE}")
    if not _WELL_FORMED.fullmatch(text.strip()):
        raise PostgisError(
            f"{source} holds no address such as {EXAMPLE}; in a password write %40 for @, %2F for /, %3A for :"
        )
    return SecretStr(text.strip())


@asynccontextmanager
async def connected(dsn: SecretStr) -> AsyncIterator[asyncpg.Connection]:
    """A connection that finds nothing by search path. Raises PostgisError for all that goes wrong while it is open."""
    try:
        import asyncpg
    except ImportError:
        raise PostgisError("PostGIS needs the package asyncpg: pip install 'commune-coverage[postgis]'") from None

    with _told_plainly(dsn, "the database cannot be reached", "see the address and that the server runs"):
        connection = await asyncpg.connect(dsn.get_secret_value(), timeout=_LONGEST_WAIT_S, server_settings=_SETTINGS)
    try:
        with _told_plainly(dsn, "the database did not take the run", "mend it and write again"):
            yield connection
    finally:
        await connection.close(timeout=_LONGEST_WAIT_S)


@contextmanager
def _told_plainly(dsn: SecretStr, what: str, otherwise: str) -> Iterator[None]:
    """Failures of driver and server as PostgisError: what failed, why, and what to do."""
    import asyncpg

    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        code = getattr(error, "sqlstate", None) or ""
        advice = next((text for start, text in _ADVICE.items() if code.startswith(start)), otherwise)
        reason = redacted(str(error), dsn) or type(error).__name__
        raise PostgisError(f"{what}: {reason}; {advice}") from None


def redacted(text: str, dsn: SecretStr) -> str:
    """The text as one line, with *** for the address and for every password in it."""
    address = dsn.get_secret_value()
    parts = urlsplit(address)
    options = [value for name, value in parse_qsl(parts.query) if name in _SECRET_OPTIONS]
    raw = parts.password or ""
    for secret in sorted({address, raw, unquote(raw), *options} - {""}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return printable(text, 300)
