"""Is what a sky leaves of the data noise? A test on the residual image that is exact for a right model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.maps._annuli import Annuli, annuli
from bayesim.operators import Nufft
from bayesim.sky import Grid

__all__ = ["Whiteness", "whiteness"]

Floats = NDArray[np.float64]

_TOLERANCE = 1e-6
"""Of the images of residual and noise alike."""

_RINGS = 12
"""Of the power spectrum: few, so that a single strong ring is not lost among many."""

_FEWEST = 19


@dataclass(frozen=True, eq=False)
class Whiteness:
    """The residual of one draw among images of pure noise.

    Parameters
    ----------
    p_value : float
        Of all parts together: uniform for a right model.
    parts : dict of str to float
        p-values of ``peak`` (largest ``|z|``: a source that is missing or too many), ``spread`` (mean square, either
        way: noise scale, overfitting) and ``power`` (spectrum against that of noise: structure that is missing).
        With ``z`` the residual image over its noise.
    peak, spread : float
        Largest ``|z|``, and the root mean square of ``z``; noise has about 4 and 1.
    residual : ndarray, shape (rows, columns)
        ``z``, dimensionless.
    baseline : ndarray, shape (bins,)
        Mean baseline of every ring, wavelengths.
    power : ndarray, shape (bins,)
        Power of ``z`` over the mean of that of noise: the transform of its autocorrelation over that of the PSF.
    low, high : ndarray, shape (bins,)
        Ends of the 95 % interval of this ratio for noise.
    simulations : int
        Images of noise that it was compared with.
    """

    p_value: float
    parts: dict[str, float]
    peak: float
    spread: float
    residual: Floats
    baseline: Floats
    power: Floats
    low: Floats
    high: Floats
    simulations: int


def whiteness(
    vis: Visibilities,
    predicted: NDArray[np.complex128],
    grid: Grid,
    *,
    seed: int,
    noise_scale: float = 1.0,
    simulations: int = 199,
    threads: int = 1,
) -> Whiteness:
    """Compare the residual image of one posterior draw with images of noise on the same baselines.

    Parameters
    ----------
    vis : Visibilities
        The data.
    predicted : ndarray of complex, shape (n_vis,)
        Visibilities (Jy) of one *draw*, not of the mode or the posterior mean, which have fitted the noise.
    grid : Grid
        Pixels of the image.
    seed : int
        Of the noise.
    noise_scale : float
        That of the same draw: the noise is this many times what the weights say.
    simulations : int
        Images of noise, at least 19; the smallest p-value is ``1 / (simulations + 1)``.
    threads : int
        Of every transform.

    Returns
    -------
    Whiteness
        ``p_value`` is a rank among exchangeable images: uniform where the data come from the model, without any
        assumption on the PSF. A p-value below 0.01 says that the model lacks something; a large one proves nothing.

    Raises
    ------
    DataError
        The prediction does not have one value for each visibility, or a number is out of range.

    Notes
    -----
    Truth and draw are exchangeable given the data where the prior is right, so that ``y - A x`` of a draw has the
    law of the noise (Yuan & Johnson 2012, Biometrics 68, 156), while a posterior mean would look too white. The
    parts are combined by the largest of them in units of its own spread, whose law comes from the same images.
    ``w`` is left out of both kinds of images, which keeps the test exact and blurs sources far from the centre.
    """
    if predicted.shape != vis.data.shape:
        raise DataError(f"predicted visibilities have shape {predicted.shape}, the data {vis.data.shape}")
    if simulations < _FEWEST or not (np.isfinite(noise_scale) and noise_scale > 0):
        raise DataError(f"simulations {simulations} must be at least {_FEWEST}, noise_scale {noise_scale} positive")
    operator = Nufft(vis.u, vis.v, grid, tolerance=_TOLERANCE, threads=threads)
    root, scale = np.sqrt(vis.weight), 1.0 / np.sqrt(vis.weight.sum())
    rings = annuli(grid, longest=vis.longest_baseline, bins=_RINGS)
    found = operator.adjoint(root * root * (vis.data - predicted)) * (scale / noise_scale)
    rng, rows = np.random.default_rng(seed), [_measures(found, rings)]
    for _ in range(simulations):
        noise = rng.standard_normal((2, len(root)))
        rows.append(_measures(operator.adjoint(root * (noise[0] + 1j * noise[1])) * scale, rings))
    peak, square, power = (np.stack(part) for part in zip(*rows, strict=True))
    parts, p_value = _ranked(peak, square, power)
    mean = power[1:].mean(axis=0)
    low, high = np.quantile(power[1:] / mean, (0.025, 0.975), axis=0)
    return Whiteness(
        p_value, parts, float(peak[0]), float(np.sqrt(square[0])), found, rings.baseline, power[0] / mean, low, high,
        simulations,
    )  # fmt: skip


def _measures(image: Floats, rings: Annuli) -> tuple[float, float, Floats]:
    return float(np.abs(image).max()), float(np.square(image).mean()), rings.power(image)


def _ranked(peak: Floats, square: Floats, power: Floats) -> tuple[dict[str, float], float]:
    """Return the p-values of the first image among all of them: of each part, and of the worst part."""
    logs = np.log(np.maximum(power, np.finfo(float).tiny))
    rings = (logs - logs.mean(axis=0)) / np.maximum(logs.std(axis=0), np.finfo(float).tiny)
    statistics = {
        "peak": peak,
        "spread": np.abs(np.log(square) - np.log(square).mean()),
        "power": np.abs(rings).max(axis=1),
    }
    # every image is treated alike, the residual too, so that ranks are exact
    worst = np.max([(values - values.mean()) / values.std() for values in statistics.values()], axis=0)
    chances = {name: float(np.mean(values >= values[0])) for name, values in statistics.items()}
    return chances, float(np.mean(worst >= worst[0]))
