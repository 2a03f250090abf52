"""Random problems for the operators: visibilities inside the Nyquist square of a grid."""

from collections.abc import Callable

import numpy as np
import pytest

from bayesim.data._visibilities import Visibilities
from bayesim.sky import Grid


def visibilities(n: int, grid: Grid, *, seed: int = 0, longest_w: float = 60.0) -> Visibilities:
    """Random baselines, data and weights; w up to ``longest_w`` wavelengths."""
    rng = np.random.default_rng(seed)
    nyquist = 0.5 / grid.cell
    unknown = np.full(n, np.nan)
    antenna = np.full(n, -1, dtype=np.int32)
    return Visibilities(
        u=rng.uniform(-nyquist, nyquist, n),
        v=rng.uniform(-nyquist, nyquist, n),
        w=rng.uniform(-longest_w, longest_w, n),
        data=rng.normal(size=n) + 1j * rng.normal(size=n),
        weight=rng.uniform(0.5, 2.0, n),
        antenna1=antenna,
        antenna2=antenna,
        time=unknown,
        frequency=unknown,
    )


@pytest.fixture
def make_vis() -> Callable[..., Visibilities]:
    return visibilities


@pytest.fixture(scope="session")
def twenty_shapes() -> list[tuple[int, int]]:
    """Odd, even, one row, one column, one pixel, not square."""
    fixed = [(1, 1), (1, 9), (8, 1), (7, 8), (8, 7), (9, 9), (16, 16), (2, 3), (31, 6), (6, 31)]
    rng = np.random.default_rng(5)
    return fixed + [(int(a), int(b)) for a, b in rng.integers(1, 40, (10, 2))]
