"""An invented country, written as the raw files that real users bring, faults included."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from commune_coverage.synthetic.faults import Planted
from commune_coverage.synthetic.main_files import write_main_files
from commune_coverage.synthetic.register_files import write_register_files
from commune_coverage.synthetic.world import make_world

MAIN, REGISTER = "country.toml", "country-register.toml"


def write_country(folder: Path, scale: str, seed: int) -> Path:
    """Write the country's files into ``folder``, scenarios for the planner among them; the path of its country file.

    ``scale`` is 'default' (about 150 communes) or 'national' (1,650). Also written are
    country-register.toml, the same country in other formats, and planted_faults.csv, the list of every fault. Same
    scale and seed, same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world = make_world(scale, seed)
    (folder / "planted_faults.csv").unlink(missing_ok=True)
    for name, write in ((MAIN, write_main_files), (REGISTER, write_register_files)):
        planted = Planted(name)
        write(world, folder, planted)
        planted.write(folder)
        text = (files("commune_coverage.synthetic") / "countries" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "scenarios").mkdir(exist_ok=True)
    for source in (files("commune_coverage.synthetic") / "countries" / "scenarios").iterdir():
        (folder / "scenarios" / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return folder / MAIN
