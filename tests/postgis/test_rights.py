"""Who may do what: the readers' role reads views, others nothing."""

import asyncpg
import pytest

from commune_coverage.core.errors import PostgisError
from commune_coverage.publish.postgis.write import write_postgis
from tests.postgis.test_write import TABLES

pytestmark = pytest.mark.xdist_group("postgis")

NOT_FOR_READERS = [
    "SELECT FROM commune_coverage.commune_gaps",
    "SELECT FROM commune_coverage.runs",
    "DELETE FROM commune_coverage.runs_history",
    "UPDATE commune_coverage.runs_now SET run_date = now()",
    "INSERT INTO commune_coverage.runs_now (run_id) VALUES ('x')",
    "UPDATE commune_coverage.commune_gaps_now SET people = 0",
    "DELETE FROM commune_coverage.commune_gaps_history",
    "TRUNCATE commune_coverage.hubs",
    "CREATE TABLE commune_coverage.mine (id int)",
    "DROP VIEW commune_coverage.sites_now",
]


@pytest.mark.parametrize("statement", NOT_FOR_READERS)
def test_the_role_cannot_write_nor_see_tables(server, section, first, statement):
    write_postgis(first, section)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ObjectNotInPrerequisiteStateError)):
        server.ask("officer", statement)


def test_the_role_has_select_on_every_view_and_nothing_else(server, section, first):
    write_postgis(first, section)
    server.ask(
        "admin",
        "GRANT UPDATE ON commune_coverage.commune_gaps TO commune_coverage_reader",
        "GRANT SELECT ON commune_coverage.runs TO PUBLIC",
        "GRANT CREATE ON SCHEMA commune_coverage TO PUBLIC",
    )
    write_postgis(first, section)
    granted = server.ask(
        "admin",
        "SELECT relkind::text, grantee::regrole::text, privilege_type FROM pg_class, aclexplode(relacl) "
        "WHERE relnamespace = 'commune_coverage'::regnamespace AND grantee <> relowner",
    )
    assert granted == [("v", "commune_coverage_reader", "SELECT")] * 2 * len(TABLES)
    on_schema = server.ask(
        "admin",
        "SELECT grantee::regrole::text, privilege_type FROM pg_namespace, aclexplode(nspacl) "
        "WHERE nspname = 'commune_coverage' AND grantee <> nspowner",
    )
    assert on_schema == [("commune_coverage_reader", "USAGE")]


def test_public_has_nothing(server, section, first):
    write_postgis(first, section)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        server.ask("stranger", "SELECT FROM commune_coverage.commune_gaps_now")


def test_a_role_that_may_not_be_made_is_told(server, section, first):
    with pytest.raises(PostgisError, match=r"create role.*docs/postgis\.md"):
        write_postgis(first, section.model_copy(update={"role_name": "nobody_yet"}))


def test_the_login_that_writes_does_not_lock_itself_out(section, first):
    with pytest.raises(PostgisError, match="'writer' is the login that writes"):
        write_postgis(first, section.model_copy(update={"role_name": "writer"}))


def test_an_administrator_needs_nothing_prepared(server, section, first, tmp_path):
    server.ask("admin", "CREATE DATABASE fresh", database="postgres")
    (tmp_path / "dsn").write_text(server.dsn("admin", "fresh"))
    write_postgis(first, section.model_copy(update={"role_name": "made_here"}))
    made = server.ask(
        "admin", "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'made_here'", database="fresh"
    )
    assert made == [(False, False)]
    assert len(server.ask("admin", "SELECT FROM commune_coverage.commune_gaps_now", database="fresh")) == 9
