"""What the database holds against what the run published."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.core.errors import CoverageError, PostgisError
from commune_coverage.core.files import read_geo, read_json
from commune_coverage.publish.exports import read_csv
from commune_coverage.publish.postgis.write import write_postgis
from tests.postgis.runs import altered

pytestmark = pytest.mark.xdist_group("postgis")

ROOT = Path(__file__).resolve().parents[2]
BESIDE = (
    "operator_coverage", "sites", "hubs", "payments", "institutions", "obligations", "obligation_trends",
    "official_indicators", "benchmarks",
)  # fmt: skip
TABLES = ("commune_gaps", *BESIDE, "national_figures", "runs")
NEXT = {"run_id": "KHM-20260201-second", "run_date": "2026-02-01"}


def _content(server):
    """Every row of every view, as text."""
    views = [f"commune_coverage.{table}_{suffix}" for table in TABLES for suffix in ("now", "history")]
    return {view: server.ask("writer", f"SELECT v::text FROM {view} v ORDER BY 1") for view in views}


def _column(server, column, view="commune_gaps_now"):
    return [row[0] for row in server.ask("officer", f"SELECT {column} FROM commune_coverage.{view} ORDER BY file_row")]


def test_every_value_is_that_of_the_parquet(server, section, first):
    written = write_postgis(first, section)
    table = read_geo(first / "commune_gaps.parquet")
    assert written.rows["commune_gaps"] == len(table) == 9
    for name in table.columns.drop("geometry"):
        stored, there = _column(server, f'"{name}"'), table[name]
        if name == "run_date":
            stored = [run_date.isoformat() for run_date in stored]
        assert [value is None for value in stored] == there.isna().tolist(), name
        assert [value for value in stored if value is not None] == there.dropna().tolist(), name


def test_shapes_are_valid_and_of_the_same_area(server, section, first):
    write_postgis(first, section)
    table = read_geo(first / "commune_gaps.parquet")
    rows = server.ask(
        "officer",
        "SELECT ST_AsBinary(geometry), ST_Area(geometry), ST_Area(geometry::geography) / 1e6, "
        "ST_IsValid(geometry), GeometryType(geometry), ST_SRID(geometry) "
        "FROM commune_coverage.commune_gaps_now ORDER BY file_row",
    )
    shapes = table.geometry.to_numpy()
    assert {row[3:] for row in rows} == {(True, "MULTIPOLYGON", 4326)}
    assert all(shapely.from_wkb(row[0]).equals(shape) for row, shape in zip(rows, shapes, strict=True))
    assert np.allclose([row[1] for row in rows], shapely.area(shapes), rtol=1e-12)
    assert np.allclose([row[2] for row in rows], table["area_km2"], rtol=1e-6)


@pytest.mark.parametrize("name", BESIDE)
def test_tables_beside_hold_every_column_of_their_csv(server, section, first, name):
    write_postgis(first, section)
    lines = read_csv(first / f"{name}.csv")
    assert lines
    for column in lines[0]:
        stored = _column(server, f'"{column}"', f"{name}_now")
        for value, text in zip(stored, [line[column] for line in lines], strict=True):
            assert (
                (value == float(text))
                if isinstance(value, int | float) and text not in ("True", "False")
                else (str("" if value is None else value) == text)
            ), (column, value, text)


def test_points_stand_where_they_are(server, section, first):
    write_postgis(first, section)
    rows = server.ask("officer", "SELECT ST_X(geometry), ST_Y(geometry), lon, lat FROM commune_coverage.hubs_now")
    assert len(rows) == 2
    assert all(row[:2] == row[2:] for row in rows)


def test_national_figures_and_the_run_are_those_of_the_report(server, section, first):
    write_postgis(first, section)
    report = read_json(first / "report.json")
    rows = server.ask("officer", "SELECT figure, value FROM commune_coverage.national_figures_now")
    assert dict(rows) == report["national"]
    columns = "run_id, run_date, country_code, country_name, status, synthetic_layers, is_latest"
    found = server.ask("officer", f"SELECT {columns} FROM commune_coverage.runs_now")
    assert found == [(report["run_id"], date(2026, 1, 31), "KHM", "Tiny", "real", "", True)]


def test_written_twice_gives_the_same(server, section, first):
    write_postgis(first, section)
    once = _content(server)
    write_postgis(first, section)
    assert _content(server) == once
    assert len(once["commune_coverage.commune_gaps_now"]) == 9


def test_history_grows_by_run_and_a_run_replaces_its_own_rows_only(server, section, first, tmp_path):
    second = altered(first, tmp_path / "second", lambda table: table.assign(people=table["people"] + 1), **NEXT)
    write_postgis(first, section)
    alone = _content(server)
    write_postgis(second, section)
    both = _content(server)
    kept = set(alone["commune_coverage.commune_gaps_history"])
    assert kept < set(both["commune_coverage.commune_gaps_history"])
    assert len(both["commune_coverage.commune_gaps_history"]) == 18
    assert {run for (run,) in server.ask("writer", "SELECT run_id FROM commune_coverage.hubs_now")} == {NEXT["run_id"]}
    mended = altered(second, tmp_path / "mended", lambda table: table.assign(people=table["people"] + 1), **NEXT)
    write_postgis(mended, section)
    sums = server.ask(
        "writer", "SELECT run_date, sum(people) FROM commune_coverage.commune_gaps_history GROUP BY 1 ORDER BY 1"
    )
    assert sums == [(date(2026, 1, 31), 4500), (date(2026, 2, 1), 4518)]


def test_an_older_run_that_is_published_again_is_the_current_one(server, section, first, tmp_path):
    for folder in (first, altered(first, tmp_path / "second", **NEXT), first):
        write_postgis(folder, section)
    assert server.ask("writer", "SELECT run_date FROM commune_coverage.runs_now") == [(date(2026, 1, 31),)]
    assert len(server.ask("writer", "SELECT FROM commune_coverage.runs_history")) == 2


def test_columns_that_come_and_go_leave_views_that_others_built_on(server, section, first, tmp_path):
    write_postgis(first, section)
    server.ask("admin", "CREATE VIEW public.mine AS SELECT * FROM commune_coverage.commune_gaps_now")
    try:
        second = altered(first, tmp_path / "second", **NEXT)
        dictionary = (second / "data_dictionary.csv").read_text("utf-8-sig")
        more = dictionary.replace("district_code,text", "mood,text").replace("people,number", "souls,number", 1)
        (second / "data_dictionary.csv").write_text(more, "utf-8-sig")
        table = read_geo(second / "commune_gaps.parquet").rename(columns={"district_code": "mood", "people": "souls"})
        table.to_parquet(second / "commune_gaps.parquet")
        write_postgis(second, section)
        now = server.ask("officer", "SELECT souls, people FROM commune_coverage.commune_gaps_now ORDER BY souls")
        assert now == [(100.0 * n, None) for n in range(1, 10)]
        history = "SELECT count(people), count(souls) FROM commune_coverage.commune_gaps_history"
        assert server.ask("officer", history) == [(9, 9)]
        assert len(server.ask("admin", "SELECT FROM public.mine")) == 9
    finally:
        server.ask("admin", "DROP VIEW public.mine")


def test_comments_tell_the_meaning_and_the_unit(server, section, first):
    write_postgis(first, section)
    told = dict(
        server.ask(
            "officer",
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
            "WHERE attrelid = 'commune_coverage.commune_gaps_now'::regclass",
        )
    )
    assert told["area_km2"] == "Geodesic area on WGS 84. Unit: km2."
    assert told["run_date"] == "The date of the run."
    assert all(told.values())


def test_geometry_is_declared_and_indexed_for_those_who_look_for_layers(server, section, first):
    write_postgis(first, section)
    layers = server.ask("officer", "SELECT f_table_name, srid, type FROM geometry_columns ORDER BY 1")
    assert [row for row in layers if row[0].endswith("_now")] == [
        ("commune_gaps_now", 4326, "MULTIPOLYGON"),
        ("hubs_now", 4326, "POINT"),
        ("institutions_now", 4326, "POINT"),
        ("payments_now", 4326, "POINT"),
        ("sites_now", 4326, "POINT"),
    ]
    indexed = server.ask("writer", "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%USING gist%' ORDER BY 1")
    assert [name for (name,) in indexed] == ["commune_gaps", "hubs", "institutions", "payments", "sites"]


def test_a_run_without_hubs_leaves_an_empty_table_and_the_history(server, section, first, tmp_path):
    write_postgis(first, section)
    second = altered(first, tmp_path / "second", **NEXT)
    (second / "hubs.csv").unlink()
    write_postgis(second, section)
    assert server.ask("officer", "SELECT FROM commune_coverage.hubs_now") == []
    assert len(server.ask("officer", "SELECT FROM commune_coverage.hubs_history")) == 2


def test_what_the_page_for_officers_shows_works(server, section, first, tmp_path):
    page = (ROOT / "docs" / "postgis.md").read_text()
    select = page.split("```sql\n")[2].split("```")[0]
    forget = re.search(r"`(DELETE FROM [^`]*)`", page).group(1)
    month = altered(
        first, tmp_path / "m", lambda table: table.assign(internet_gap_share=0), run_id="m", run_date="2026-03-02"
    )
    write_postgis(first, section)
    write_postgis(month, section)
    gaps = read_geo(first / "commune_gaps.parquet")["internet_gap_share"]
    assert [fell for *_, fell in server.ask("officer", select)] == sorted(100 * gaps[gaps > 0], reverse=True)
    server.ask("writer", forget.replace("current_date - 365", "date '2026-02-01'"))
    assert server.ask("officer", "SELECT DISTINCT run_id FROM commune_coverage.sites_history") == [("m",)]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("CREATE TABLE commune_coverage.theirs (id int)", "holds tables of something else"),
        ("", "holds LAO; give KHM a schema of its own"),
    ],
)
def test_a_schema_of_something_else_is_left_alone(server, section, first, tmp_path, spoil, words):
    if spoil:
        server.ask("admin", "CREATE SCHEMA commune_coverage", spoil)
    else:
        other = altered(first, tmp_path / "other", country={"code": "LAO", "name": {"en": "X"}, "languages": ["en"]})
        write_postgis(other, section)
    before = server.ask("admin", "SELECT relname FROM pg_class WHERE relnamespace = 'commune_coverage'::regnamespace")
    with pytest.raises(PostgisError, match=words):
        write_postgis(first, section)
    after = server.ask("admin", "SELECT relname FROM pg_class WHERE relnamespace = 'commune_coverage'::regnamespace")
    assert sorted(before) == sorted(after)


def test_a_column_of_another_type_is_named(server, section, first):
    write_postgis(first, section)
    dictionary = first / "data_dictionary.csv"
    dictionary.write_text(dictionary.read_text("utf-8-sig").replace("people,number", "people,text", 1), "utf-8-sig")
    with pytest.raises(
        PostgisError, match=r"column 'people' of 'commune_coverage\.commune_gaps' holds double precision"
    ):
        write_postgis(first, section)


def test_a_folder_that_is_no_run_is_one_sentence(section, tmp_path):
    with pytest.raises(CoverageError, match=r"is not a published run: it lacks report\.json"):
        write_postgis(tmp_path, section)


def test_missing_numbers_are_null_and_not_nan(server, section, first):
    table = read_geo(first / "commune_gaps.parquet")
    assert table["using_people"].isna().all()
    write_postgis(first, section)
    assert _column(server, "using_people") == [None] * 9
    assert pd.isna(table["composite_rank"]).sum() == _column(server, "composite_rank").count(None)
