"""Workers that share no disk with the coordinator: files go through storage, by content."""

import os
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ConfigDict, TypeAdapter

from commune_coverage.config.cluster import Cluster
from commune_coverage.core.errors import EngineError
from commune_coverage.core.quarantine import Reason
from commune_coverage.engine import engine_of, map_items
from commune_coverage.engine.file_staging import Expected, Task, TaskFiles, pack, unpack
from commune_coverage.engine.object_storage import Storage
from commune_coverage.engine.task_results import decode_result, encode_result, result_type
from commune_coverage.pipeline.stages.declared.tile_sums import sum_tile
from commune_coverage.pipeline.stages.ensemble.draws import draw
from commune_coverage.pipeline.stages.ensemble.inputs import _paths_of_tile
from commune_coverage.pipeline.stages.radio.first_pass import serve_tile
from commune_coverage.pipeline.stages.territory.tile import cover_tile
from commune_coverage.pipeline.stages.travel.snapping import _road_tile
from commune_coverage.pipeline.stages.verification.cell_sums import ModelledSums, sum_modelled
from commune_coverage.pipeline.stages.verification.declared_cells import sum_cells
from commune_coverage.readers.population.raster import Window, read_window
from commune_coverage.readers.population.spread import _cells_of_window
from commune_coverage.readers.population.tiles import Chunk, _make_tile
from tests.engine.daskhere import dask_here
from tests.engine.liars import answers
from tests.engine.tasks import double


@pytest.fixture
def folder(tmp_path):
    """What a task reads, on the coordinator."""
    (tmp_path / "here" / "more").mkdir(parents=True)
    (tmp_path / "here" / "in.txt").write_text("a")
    (tmp_path / "here" / "more" / "deep.txt").write_text("b")
    return tmp_path / "here"


def _double_all(folder, engine):
    return map_items(
        partial(double, folder),
        [1, 2, 3],
        engine,
        reads=lambda _: [folder / "in.txt", folder / "more", folder / "absent.txt"],
        writes=lambda number: [folder / "out" / f"{number}.txt"],
    )


def _stored(place: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in place.rglob("*") if file.is_file()}


def test_files_are_uploaded_once(folder, tmp_path):
    storage = tmp_path / "storage"
    with dask_here(tmp_path, 2) as dask:
        engine = engine_of(dask.address, Cluster(storage=f"file://{storage}"))
        for text in ("a", "c", "a"):
            (folder / "in.txt").write_text(text)
            before = _stored(storage)
            assert _double_all(folder, engine) == [folder / "out" / f"{number}.txt" for number in (1, 2, 3)]
            assert [path.read_text() for path in sorted((folder / "out").iterdir())] == [
                f"{number} {text}b{text}b" for number in (1, 2, 3)
            ]
            assert before.items() <= _stored(storage).items(), "uploaded again"
    # Two inputs, one of them in two versions, and three results of each.
    assert len(_stored(storage)) == 3 + 6


def test_what_is_sent_is_small_and_free_of_this_machine(folder, tmp_path):
    storage = Storage(f"file://{tmp_path / 'storage'}")
    task_files = TaskFiles(lambda _: [folder], lambda _: [])
    staged_files = task_files.staged_files(7, storage)
    assert [Path(place).name for place, _ in staged_files] == ["in.txt", "deep.txt"]
    packed = pack(Task(partial(double, folder), 7, staged_files, [], storage.address), Path("/"))
    assert len(packed) < 20_000
    there = unpack(packed, tmp_path / "staging")
    assert there.function.args == (tmp_path / "staging" / folder.relative_to("/"),)


def test_workers_of_another_version_are_refused(monkeypatch):
    packed = pack(1, Path("/"))
    monkeypatch.setattr("commune_coverage.core.versions.__version__", "9.9")
    with pytest.raises(EngineError, match=r"other versions than the coordinator \(commune-coverage 9.9, not 0"):
        unpack(packed, Path("/"))


def test_a_damaged_file_is_noticed(folder, tmp_path):
    storage = Storage(f"file://{tmp_path / 'storage'}")
    name = storage.put(folder / "in.txt")
    next((tmp_path / "storage").rglob(name)).write_text("b")
    with pytest.raises(EngineError, match="is damaged"):
        storage.get(name, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_storage_that_does_not_work_is_one_sentence(folder, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(
        EngineError, match=r"^storage 'file://.*' does not work \(\w+\); check address and credentials$"
    ):
        Storage(f"file://{tmp_path}/file/x").put(folder / "in.txt")
    with pytest.raises(EngineError, match="does not work"):
        Storage("nosuch://x")


@pytest.fixture
def s3(monkeypatch):
    """The address of a bucket on a server of our own, which tests do without where it is not installed."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing-id"),
        ("AWS_SECRET_ACCESS_KEY", "testing-secret"),
        ("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("bucket")
    yield "s3://bucket/prefix"
    server.stop()


def test_files_go_through_an_object_store(folder, tmp_path, s3):
    with dask_here(tmp_path, 1) as dask:
        _double_all(folder, engine_of(dask.address, Cluster(storage=s3)))
    assert (folder / "out" / "3.txt").read_text() == "3 abab"
    with pytest.raises(EngineError) as error:
        Storage("s3://elsewhere/prefix").put(folder / "in.txt")
    assert "testing" not in str(error.value)


LIES = (
    "an absolute path", "a path with dots", "an extra file", "a file twice", "a result that names another path",
    "a result of another type", "a name that leads out of the storage", "a pickle", "a pickle in an array",
    "an object, not bytes", "an array that is not there", "a part of no kind", "no end", "more than fits",
)  # fmt: skip


@pytest.fixture(scope="module")
def lies(tmp_path_factory):
    """A coordinator's folder with a file of its own, a storage, and the answers of workers that lie."""
    place = tmp_path_factory.mktemp("lies")
    victim, target, evil = place / "here" / "own.txt", place / "here" / "out" / "1.txt", place / "evil"
    target.parent.mkdir(parents=True)
    victim.write_text("own")
    evil.write_text("evil")
    storage = Storage(f"file://{place / 'storage'}")
    found = answers(storage, victim, target, evil, place / "mark")
    assert sorted(found) == sorted(LIES)
    return place, storage, found


@pytest.mark.parametrize("lie", LIES)
def test_a_worker_that_lies_writes_and_runs_nothing(lies, lie):
    place, storage, found = lies
    expected = Expected(partial(double, place / "here"), [place / "here" / "out" / "1.txt"])
    with pytest.raises(EngineError, match=r"^a worker (sent what|names a file)"):
        expected.collect(found[lie], storage)
    assert (place / "here" / "own.txt").read_text() == "own"
    assert not (place / "mark").exists()
    assert [file for file in (place / "here").rglob("*") if file.is_file()] == [place / "here" / "own.txt"]


def test_a_link_put_in_the_way_leads_nowhere(tmp_path):
    here, elsewhere, evil = tmp_path / "here", tmp_path / "elsewhere", tmp_path / "evil"
    for folder in (here / "out", elsewhere):
        folder.mkdir(parents=True)
    evil.write_text("evil")
    target, storage = here / "out" / "1.txt", Storage(f"file://{tmp_path / 'storage'}")
    answer = encode_result(([[str(target), storage.put(evil)]], target), Path("/"))
    expected = Expected(partial(double, here), [target])
    (here / "out").rmdir()
    (here / "out").symlink_to(elsewhere)
    with pytest.raises(EngineError, match="a link leads 'out' out of its folder"):
        expected.collect(answer, storage)
    assert list(elsewhere.iterdir()) == []


def test_what_others_put_into_the_storage_is_copied_only_where_it_is_a_file_of_its_name_and_not_too_large(
    folder, tmp_path
):
    storage, target = Storage(f"file://{tmp_path / 'storage'}"), tmp_path / "back"
    name = storage.put(folder / "in.txt")
    with pytest.raises(EngineError, match="is larger than"):
        storage.get(name, target, max_bytes=0)
    stored = next((tmp_path / "storage").rglob(name))
    stored.unlink()
    stored.symlink_to(folder / "in.txt")
    with pytest.raises(EngineError, match="not all regular files"):
        storage.get(name, target)
    stored.unlink()
    os.mkfifo(stored)
    with pytest.raises(EngineError, match="not all regular files"):
        storage.get(name, target)
    assert not target.exists()


@pytest.mark.parametrize("function", [
    read_window, _cells_of_window, _make_tile, sum_cells, sum_modelled, sum_tile, cover_tile, draw, _paths_of_tile,
    serve_tile, _road_tile,
])  # fmt: skip
def test_what_every_task_gives_is_declared(function):
    assert TypeAdapter(tuple[result_type(function)], config=ConfigDict(arbitrary_types_allowed=True))


def test_results_come_back_as_they_were(tmp_path):
    table = pd.DataFrame({"name": ["ភូមិ", None], "people": [0.1, np.nan], "row": np.array([3, -1], dtype=np.int32)})
    sums = ModelledSums(table, np.ones((2, 3), bool), table.assign(people=[0.1, -0.0]))
    window = Window(Chunk(tmp_path / "a", {7: (0, 1, 2, 3)}, np.arange(2), np.array([1e-300, np.inf])), people_read=0.1)
    window.faults.append((Reason.NOT_A_NUMBER, [1], ["a\n"], 2))
    back = decode_result(encode_result((sums, window), tmp_path), tuple[ModelledSums, Window], frozenset([Path("/a")]))
    for before, after in zip(sums, back[0], strict=True):
        if isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(before, after)
        else:
            assert (before.dtype, before.shape, before.tobytes()) == (after.dtype, after.shape, after.tobytes())
    assert back[1].chunk.path == Path("/a")
    assert back[1].chunk.rows == window.chunk.rows
    assert back[1].chunk.people.tobytes() == window.chunk.people.tobytes()
    assert back[1].faults == window.faults
    for wrong in (object(), np.array([object()]), {1: {2}}):
        with pytest.raises((TypeError, ValueError)):
            encode_result(wrong, tmp_path)
