"""What candidates cost, every number by hand from a costs file, to the cent."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.planning.candidates.costs import add_costs
from commune_coverage.planning.scenario.model import Budget, load_costs

METRIC = "EPSG:32648"
COSTS = textwrap.dedent("""
    build = { capital = { value = 100_000, source = "by hand" }, yearly_share = { value = 0.1, source = "by hand" } }
    share = { capital = { value = 55_000, source = "by hand" }, yearly_share = { value = 0.2, source = "by hand" } }
    upgrade = { capital = { value = 30_000, source = "by hand" }, yearly_share = { value = 0.3, source = "by hand" } }
    fibre = { capital = { value = 15_000, source = "by hand" }, yearly_share = { value = 0.05, source = "by hand" } }
    agent = { capital = { value = 1_500.33, source = "by hand" }, yearly_share = { value = 0.5, source = "by hand" } }
    locker = { capital = { value = 9_000, source = "by hand" }, yearly_share = { value = 0.15, source = "by hand" } }
    [links]
    microwave = { value = 40_000, source = "by hand" }
    microwave_km = { value = 40, source = "by hand" }
    fibre_km = { value = 3_000, source = "by hand" }
    fibre_route_factor = { value = 1.3, source = "by hand" }
    road_km = { value = 8_000, source = "by hand" }
    power_km = { value = 12_000, source = "by hand" }
    solar = { value = 25_000, source = "by hand" }
    [terrain]
    per_100_m_share = { value = 0.1, source = "by hand" }
    max_share = { value = 0.5, source = "by hand" }
""")
FLAT, HILL, TOP = (0.0, 0.0), (200_000.0, 0.0), (400_000.0, 0.0)
WEST, NORTH = 300_000.0, 1_300_000.0


class World:
    """Candidates 1,000 km apart, each with its own road, site and fibre; ground of which is high, by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stages = folder, folder / "stages"
        self.stages.mkdir()
        self.rows: list[dict[str, object]] = []
        self.roads: list[shapely.Geometry] = []
        self.fibre: list[tuple[shapely.Geometry, bool]] = []
        self.sites: list[tuple[float, float, bool]] = []
        (folder / "costs.toml").write_text(COSTS)

    def add(
        self,
        kind: str,
        road_km: float | None = None,
        site_km: float | None = None,
        fibre_km: float | None = None,
        ground: tuple[float, float] = FLAT,
    ) -> None:
        """A candidate: its road runs in the north, its site stands in the east, its fibre lies in the south."""
        x = 1e6 * len(self.rows)
        self.rows.append({"kind": kind, "x_m": x, "y_m": 0.0, "ground": ground})
        if road_km is not None:
            self.roads.append(shapely.LineString([(x - 9000, road_km * 1000), (x + 9000, road_km * 1000)]))
        if site_km is not None:
            # One across the border is nearer, and no link goes from there.
            self.sites += [(x + site_km * 1000, 0.0, True), (x + 500, 0.0, False)]
        if fibre_km is not None:
            # Fibre that is planned only is nearer, and gives nothing yet.
            for km, works in ((fibre_km, True), (0.5, False)):
                self.fibre.append((shapely.LineString([(x - 9000, -km * 1000), (x + 9000, -km * 1000)]), works))

    def costed(self, budget: Budget, elevation: Layer | None = None) -> pd.DataFrame:
        if self.roads:
            gpd.GeoDataFrame(geometry=self.roads, crs=METRIC).to_parquet(self.stages / "roads.parquet")
        if self.fibre:
            shapes, works = zip(*self.fibre, strict=True)
            lines = gpd.GeoDataFrame({"is_operational": works}, geometry=list(shapes), crs=METRIC)
            lines.to_parquet(self.stages / "fibre.parquet")
        if self.sites:
            pd.DataFrame(self.sites, columns=["x_m", "y_m", "is_home"]).to_parquet(self.stages / "sites.parquet")
        listed = pd.DataFrame(self.rows)
        ground = np.add(listed.pop("ground").tolist(), [WEST + 50_000, NORTH - 50_000])
        points = gpd.GeoSeries(gpd.points_from_xy(*ground.T), crs=METRIC).to_crs("EPSG:4326")
        listed = listed.assign(lon=points.x.to_numpy(), lat=points.y.to_numpy())
        run = SimpleNamespace(
            stages_folder=self.stages, country=SimpleNamespace(layers=SimpleNamespace(elevation=elevation))
        )
        return add_costs(listed, run, load_costs(self.folder / "costs.toml"), budget)  # type: ignore[arg-type]

    def heights(self) -> Layer:
        """Cells of 1 km, so that the land about one, 10 km each way, is 19 x 19 = 361 of them.

        Of those about the hill 111 are 361 m high: the mean is 111 m and the hill stands 250 m above it. The top alone
        is 722 m high: 720 m above the mean of 2 m.
        """
        values = np.zeros((100, 500), dtype=np.float32)
        row, hill, top = 50, 250, 450
        about = np.zeros(361)
        about[:111] = 361
        about[[110, 180]] = about[[180, 110]]
        values[row - 9 : row + 10, hill - 9 : hill + 10] = about.reshape(19, 19)
        assert values[row, hill] == 361
        values[row, top] = 722
        transform = rasterio.Affine(1000, 0, WEST - 500, 0, -1000, NORTH + 500)
        with rasterio.open(
            self.folder / "heights.tif",
            "w",
            driver="GTiff",
            width=500,
            height=100,
            count=1,
            dtype="float32",
            crs=METRIC,
            transform=transform,
        ) as target:
            target.write(values, 1)
        return Layer(path=self.folder / "heights.tif")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_mast_2_km_from_a_road_and_12_km_from_fibre_and_four_others_cost_what_they_do_by_hand(world: World) -> None:
    world.add("build", road_km=2, site_km=15, fibre_km=12)
    world.add("build", road_km=3, site_km=14, fibre_km=20)
    world.add("build", road_km=2, site_km=55, fibre_km=50, ground=HILL)
    world.add("fibre", road_km=2, site_km=3, fibre_km=12, ground=HILL)
    world.add("build_locker", road_km=2, site_km=15, fibre_km=12, ground=HILL)
    found = world.costed(Budget(per_year=1.0, fund_share=0.6, fund_runs=True), world.heights())
    assert found["road_km"].tolist() == [2, 3, 2, 2, 2]
    assert found["site_km"].tolist() == [15, 14, 55, 3, 15]
    assert found["fibre_km"].tolist() == [12, 20, 50, 12, 12]
    capital = [
        # 12 km x 3,000 of fibre < 40,000 of microwave; 2 x 8,000 of road; 2 x 12,000 of grid < 25,000 of sun.
        100_000 + 36_000 + 16_000 + 24_000,
        # 14 x 3,000 = 42,000 of fibre > 40,000 of microwave; 3 x 8,000 of road; 3 x 12,000 of grid > 25,000 of sun.
        100_000 + 40_000 + 24_000 + 25_000,
        # 250 m above the land about: a quarter more. Beyond 40 km no microwave: 50 x 3,000 of fibre.
        125_000 + 150_000 + 16_000 + 24_000,
        # 12 km x 1.3 along the route x 3,000; ground does not count.
        15_000 + 46_800,
        # The mast a quarter more, what is linked to it and the locker not.
        125_000 + 36_000 + 16_000 + 24_000 + 9_000,
    ]
    assert capital == [176_000, 189_000, 315_000, 61_800, 210_000]
    yearly = [17_600, 18_900, 31_500, 3_090, 20_100 + 1_350]
    assert found["capital"].tolist() == pytest.approx(capital, abs=0.005)
    assert found["yearly"].tolist() == pytest.approx(yearly, abs=0.005)
    assert found["fund_capital"].tolist() == pytest.approx([105_600, 113_400, 189_000, 37_080, 126_000], abs=0.005)
    assert found["fund_yearly"].tolist() == pytest.approx([10_560, 11_340, 18_900, 1_854, 12_870], abs=0.005)


def test_what_is_put_on_a_site_or_in_a_shop_needs_no_links_and_only_masts_feel_the_ground(world: World) -> None:
    for kind in ("share", "upgrade", "agent"):
        world.add(kind, road_km=2, site_km=15, fibre_km=12, ground=HILL)
    found = world.costed(Budget(per_year=1.0), world.heights())
    # 55,000 x 1.25, 30,000 x 1.25, and the shop as it is; a year of each is 0.2, 0.3 and 0.5 of it.
    assert found["capital"].tolist() == pytest.approx([68_750, 37_500, 1_500.33], abs=0.005)
    # Half of 1,500.33 is 750.165: to the cent.
    assert found["yearly"].tolist() == pytest.approx([13_750, 11_250, 750.16], abs=0.0051)


def test_steep_ground_adds_no_more_than_half_and_a_valley_takes_nothing_off(world: World) -> None:
    valley = (HILL[0] + 3_000, HILL[1] - 3_000)
    for ground in (TOP, FLAT, valley):
        world.add("share", ground=ground)
    found = world.costed(Budget(per_year=1.0), world.heights())
    # 720 m above would be 0.72 more.
    assert found["capital"].tolist() == pytest.approx([82_500, 55_000, 55_000], abs=0.005)


def test_at_40_km_a_microwave_still_reaches_and_at_0_km_nothing_is_linked(world: World) -> None:
    world.add("build", road_km=25 / 12, site_km=40)
    world.add("build", road_km=0, site_km=40.001)
    world.add("build", road_km=0, site_km=0)
    found = world.costed(Budget(per_year=1.0))
    # 25 / 12 km: the grid costs 25,000 as the sun does, the road 16,666.67.
    capital = [100_000 + 40_000 + 16_666.67 + 25_000, 100_000 + 120_003, 100_000]
    assert found["capital"].tolist() == pytest.approx(capital, abs=0.005)


def test_without_roads_power_is_of_the_sun_and_without_sites_and_fibre_no_backhaul_is_paid(world: World) -> None:
    world.add("build")
    found = world.costed(Budget(per_year=1.0, fund_share=0.25))
    assert found["capital"].tolist() == [125_000]
    # Operators pay for what runs, unless the fund does.
    assert found[["fund_capital", "fund_yearly"]].to_numpy().tolist() == [[31_250, 0]]


def test_without_known_fibre_its_route_starts_at_the_nearest_site_at_home(world: World) -> None:
    world.add("fibre", site_km=3)
    # 15,000 and 3 km x 1.3 x 3,000.
    assert world.costed(Budget(per_year=1.0))["capital"].tolist() == [26_700]
