"""Ratios, spreads, tables and refusals: what every benchmark shares."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks import peers, table
from benchmarks.clock import Cost, Result, cost_of, interleave, ratio
from benchmarks.command import run_benchmarks
from benchmarks.machine import describe_machine
from commune_coverage.core.errors import BenchError, MissingPeerError
from commune_coverage.core.resources import cpu_s

COSTS = {"slow": [Cost(2, 9), Cost(6, 9), Cost(3, 9)], "fast": [Cost(1, 3), Cost(2, 3), Cost(1, 3)]}


@pytest.fixture
def told_time(monkeypatch):
    """A clock that only goes on where it is told to, a third of it CPU."""
    now = [0.0]
    monkeypatch.setattr("benchmarks.clock.time.perf_counter", lambda: now[0])
    monkeypatch.setattr("benchmarks.clock.cpu_s", lambda: now[0] / 3)
    return now


def test_a_ratio_is_taken_round_by_round():
    found = ratio(COSTS, "slow", "fast", at_most=2.5)
    assert (found.median, found.least, found.greatest, found.is_met) == (3, 2, 3, False)
    assert ratio(COSTS, "slow", "fast", "wall", at_least=3).is_met
    assert ratio(COSTS, "slow", "fast").is_met is None


def test_ways_take_turns_and_quick_ones_are_repeated(told_time):
    order = []

    def way(name, seconds):
        def function():
            order.append(name)
            told_time[0] += seconds

        return function

    costs = interleave({"one": way("one", 0.06), "other": way("other", 0.06)}, 2)
    assert order == ["one", "other", "one", "other"]
    assert [(cost.cpu_s, cost.wall_s) for cost in costs["one"]] == [pytest.approx((0.02, 0.06))] * 2
    quick = cost_of(way("quick", 0.0078125))
    assert order.count("quick") == 7  # the first count that takes a twentieth of a second
    assert (quick.cpu_s, quick.wall_s) == pytest.approx((0.0078125 / 3, 0.0078125))


def test_cpu_time_counts_living_and_finished_children():
    before = cpu_s()
    code = "import time\nwhile time.process_time() < 0.4: pass\nprint('done', flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"done\n"
    living = cpu_s() - before
    child.communicate(b"\n")
    assert living > 0.35
    assert cpu_s() - before >= living - 2 / os.sysconf("SC_CLK_TCK")


def test_the_machine_is_described():
    found = describe_machine()
    assert found.keys() == {"cpu", "cores", "memory_gb", "system", "python", "versions"}
    assert found["cores"] >= 1
    assert found["versions"]["numpy"]


def test_an_absent_peer_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(MissingPeerError, match=r"scikit-image.*pip install 'commune-coverage\[bench\]'"):
        peers.peer("skimage")


@pytest.mark.parametrize(
    ("names", "options", "sentence"),
    [
        (["zonals"], {}, "no benchmark 'zonals'"),
        (["zonal"], {"rounds": 0}, "--rounds 0"),
        (["zonal"], {"copies": "1,x"}, "--copies '1,x'"),
        (["zonal"], {"copies": "0"}, "below 1"),
        (["zonal"], {"shares": "-0.1"}, "below 0"),
        (["zonal"], {"country": "nowhere"}, "neither default nor national"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_sentence(names, options, sentence, tmp_path):
    asked = {"country": "default", "rounds": 1, "copies": "1", "shares": "0", "folder": tmp_path} | options
    with pytest.raises(BenchError, match=sentence):
        run_benchmarks(names, on_done=lambda _: None, **asked)


def test_a_table_is_replaced_and_others_stay(tmp_path):
    target = tmp_path / "b.md"
    target.write_text("# Speed\n\nText before.\n")
    found = {"machine": describe_machine(), "country": "default", "rounds": 3}
    for name, aim in (("one", 4.0), ("other", None), ("one", 2.0)):
        result = Result(name, [ratio(COSTS, "slow", "fast", at_most=aim)], {"equal": True}, {"places": 1200})
        table.write_section(target, {**found, "benchmarks": [result.record()]})
    text = target.read_text()
    assert text.startswith("# Speed\n\nText before.\n")
    assert text.count("## one, default country") == text.count("## other, default country") == 1
    assert "| slow | fast | CPU | 3 | 2 to 3 | <= 2, missed |" in text
    assert "- equal: yes" in text
    assert "- places: 1,200" in text
