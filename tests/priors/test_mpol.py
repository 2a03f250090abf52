"""Values beside MPoL's losses of the same image."""

import numpy as np
import pytest

from bayesim.priors import (
    EdgeClamp,
    GaussianField,
    Laplace,
    MaximumEntropy,
    SpectralTV,
    SquaredExponential,
    UVSparsity,
)

losses = pytest.importorskip("mpol.losses", reason="MPoL is no dependency: pip install mpol (it needs torch)")
torch = pytest.importorskip("torch", reason="MPoL needs torch")

SAME = 1e-12
CELL = 2e-7


@pytest.fixture
def image(rng):
    return rng.exponential(size=(16, 16)) + 0.01


def of(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def test_sparsity(image):
    assert Laplace(1.0).value(image) == pytest.approx(float(losses.sparsity(of(image[None]))), rel=SAME)


def test_entropy(image):
    loss = losses.entropy(of(image[None]), torch.tensor(0.3, dtype=torch.float64), tot_flux=10)
    assert MaximumEntropy(0.1, default=0.3).value(image) == pytest.approx(float(loss), rel=SAME)


def test_edge_clamp(image):
    assert EdgeClamp(1.0).value(image) == pytest.approx(float(losses.edge_clamp(of(image[None]))), rel=SAME)


def test_tv_channel(rng):
    cube = rng.normal(size=(5, 8, 8))
    loss = losses.TV_channel(of(cube), epsilon=0.0)
    assert SpectralTV(1.0).value(cube) == pytest.approx(float(loss), rel=SAME)


def test_uv_sparsity(image):
    vis = np.fft.rfft2(image)
    q = np.hypot(np.fft.fftfreq(16, d=CELL)[:, None], np.fft.rfftfreq(16, d=CELL)[None, :])
    loss = losses.UV_sparsity(of(np.stack([vis.real, vis.imag], axis=-1)[None]), of(q), 0.3 / CELL)
    assert UVSparsity(1.0, cell=CELL, q_max=0.3 / CELL).value(image) == pytest.approx(float(loss), rel=SAME)


def test_psd(image):
    length = 1.3 * CELL
    q = np.hypot(*np.meshgrid(np.fft.fftfreq(16, d=CELL), np.fft.fftfreq(16, d=CELL), indexing="ij"))
    arcsec = torch.tensor(np.degrees(length) * 3600, dtype=torch.float64)
    loss = float(losses.PSD(of(q), of(np.abs(np.fft.fft2(image)) ** 2), arcsec))
    field = GaussianField(image.size / CELL**2, SquaredExponential(length), cell=CELL, floor=0.0)
    assert field.value(image) == pytest.approx(loss, rel=SAME)
