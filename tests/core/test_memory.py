"""What is read once is read once, and let go of when the stage has ended."""

from commune_coverage.core import resources as memory
from commune_coverage.core.resources import clear_caches, lru_cached
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.runs.run import start_run
from tests import tiny


def test_what_is_read_once_is_read_again_once_it_was_let_go():
    asked = []

    @lru_cached
    def answer(number):
        asked.append(number)
        return 2 * number

    assert [answer(1), answer(2), answer(1)] == [2, 4, 2]
    assert asked == [1, 2]
    clear_caches()
    assert answer(1) == 2
    assert asked == [1, 2, 1]


def test_a_stage_that_has_ended_keeps_nothing(tmp_path, monkeypatch):
    clear_caches()
    kept, forgotten = [], []
    monkeypatch.setattr(memory, "_FORGET", [*memory._FORGET, lambda: forgotten.append(len(kept))])
    run = start_run(tiny.write_with_roads(tmp_path / "in"), tmp_path / "d", tmp_path / "m", engine="serial")
    for stage in STAGES[:-1]:
        run_stage(stage, run)
        kept.append(stage.name)
    computed = [number for number, stage in enumerate(STAGES[:-1]) if stage.group != "ingest"]
    assert set(computed) <= set(forgotten)
