"""Names from files arrive as text, whatever is in them; names in SQL are quoted."""

from dataclasses import replace

import pytest

from commune_coverage.core.errors import PostgisError
from commune_coverage.core.files import read_geo
from commune_coverage.publish.postgis.layout import Schema, identifier, layout_statements, literal
from commune_coverage.publish.postgis.tables import RUNS
from commune_coverage.publish.postgis.write import write_postgis
from commune_coverage.schema.inputs import Column, Table
from tests.postgis.runs import altered, with_text

pytestmark = pytest.mark.xdist_group("postgis")

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP SCHEMA commune_coverage CASCADE; --",
    "\"quoted\" and 'quoted' \\' $$ $1 %s {}",
    "two\nlines\tand\r\na tab",
    "\u202eright to left\u202c \u200fmark",
    "x" * 10_000,
    "\\N",
    "ភ្នំពេញ 🛰 \ue000",
    "=cmd()|x",
]


def test_names_of_communes_arrive_as_they_are(server, section, first, tmp_path):
    run = altered(first, tmp_path / "hostile", lambda table: table.assign(commune_name=HOSTILE, province_code=HOSTILE))
    write_postgis(run, section)
    rows = server.ask(
        "officer", "SELECT commune_name, province_code FROM commune_coverage.commune_gaps_now ORDER BY file_row"
    )
    assert rows == [(name, name) for name in HOSTILE]


def test_codes_may_be_hostile_too(server, section, first, tmp_path):
    codes = [*HOSTILE[:5], "ឃ" * 10_000, *HOSTILE[6:]]
    write_postgis(altered(first, tmp_path / "hostile", lambda table: table.assign(commune_code=codes)), section)
    rows = server.ask("officer", "SELECT commune_code FROM commune_coverage.commune_gaps_now ORDER BY file_row")
    assert [code for (code,) in rows] == codes


def test_nul_which_no_database_holds_becomes_a_replacement_character(server, section, first, tmp_path):
    run = altered(first, tmp_path / "nul", lambda table: table.assign(commune_name="a\0b"))
    assert read_geo(run / "commune_gaps.parquet")["commune_name"][0] == "a\0b"
    write_postgis(run, section)
    assert server.ask("officer", "SELECT DISTINCT commune_name FROM commune_coverage.commune_gaps_now") == [
        ("a\ufffdb",)
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_points_arrive_as_published(server, section, first, name):
    with_text(first, "hubs", "point_name", [name, name])
    write_postgis(first, section)
    rows = server.ask("officer", "SELECT point_name FROM commune_coverage.hubs_now")
    assert rows == [(name.replace("\r\n", "\n"),)] * 2


def test_a_hostile_meaning_is_a_comment_and_a_hostile_column_a_column(server, section, first):
    odd = 'a"; DROP SCHEMA commune_coverage; --'
    table = read_geo(first / "commune_gaps.parquet").rename(columns={"people": odd})
    table.to_parquet(first / "commune_gaps.parquet")
    meaning = "It's \\'; DROP SCHEMA commune_coverage CASCADE; --"
    lines = (first / "data_dictionary.csv").read_text("utf-8-sig").splitlines()
    lines = [
        f'"{odd.replace(chr(34), chr(34) * 2)}",number,people,,,,{meaning}' if line.startswith("people,") else line
        for line in lines
    ]
    (first / "data_dictionary.csv").write_text("\n".join(lines) + "\n", "utf-8-sig")
    write_postgis(first, section)
    told = "SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attname = $$" + odd + "$$"
    assert set(server.ask("writer", told)) == {(f"{meaning} Unit: people.",)}


def test_identifiers_and_constants_are_quoted():
    assert identifier("a", 'b"; --') == '"a"."b""; --"'
    assert literal("it's\0") == "'it''s\ufffd'"
    for name in ("", "a\0b", "ខ" * 22):
        with pytest.raises(PostgisError, match="cannot stand in a database"):
            identifier(name)


def test_a_schema_that_is_as_it_should_be_needs_no_statement():
    table = Table("t", "A table.", (Column("people", "number", "People.", "people"),))
    empty = Schema("s", "public", {})
    assert sum(statement.startswith("CREATE") for statement in layout_statements(empty, [RUNS, table])) == 6
    keys = {"run_id": ("text", RUNS["run_id"].sentence)}
    row = {"file_row": ("bigint", "Number of the row in the published file, from 1.")}
    own = {"people": ("double precision", "People. Unit: people.")}
    of_run = {name: ("text", RUNS[name].sentence) for name in ("run_date", "synthetic_layers")}
    there = {"t": keys | row | own, "t_now": keys | of_run | row | own, "t_history": keys | of_run | row | own}
    assert list(layout_statements(replace(empty, relations=there), [table])) == []
