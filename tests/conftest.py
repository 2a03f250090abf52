"""What every test shares: threads fixed before NumPy loads, a fixed seed, and the real data where they exist."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# BLAS and OpenMP read these once, when they are loaded: set them before NumPy, so that results do not depend on the
# machine's core count and test workers do not fight for cores. A value given by the caller is kept.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Graphs that are evaluated a few times run in PyTensor's Python mode, whose inner graphs would each be compiled by a
# C compiler all the same: 20 modules of one or two seconds in a single test of a prior. What samples runs in Numba.
if "cxx=" not in os.environ.get("PYTENSOR_FLAGS", ""):
    os.environ["PYTENSOR_FLAGS"] = ",".join(["cxx=", *filter(None, [os.environ.get("PYTENSOR_FLAGS")])])

import numpy as np  # noqa: E402

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the source tree: the folder that holds pyproject.toml."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real and simulated data sets: BAYESIM_DATA, else ../shared/data beside the project."""
    folder = Path(os.environ.get("BAYESIM_DATA", PROJECT.parent / "shared" / "data")).expanduser()
    if not folder.is_dir():
        pytest.skip(f"no data folder at {folder}: set BAYESIM_DATA to the folder that holds the shared data sets")
    return folder


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Callable[..., str]:
    """A function that runs a contract test with more files in a room, and returns pytest's report."""

    def run(room: str, files: dict[str, str], *, test: str, wanted: str) -> str:
        folder, plugins = tmp_path_factory.mktemp("room"), tmp_path_factory.mktemp("plugins")
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        plugin = f"import bayesim.{room}\nbayesim.{room}.__path__.append({str(folder)!r})\n"
        (plugins / "larger_room.py").write_text(plugin)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "0",
            "-p",
            "larger_room",
            "-p",
            "no:cacheprovider",
            "-v",
            "--tb=line",
        ]
        done = subprocess.run(
            [*command, test, "-k", wanted],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(plugins), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "collected" in done.stdout, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed: the same numbers in every run and on every worker."""
    return np.random.default_rng(20260601)
