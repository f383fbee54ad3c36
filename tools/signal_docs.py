"""Draws the plots of docs/signal.md and weighs its defaults: ``python tools/signal_docs.py plots|weights``."""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "commune-coverage", "figure.figsize": (7, 4)})

from matplotlib import pyplot as plt  # noqa: E402

from commune_coverage.core.files import read_json  # noqa: E402
from commune_coverage.pipeline.dag import STAGES  # noqa: E402
from commune_coverage.pipeline.runner import run_stage  # noqa: E402
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km, terrain_loss_db  # noqa: E402
from commune_coverage.radio.link_budget import speed_mbps  # noqa: E402
from commune_coverage.radio.propagation.base import Link  # noqa: E402
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db  # noqa: E402
from commune_coverage.radio.propagation.registry import MODELS  # noqa: E402
from commune_coverage.radio.shadowing import DIFFERENCES_DB, EXCESSES_DB, margins  # noqa: E402
from commune_coverage.readers.towers.link_budgets import load_radios  # noqa: E402
from commune_coverage.runs.run import start_run  # noqa: E402
from commune_coverage.synthetic.invented import write_country  # noqa: E402

FOLDER = Path(__file__).parents[1] / "docs" / "signal"
RADIOS = load_radios(None)


def plots() -> None:
    FOLDER.mkdir(exist_ok=True)
    _models()
    _terrain()
    _margins()
    _speeds()


def _save(name: str, x: str, y: str, title: str) -> None:
    plt.xlabel(x)
    plt.ylabel(y)
    plt.title(title)
    plt.grid(alpha=0.3)
    plt.legend(fontsize=8)
    plt.tight_layout()
    plt.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close()


def _models() -> None:
    metres = np.geomspace(20, 30_000, 300)
    link = Link(1800, 30)
    for name in (
        "free_space",
        "extended_hata_open",
        "extended_hata_urban",
        "tr36942_rural",
        "tr36942_urban",
        "cost231_urban",
        "tr38901_rma",
        "tr38901_uma",
    ):
        model = MODELS[name]
        low, high = model.distance_m
        within = (metres >= low) & (metres <= high)
        plt.semilogx(metres[within], model.loss_db(metres[within], link), label=name)
    for environment, style in (("rural", "k--"), ("urban", "k:")):
        loss = chain_loss_db(RADIOS.environments[environment].models, metres, link)
        plt.semilogx(metres, loss, style, lw=1, label=f"default, {environment}")
    _save("models", "distance, m", "median loss, dB", "1,800 MHz, antenna 30 m, receiver 1.5 m, each in its own range")


def _terrain() -> None:
    metres = np.linspace(0, 10_000, 101)
    ridge = 150 * np.exp(-(((metres - 4000) / 500) ** 2))
    earth_km = effective_earth_km(RADIOS.conditions.refractivity_lapse_n_per_km)
    ends = range(4, len(metres))
    for ground, label in ((np.zeros(len(metres)), "flat ground"), (ridge, "a ridge of 150 m at 4 km")):
        loss = [terrain_loss_db(metres[: n + 1], ground[: n + 1], 1800, 30, 1.5, earth_km) for n in ends]
        plt.plot(metres[4:] / 1000, loss, label=label)
    rural = chain_loss_db(RADIOS.environments["rural"].models, metres[4:], Link(1800, 30))
    plt.plot(metres[4:] / 1000, rural, "k--", lw=1, label="TR 36.942 rural")
    _save("terrain", "distance, km", "median loss, dB", "Delta-Bullington over bare ground, 1,800 MHz, antenna 30 m")


def _margins() -> None:
    for probability in (0.9, 0.5):
        table = margins(10.0, 0.0, RADIOS.conditions.site_correlation, probability)
        plt.plot(DIFFERENCES_DB, table.noise_db[:, 0], label=f"against noise, {probability:.0%}")
        for column, style in ((0, "--"), (4, ":")):
            label = f"against interference, {probability:.0%}, all others {EXCESSES_DB[column]:g} dB over the strongest"
            plt.plot(DIFFERENCES_DB, table.interference_db[:, column], style, label=label)
    plt.xlim(0, 40)
    _save("margins", "server over strongest other cell, dB", "margin, dB", "Shadowing of 10 dB, correlation 0.5")


def _speeds() -> None:
    sinr = np.linspace(-12, 35, 400)
    for name, budget in RADIOS.technologies.items():
        width, min_sinr = budget.bandwidth_mhz.value, 10 ** (budget.min_sinr_db / 10)
        alpha, max_efficiency = budget.shannon_alpha.value, budget.max_bits_per_s_per_hz
        layers = int(budget.layers_at(budget.frequency_mhz.value).value)
        mbps = [speed_mbps(10 ** (level / 10), min_sinr, alpha, max_efficiency, width, layers) for level in sinr]
        plt.plot(sinr, mbps, label=f"{name.upper()}, {budget.bandwidth_mhz.value:g} MHz")
    plt.yscale("log")
    _save("speeds", "SINR, dB", "Mbps, cell to oneself", "Speed by SINR, TR 36.942 annex A with each technology's caps")


_ONE_LAYER = "layers = [{ value = 1, low = 1, high = 2 }, { from_mhz = 1400, value = 1"
CHANGES = (
    ("load at the edge 0.5 to 0.8", "load = 0.5", "load = 0.8"),
    ("edge probability 0.9 to 0.95", "edge_probability = 0.9", "edge_probability = 0.95"),
    ("correlation of sites 0.5 to 0", "site_correlation = 0.5", "site_correlation = 0.0"),
    ("body loss 3 to 8 dB", "body_loss_db = 3.0", "body_loss_db = 8.0"),
    ("rural clutter 8 to 15 dB", "terrain_clutter = 8.0", "terrain_clutter = 15.0"),
    ("demand 0.07 to 0.12 Mbps", "demand_mbps = { value = 0.07", "demand_mbps = { value = 0.12"),
    ("adoption 0.6 to 0.75", "adoption_share = { value = 0.6,", "adoption_share = { value = 0.75,"),
    ("4G 20 to 10 MHz wide", "bandwidth_mhz = { value = 20,", "bandwidth_mhz = { value = 10,"),
    ("4G 1,800 to 800 MHz", "frequency_mhz = { value = 1800, low = 800", "frequency_mhz = { value = 800, low = 800"),
    ("4G 61 to 57 dBm", "eirp_dbm = { value = 61", "eirp_dbm = { value = 57"),
    ("antennas 30 to 20 m", "antenna_height_m = { value = 30", "antenna_height_m = { value = 20"),
    (
        "4G efficiency 0.6 to 0.75",
        "shannon_alpha = { value = 0.6, low = 0.5",
        "shannon_alpha = { value = 0.75, low = 0.5",
    ),
    ("4G 2 layers to 1", "layers = [{ value = 2, low = 1, high = 2 }, { from_mhz = 1400, value = 2", _ONE_LAYER),
)


def weights() -> None:
    """Prints what each changed default does to the invented country's national shares, in points."""
    shipped = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        country = write_country(Path(folder) / "in", "default", 7)
        base = _national(country, Path(folder), shipped)
        flat = _national(country, Path(folder), shipped, "terrain = false\n")
        alone = _national(country, Path(folder), shipped, "uplink = false\n")
        print(f"as shipped: no 10 Mbps {base['internet_gap_share']:.1%}, 4G {base['covered_4g_share']:.1%}")
        for name, old, new in CHANGES:
            changed = shipped.replace(old, new)
            if changed == shipped:
                sys.exit(f"radios.toml does not say '{old}'")
            _say(name, _national(country, Path(folder), changed), base)
        _say("without terrain", flat, base)
        _say("without uplink", alone, base)


def _say(name: str, changed: dict[str, float], base: dict[str, float]) -> None:
    moved = [100 * (changed[figure] - base[figure]) for figure in ("internet_gap_share", "covered_4g_share")]
    print(f"| {name} | {moved[0]:+.1f} | {moved[1]:+.1f} |")


def _national(country: Path, folder: Path, radios: str, more: str = "") -> dict[str, float]:
    tomllib.loads(radios)
    (country.parent / "radios.toml").write_text(radios, encoding="utf-8")
    asked = country.with_name("weighed.toml")
    asked.write_text(country.read_text(encoding="utf-8") + f'\n[radio]\nradios = "radios.toml"\n{more}')
    run = start_run(asked, folder / "d", folder / "m", date(2026, 1, 1), "threads")
    for stage in STAGES:
        if stage.group != "publish":
            run_stage(stage, run)
    figures = dict(read_json(run.stages_folder / "national.json"))
    shutil.rmtree(run.folder)
    return figures


if __name__ == "__main__":
    {"plots": plots, "weights": weights}[sys.argv[1]]()
