"""A likelihood of an image or of pixels: all of them are one function of the visibilities, with every constant."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities

__all__ = ["check_sky_likelihood"]

SCALES = (1.0, 0.4, 3.0)
"""Noise scales at which constants are compared."""
STEP = 1e-5


def check_sky_likelihood(
    likelihood: Any, vis: Visibilities, columns: NDArray[np.complex128], shape: tuple[int, ...], *, seed: int
) -> None:
    """Assert that ``log L = sum_i ln(w_i / 2 pi s^2) - w_i |V_i - (A x)_i|^2 / (2 s^2)`` and that its slope is right.

    Parameters
    ----------
    likelihood : object with ``coords`` and ``observe(name, sky, *, noise_scale)``
        Under test, with its normaliser where that is a parameter.
    vis : Visibilities
        The data.
    columns : ndarray of complex, shape (n, k)
        Exact visibilities of a unit of each pixel.
    shape : tuple of int
        Of the sky, ``k`` pixels in all.
    seed : int
        Of the skies.

    Raises
    ------
    AssertionError
        With the noise scale at which it fails.
    """
    # importing PyMC takes seconds, and the checks of other rooms do not need it
    import pymc as pm

    rng = np.random.default_rng(seed)
    with pm.Model(coords=likelihood.coords) as model:
        sky, scale = pm.Flat("sky", shape=shape), pm.Flat("noise_scale")
        likelihood.observe("data", sky, noise_scale=scale)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    energy = float(np.sum(vis.weight * np.abs(vis.data) ** 2))
    for number in SCALES:
        image = rng.normal(0.0, 1.0, shape)
        chi2 = float(np.sum(vis.weight * np.abs(vis.data - columns @ image.ravel()) ** 2))
        expected = np.log(vis.weight / (2 * np.pi * number**2)).sum() - 0.5 * chi2 / number**2
        found = float(value({"sky": image, "noise_scale": number}))
        assert abs(found - expected) <= 1e-6 + 1e-12 * (energy + chi2) / number**2, (
            f"log L is {found}, the exact sum {expected}, at a noise scale of {number}"
        )
        along, more = rng.normal(0.0, 1.0, shape), rng.normal()
        ahead, behind = (
            float(value({"sky": image + s * along, "noise_scale": number + s * more})) for s in (STEP, -STEP)
        )
        parts = slope({"sky": image, "noise_scale": number}) * np.append(along.ravel(), more)
        error = abs(float(parts.sum()) - (ahead - behind) / (2 * STEP))
        assert error <= 1e-6 * float(np.abs(parts).sum()), (
            f"the slope is off by {error:.2g} of {np.abs(parts).sum():.2g} at a noise scale of {number}"
        )
