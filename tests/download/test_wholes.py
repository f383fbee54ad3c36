"""Files put together from a publisher's parts: elevation and people in tiles, a raster in a zip."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from commune_coverage.core.errors import FetchError, UnreadableFileError
from commune_coverage.download.bounds import bounds_text, copernicus_tiles, ghsl_tiles, parse_bounds
from commune_coverage.download.catalogue import Source, fill, load_catalogue
from commune_coverage.download.mosaic import merge_tiles
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import Progress, Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import Answer, FaultyServer, needs_user_agent, status, versioned, whole
from tests.download.trials import Clock, objects

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = "104.50,10.60,105.40,11.40"
DEM_NAMES = ("N10_00_E104_00", "N10_00_E105_00", "N11_00_E104_00", "N11_00_E105_00")
CELLS = 60


def _raster(west: float, north: float, size_deg: float, seed: int, cells: int = CELLS, **more: Any) -> bytes:
    values = np.random.default_rng(seed).uniform(1, 500, (cells, cells)).astype("float32")
    res = size_deg / cells
    options = {"height": cells, "width": cells, "count": 1, "dtype": "float32", "crs": "EPSG:4326", **more}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", transform=from_origin(west, north, res, res), **options) as target:
            target.write(values, 1)
        return bytes(memory.read())


def _zipped(name: str, body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, body)
        archive.writestr("readme.txt", "people per cell")
    return packed.getvalue()


def _local(row: Source, server: FaultyServer) -> Source:
    path = row.address.split("/", 3)[3]
    changes = {"address": server.address(f"/{path}"), "allowed_hosts": ("127.0.0.1",), "min_bytes": 10}
    return row.model_copy(update=changes)


class Tiles:
    """A publisher of tiles on the loopback, one of which is sea."""

    def __init__(self, name: str, server: FaultyServer) -> None:
        self.server, self.row = server, _local(load_catalogue()[name], server)
        if name == "ghs-pop-r2023a":
            self.bounds, self.values, size = "102.00,8.00,112.00,12.00", {"year": "2025"}, 10.0
            west, north = -180.00792, 89.09958
            spots = {f"R{r}_C{c}": (west + (c - 1) * 10, north - (r - 1) * 10) for r in (8, 9) for c in (29, 30)}
        else:
            self.bounds, self.values, size = BOUNDS, {}, 1.0
            spots = {tile: (float(tile[8:11]), float(tile[1:3]) + 1.0) for tile in DEM_NAMES}
        bodies = {tile: _raster(*spot, size, i, nodata=-200.0) for i, (tile, spot) in enumerate(spots.items())}
        if name == "ghs-pop-r2023a":
            bodies = {tile: _zipped(f"GHS_POP_{tile}.tif", body) for tile, body in bodies.items()}
        self.bodies = dict(list(bodies.items())[:-1])
        self.sea = list(bodies)[-1]
        for tile, body in self.bodies.items():
            self.give(tile, versioned(body))

    def path(self, tile: str) -> str:
        pattern = self.row.address.split(f":{self.server.port}")[1]
        return fill(pattern, {**self.values, "tile": tile})

    def give(self, tile: str, *answers: Answer) -> None:
        self.server.give(self.path(tile), *answers)

    @property
    def request(self) -> Request:
        return Request(self.row, {**self.values, "bounds": self.bounds})

    def fetch(self, store: SourceStore, clock: Clock | None = None, **more: Any) -> FetchResult:
        [outcome] = fetch_sources([self.request], store, context=(clock or Clock()).context(), **more)
        return outcome


@pytest.fixture(params=["copernicus-dem-30m", "ghs-pop-r2023a"])
def tiles(request: pytest.FixtureRequest, server: FaultyServer) -> Tiles:
    return Tiles(request.param, server)


def _bytes(store: SourceStore, outcome: FetchResult) -> bytes:
    assert outcome.version is not None, outcome.sentence
    return store.path_of(outcome.version).read_bytes()


def test_tiles_become_one_raster_on_their_grid(tiles: Tiles, store: SourceStore, tmp_path: Path) -> None:
    outcome = tiles.fetch(store)
    assert outcome.status == "fetched", outcome.sentence
    west, _, _, north = parse_bounds(tiles.bounds)
    with MemoryFile(_bytes(store, outcome)) as memory, memory.open() as found:
        assert found.bounds.left <= west - 0.1 < found.bounds.left + found.res[0]
        assert found.bounds.top - found.res[1] < north + 0.1 <= found.bounds.top + 1e-9
        assert (found.block_shapes[0], found.compression.value) == ((512, 512), "DEFLATE")
        merged = found.read(1)
        for tile, body in tiles.bodies.items():
            with MemoryFile(_tif(body)) as inner, inner.open() as one:
                seen = _same_cells(found, one)
                assert seen[0].size > 100, tile
                assert np.array_equal(merged[seen[1]], seen[0]), tile


def _same_cells(found: rasterio.DatasetReader, one: rasterio.DatasetReader) -> tuple[Any, tuple[slice, slice]]:
    """A tile's cells that the whole covers, and where they lie in it."""
    x, y = np.array([one.bounds.left, found.bounds.left]).max(), np.array([one.bounds.top, found.bounds.top]).min()
    x, y = x + one.res[0] / 2, y - one.res[1] / 2
    (row, column), (top, left) = one.index(x, y), found.index(x, y)
    height, width = min(one.height - row, found.height - top), min(one.width - column, found.width - left)
    cells = one.read(1)[row : row + height, column : column + width]
    return cells, (slice(top, top + height), slice(left, left + width))


def _tif(body: bytes) -> bytes:
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(archive.namelist()[0])


def test_a_sea_tile_is_nodata(tiles: Tiles, store: SourceStore) -> None:
    with MemoryFile(_bytes(store, tiles.fetch(store))) as memory, memory.open() as found:
        assert (found.read(1) == -200).mean() > 0.001
        assert found.nodata == -200


def test_the_same_tiles_are_not_sent_again(tiles: Tiles, store: SourceStore) -> None:
    first = _bytes(store, tiles.fetch(store))
    again = tiles.fetch(store)
    assert again.status == "unchanged"
    assert _bytes(store, again) == first
    conditional = [headers for _, headers in tiles.server.asked if "If-None-Match" in headers]
    assert len(conditional) == len(tiles.bodies)


def test_the_same_tiles_give_the_same_bytes_elsewhere(tiles: Tiles, tmp_path: Path) -> None:
    stores = [SourceStore(tmp_path / name) for name in "ab"]
    assert _bytes(stores[0], tiles.fetch(stores[0])) == _bytes(stores[1], tiles.fetch(stores[1]))


def test_only_a_changed_tile_is_sent_again(tiles: Tiles, store: SourceStore) -> None:
    before = _bytes(store, tiles.fetch(store))
    tile = next(iter(tiles.bodies))
    changed = _raster(*_corner(tiles.bodies[tile]), 77, nodata=-200.0)
    tiles.give(tile, versioned(_zipped("a.tif", changed) if tiles.bodies[tile][:2] == b"PK" else changed))
    sent = len(tiles.server.asked)
    outcome = tiles.fetch(store)
    assert outcome.status == "fetched"
    assert _bytes(store, outcome) != before
    assert len(tiles.server.asked) - sent == len(tiles.bodies) + 1
    listed = [len(store.versions(path.parent.name)) for path in sorted(store.folder.glob("*.*/versions.json"))]
    assert listed == [len(tiles.bodies)]


def _corner(body: bytes) -> tuple[float, float, float]:
    with MemoryFile(_tif(body)) as memory, memory.open() as one:
        return one.bounds.left, one.bounds.top, one.bounds.right - one.bounds.left


def test_a_tile_that_vanishes_is_no_sea(tiles: Tiles, store: SourceStore) -> None:
    good = tiles.fetch(store).version
    tile = next(iter(tiles.bodies))
    tiles.give(tile, status(404))
    outcome = tiles.fetch(store)
    assert (outcome.status, outcome.version) == ("failed", good)
    assert f"tile {tile}, which was there before, is gone" in outcome.sentence


def test_no_tile_at_all_asks_about_the_bounds(tiles: Tiles, store: SourceStore) -> None:
    for tile in tiles.bodies:
        tiles.give(tile, status(404))
    assert "are the bounds right?" in tiles.fetch(store).sentence
    assert objects(store) == []


def test_progress_counts_the_tiles(tiles: Tiles, store: SourceStore) -> None:
    seen: list[Progress] = []
    tiles.fetch(store, on_progress=seen.append)
    assert {progress.part for progress in seen} == {f"{number} of 4" for number in (1, 2, 3)}
    assert {progress.request.source.id for progress in seen} == {tiles.row.id}


def test_a_whole_of_another_size_is_held_back(tiles: Tiles, store: SourceStore) -> None:
    good = tiles.fetch(store).version
    tile = next(iter(tiles.bodies))
    flat = _raster(*_corner(tiles.bodies[tile]), 5, nodata=-200.0, cells=CELLS * 4)
    tiles.give(tile, versioned(_zipped("a.tif", flat) if tiles.bodies[tile][:2] == b"PK" else flat))
    outcome = tiles.fetch(store)
    assert (outcome.status, outcome.version) == ("held", good), outcome.sentence


def test_a_tile_that_the_disk_damaged_is_fetched_again(tiles: Tiles, store: SourceStore) -> None:
    good = _bytes(store, tiles.fetch(store))
    body = next(iter(tiles.bodies.values()))
    stored = next(path for path in objects(store) if path.read_bytes() == body)
    stored.write_bytes(body[:-40] + bytes(40))
    for path in store.folder.glob(f"{tiles.row.id}/versions.json"):
        path.unlink()
    outcome = tiles.fetch(store)
    assert "is damaged; fetch it again" in outcome.sentence
    assert list(store.partials.glob("*.tif")) == []
    assert _bytes(store, tiles.fetch(store)) == good


PAGE = b"<!DOCTYPE html><html>Service unavailable</html>" + b" " * 300
FAULTS: dict[str, tuple[Any, str]] = {
    "unacceptable": (lambda body: [status(406)], "(406)"),
    "page": (lambda body: [whole(PAGE)], "web page"),
    "nothing": (lambda body: [whole(b"")], "is empty"),
    "half": (lambda body: [whole(body[: len(body) // 2])], ""),
    "wrong length": (lambda body: [whole(body, {"Content-Length": str(len(body) + 9)})], "was cut after"),
    "private": (lambda body: [status(302, {"Location": "http://10.1.2.3/x"})], "refused"),
    "file": (lambda body: [status(302, {"Location": "file:///etc/passwd"})], "refused"),
    "busy": (lambda body: [status(503)], "tried 3 times"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_bad_tile_is_no_raster(fault: str, tiles: Tiles, store: SourceStore) -> None:
    answers, words = FAULTS[fault]
    tile, body = list(tiles.bodies.items())[1]
    tiles.give(tile, *answers(body))
    outcome = tiles.fetch(store)
    assert (outcome.status, outcome.version) == ("failed", None)
    assert words in outcome.sentence
    assert [path.read_bytes() for path in objects(store)] == [next(iter(tiles.bodies.values()))]
    tiles.give(tile, needs_user_agent(versioned(body)))
    sent = len(tiles.server.asked)
    assert tiles.fetch(store).status == "fetched"
    assert tiles.server.asked[sent][1].get("If-None-Match")


def test_busy_and_cut_tiles_come_in_the_end(tiles: Tiles, store: SourceStore, tmp_path: Path) -> None:
    good = _bytes(store, tiles.fetch(store))
    for tile, body in tiles.bodies.items():
        tiles.give(tile, status(429, {"Retry-After": "7"}), versioned(body, cut_after=99), versioned(body))
    clock, other = Clock(), SourceStore(tmp_path / "other")
    assert _bytes(other, tiles.fetch(other, clock)) == good
    assert clock.slept_s.count(7) == len(tiles.bodies)


HRSL = "khm_general_2020_geotiff.zip"


def test_a_raster_in_a_zip_is_unpacked(server: FaultyServer, store: SourceStore) -> None:
    body = _raster(104, 12, 1, 1)
    row = _local(load_catalogue()["meta-hrsl"], server)
    listing = {"result": {"resources": [{"url": server.address(f"/d/{name}")} for name in ("a.csv.zip", HRSL)]}}
    server.give("/api/3/action/package_show", whole(json.dumps(listing).encode()))
    server.give(f"/d/{HRSL}", versioned(_zipped("khm_general_2020.tif", body)))
    request = Request(row, {"ISO3": "KHM", "dataset": "khm-people"})
    outcomes = [fetch_sources([request], store, context=Clock().context())[0] for _ in range(2)]
    assert [outcome.status for outcome in outcomes] == ["fetched", "unchanged"], outcomes[0].sentence
    assert _bytes(store, outcomes[0]) == body


def test_names_of_tiles() -> None:
    assert copernicus_tiles((-0.5, -1.2, 0.5, 0.1)) == [
        f"{lat}_00_{lon}_00" for lat in ("S02", "S01", "N00") for lon in ("W001", "E000")
    ]
    assert copernicus_tiles((104.0, 11.0, 105.0, 12.0)) == ["N11_00_E104_00"]
    assert ghsl_tiles((102.33, 9.91, 107.63, 14.69)) == ["R8_C29"]
    assert ghsl_tiles((20.5, 44.0, 29.5, 47.0)) == ["R5_C21"]
    with pytest.raises(FetchError, match="more than 4,000"):
        copernicus_tiles((-180.0, -60.0, 180.0, 80.0))


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "5,1,4,2", "1,5,2,4", "nan,1,2,3", "-190,1,2,3", "1,2,3,4,5"])
def test_wrong_bounds_are_said(text: str) -> None:
    with pytest.raises(FetchError, match="west,south,east,north"):
        parse_bounds(text)


def test_bounds_are_widened_to_hundredths() -> None:
    assert bounds_text((102.3341, 9.9139, 107.6300, 14.6899)) == "102.33,9.91,107.63,14.69"


def test_tiles_that_lie_elsewhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(_raster(10, 50, 1, 1))
    with pytest.raises(UnreadableFileError, match="where their names say"):
        merge_tiles([tmp_path / "a.tif"], (104, 10, 105, 11), 0.1, tmp_path / "b.tif")


def test_a_coarser_tile_joins_the_finer_grid(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(_raster(104, 12, 1, 1, cells=60))
    (tmp_path / "b.tif").write_bytes(_raster(104, 11, 1, 2, cells=30))
    merge_tiles([tmp_path / "b.tif", tmp_path / "a.tif"], (104.2, 10.2, 104.8, 11.8), 0.0, tmp_path / "c.tif")
    with rasterio.open(tmp_path / "c.tif") as found, rasterio.open(tmp_path / "b.tif") as coarse:
        assert found.res == pytest.approx((1 / 60, 1 / 60))
        assert next(found.sample([(104.51, 10.51)]))[0] == next(coarse.sample([(104.51, 10.51)]))[0]


# Each file that is opened, moved or deleted in the store is a step at which the process may be killed.
KILLED = """
import os, signal, sys
from pathlib import Path
from commune_coverage.download.catalogue import Source
from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
import json, rasterio.merge
folder, row, values, every = Path(sys.argv[1]), Source.model_validate_json(sys.argv[2]), sys.argv[3], int(sys.argv[4])
request = Request(row, json.loads(values))

def fetch(store, kill_at):
    steps = 0
    def step(event, arguments):
        nonlocal steps
        if event in ("open", "os.rename", "os.remove", "os.mkdir") and str(folder) in str(arguments[0]):
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(step)
    [outcome] = fetch_sources([request], store)
    return outcome

def forked(name, kill_at):
    child = os.fork()
    if child == 0:
        outcome = fetch(SourceStore(folder / name), kill_at)
        os._exit(0 if outcome.status in ("fetched", "unchanged") else 3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

kill_at, ends = 1, []
while True:
    end = forked(str(kill_at), kill_at)
    store = SourceStore(folder / str(kill_at))
    import hashlib
    for path in store.folder.glob("objects/*/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, path
    if end == 0:
        break
    assert end == -signal.SIGKILL, end
    assert forked(str(kill_at), 0) == 0
    ends.append(store.newest(row.id, request.parameters).sha256)
    kill_at += every
ends.append(store.newest(row.id, request.parameters).sha256)
assert len(set(ends)) == 1, ends
print(len(ends))
"""


def _killed_everywhere(tiles: Tiles, folder: Path, every: int) -> int:
    request = tiles.request
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            KILLED,
            str(folder),
            request.source.model_dump_json(),
            json.dumps(request.parameters),
            str(every),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src" / "coverage")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_run_killed_at_some_steps_ends_in_the_same_bytes(server: FaultyServer, tmp_path: Path) -> None:
    assert _killed_everywhere(Tiles("ghs-pop-r2023a", server), tmp_path, every=9) > 5


@pytest.mark.long
def test_a_run_killed_at_every_step_ends_in_the_same_bytes(tiles: Tiles, tmp_path: Path) -> None:
    assert _killed_everywhere(tiles, tmp_path, every=1) > 40
