"""The address of the database: where it comes from, and that nothing ever says its password."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from commune_coverage.config.country import Postgis
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CoverageError, PostgisError
from commune_coverage.publish.postgis.connection import read_dsn, redacted
from commune_coverage.publish.postgis.write import section_of, write_postgis
from commune_coverage.quality.manifest import make_manifest
from tests import tiny
from tests.postgis.conftest import PASSWORD, RUN_DATE

pytestmark = pytest.mark.xdist_group("postgis")

WRONG = "wr0ng/pass word"
SPELLINGS = (PASSWORD, quote(PASSWORD, safe=""), WRONG, quote(WRONG, safe=""))


def _run(*arguments, variable=None):
    code = "import sys; from commune_coverage.cli.app import main; sys.argv[0] = 'commune-coverage'; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {"COMMUNE_COVERAGE_POSTGIS": variable} if variable else {}
    command = [sys.executable, "-c", code, "postgis", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def _failures(server):
    """Addresses that fail in one way each, and words of the sentence."""
    good = server.dsn("writer")
    return {
        good.replace(quote(PASSWORD, safe=""), quote(WRONG, safe="")): "see the user and the password",
        good.replace("writer:", "nobody_here:"): "see the user and the password",
        good.replace("/gis", "/nowhere"): "see its name in the address",
        good.replace(f":{server.port}", ":1"): "cannot be reached",
        good.replace("127.0.0.1", "no-such-host.invalid"): "cannot be reached",
        server.dsn("stranger"): "docs/postgis.md shows",
        f"postgresql://writer:{PASSWORD}@127.0.0.1/gis": "holds no address such as",
        f"postgresql://writer:12/{WRONG}@127.0.0.1/gis": "holds no address such as",
        f"host=127.0.0.1 user=writer password={PASSWORD}": "holds no address such as",
        f"postgresql://writer@127.0.0.1:{server.port}/gis?password={quote(WRONG)}": "see the user and the password",
        f"{good}?sslmode=wrong": "cannot be reached",
    }


def test_no_error_says_the_password(server, first, tmp_path):
    for dsn, words in _failures(server).items():
        (tmp_path / "dsn").write_text(dsn, encoding="utf-8")
        with pytest.raises(PostgisError, match=words) as error:
            write_postgis(first, Postgis(dsn_file=tmp_path / "dsn"))
        told = str(error.value)
        assert not any(secret in told for secret in SPELLINGS), told
        assert error.value.__cause__ is None
        assert "\n" not in told


def test_the_command_writes_and_says_no_password(server, section, published):
    done = _run(published, "--dsn-file", section.dsn_file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("commune_coverage: run KHM-20260131-")
    assert (
        "commune_gaps 9, operator_coverage 324, sites 2, hubs 2, payments 2, institutions 9, obligations 2, "
        in done.stdout
    )
    refused = _run(published, variable=server.dsn("writer").replace(quote(PASSWORD, safe=""), quote(WRONG, safe="")))
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: the database cannot be reached: password authentication failed")
    assert not any(secret in done.stdout + done.stderr + refused.stderr for secret in SPELLINGS)


def test_the_variable_names_the_database(server, section, published):
    done = _run(published, variable=server.dsn("writer"))
    assert done.returncode == 0, done.stderr
    assert len(server.ask("officer", "SELECT FROM commune_coverage.commune_gaps_now")) == 9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{data}"], "no database is named: give --dsn-file FILE, or set COMMUNE_COVERAGE_POSTGIS"),
        (["{data}", "--dsn-file", "/nowhere"], "'/nowhere' cannot be read"),
        (["{data}", "--schema", "public"], "belongs to the server or to everybody"),
        (["{data}", "--schema", 'x"; DROP'], "schema_name: String should match pattern"),
        (["/nowhere"], "no published run in '/nowhere'; commune-coverage run"),
    ],
)
def test_a_mistake_is_one_sentence(published, arguments, words, monkeypatch):
    monkeypatch.delenv("COMMUNE_COVERAGE_POSTGIS", raising=False)
    done = _run(*[str(published) if word == "{data}" else word for word in arguments])
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_country_file_says_where_the_address_is_but_not_what(tmp_path):
    path = tiny.write_files(tmp_path / "in")
    before = make_manifest(load_country(path), path, RUN_DATE, {})
    tiny.say(
        path,
        """
        [postgis]
        schema_name = "khm"
        dsn_file = "secret/dsn"
    """,
    )
    section = section_of(path, role_name="gis_office")
    assert section == Postgis(schema_name="khm", role_name="gis_office", dsn_file=tmp_path / "in/secret/dsn")
    assert make_manifest(load_country(path), path, RUN_DATE, {}) == before
    tiny.say(path, 'dsn = "postgresql://u:p4ssw0rd@h/d"')
    with pytest.raises(CoverageError, match="unknown key 'dsn'") as error:
        load_country(path)
    assert "p4ssw0rd" not in str(error.value)


def test_an_address_never_shows_itself(monkeypatch):
    monkeypatch.setenv("COMMUNE_COVERAGE_POSTGIS", " postgresql://u:a%2Fb@h/d?sslpassword=zzz \n")
    dsn = read_dsn(Postgis())
    assert "a%2Fb" not in repr(dsn) + str(dsn)
    told = redacted("postgresql://u:a%2Fb@h/d?sslpassword=zzz then a/b, a%2Fb and\nzzz", dsn)
    assert told == "*** then ***, *** and ***"
    assert redacted("plain", SecretStr("postgresql://h/d")) == "plain"


def test_nothing_of_it_is_imported_before_it_is_used():
    code = (
        "import sys, commune_coverage.cli.app, commune_coverage.config.loader, commune_coverage.pipeline.dag\n"
        "names = ('asyncpg', 'commune_coverage.publish.postgis')\n"
        "assert not [name for name in sys.modules if name.startswith(names)]"
    )
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=path)


def test_without_the_driver_the_sentence_says_what_to_install(first, tmp_path, monkeypatch):
    (tmp_path / "dsn").write_text("postgresql://h/d")
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(PostgisError, match=r"pip install 'commune-coverage\[postgis\]'"):
        write_postgis(first, Postgis(dsn_file=tmp_path / "dsn"))
