"""A mode without pictures starts without what only samplers, pictures and other formats need."""

import subprocess
import sys

NOT_NEEDED = (
    "arviz",
    "astropy.wcs",
    "h5py",
    "jinja2",
    "matplotlib",
    "nutpie",
    "pandas",
    "pymc",
    "pytensor",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.signal",
    "scipy.spatial",
    "scipy.stats",
    "xarray",
)

RUN = """
import sys
from bayesim.cli import app

app([*sys.argv[1:], "--no-report"], standalone_mode=False)
print(" ".join(sys.modules))
"""


def _modules(code, *words):
    command = [sys.executable, "-c", code, *map(str, words)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_mode_without_pictures_imports_nothing_heavy(observation, tmp_path):
    words = ("map", observation, "--npix", "64", "--cell", "3 arcsec", "--out", tmp_path / "out")
    loaded = _modules(RUN, *words)
    assert (tmp_path / "out" / "map.fits").exists()
    assert sorted(loaded & set(NOT_NEEDED)) == []


def test_help_imports_no_room():
    loaded = _modules("import sys, bayesim.cli; print(' '.join(sys.modules))")
    rooms = ("data", "operators", "priors", "solvers", "samplers", "maps", "plots", "report")
    assert sorted(loaded & {"numpy", "numba", "scipy", "astropy", *(f"bayesim.{room}" for room in rooms)}) == []
