from datetime import date

import pytest

from commune_coverage.config.layers import Layer
from commune_coverage.readers.formats.provenance import old_days, origin_of, write_sidecar


@pytest.mark.parametrize(("run_date", "days"), [((2026, 3, 1), None), ((2026, 3, 20), 49)])
def test_a_fetched_file_grows_old(tmp_path, run_date, days):
    (tmp_path / "a.csv").write_text("a\n1\n")
    write_sidecar(tmp_path / "a.csv", {"fetched": "2026-01-30T02:00:00+00:00", "max_age_days": 45})
    assert old_days(origin_of(Layer(path=tmp_path / "a.csv")), date(*run_date)) == days


def test_a_file_that_nobody_fetched_has_no_age(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    assert old_days(origin_of(Layer(path=tmp_path / "a.csv")), date(2036, 1, 1)) is None


def test_a_sidecar_is_the_same_bytes_in_whatever_order_it_is_known(tmp_path):
    known = {"title": "Communes ឃុំ", "licence": "CC BY", "fetched": "2026-01-30"}
    for name, origin in (("a.csv", known), ("b.csv", dict(reversed(known.items())))):
        assert write_sidecar(tmp_path / name, origin) == tmp_path / f"{name}.source.json"
    text = (tmp_path / "a.csv.source.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.csv.source.json").read_text(encoding="utf-8")
    assert text == '{\n "fetched": "2026-01-30",\n "licence": "CC BY",\n "title": "Communes ឃុំ"\n}\n'
