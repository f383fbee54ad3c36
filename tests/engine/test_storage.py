"""Workers that share no disk with the coordinator: files go through storage, by content."""

from functools import partial
from pathlib import Path

import pytest

from commune_coverage.config.cluster import Cluster
from commune_coverage.core.errors import EngineError
from commune_coverage.engine import engine_of, map_items
from commune_coverage.engine.file_staging import Task, TaskFiles, pack, unpack
from commune_coverage.engine.object_storage import Storage
from tests.engine.daskhere import dask_here
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
    monkeypatch.setattr("commune_coverage.engine.file_staging.__version__", "9.9")
    with pytest.raises(EngineError, match="install one"):
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
