"""Burning geometries in several threads at once warns nobody."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from rasterio import Affine
from shapely.geometry import box
from commune_coverage.core.rasterizing import rasterize

sys.setswitchinterval(1e-6)
transform = Affine(2.0, 0.0, 5.0, 0.0, -2.0, 16.0)
def burn(number):
    return int(rasterize([box(7, 2, 11, 8)], (8, 8), transform=transform, dtype="uint8").sum())

with ThreadPoolExecutor(8) as pool:
    assert set(pool.map(burn, range(2000))) == {6}
"""


def test_threads_that_burn_at_once_warn_nobody() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
