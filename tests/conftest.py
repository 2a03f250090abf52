"""What every test shares: threads fixed before NumPy loads, a fixed seed, and the real data where they exist."""

import os
from pathlib import Path

import pytest

# BLAS and OpenMP read these once, when they are loaded: set them before NumPy, so that results do not depend on the
# machine's core count and test workers do not fight for cores. A value given by the caller is kept.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

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


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed: the same numbers in every run and on every worker."""
    return np.random.default_rng(20260601)
