"""What the draws of a run show beside their mean: structure, proof against belief, what they leave of the data."""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesim import maps
from bayesim.cli._console import threads
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.maps import CertifiedCredible, DrawCertificates, Map, PowerSpectrum, SuperpixelIntervals, Whiteness
from bayesim.operators import Coplanar
from bayesim.solvers import Solution

if TYPE_CHECKING:
    from bayesim.samplers import FitChecks, Predictions

__all__ = ["Beside", "about_beside", "beside", "detection"]

_DETECTION = 3.0
"""Noise of the image above which a pixel's flux counts as detected."""

_CERTIFICATES = 20
"""Draws whose certificates are made, one FFT pair or transform of the visibilities each."""

_SPECTRA = 100
"""Draws whose power is summed up: enough for bands of 95 %."""

_WORK, _FEWEST = 20_000_000, 19
"""Visibilities and pixels, times images of noise, that the test of whiteness may take (some seconds)."""

_BOX = 3
"""Pixels: a point between pixels is shared among four."""

_SIZES = (1, 2, 4, 8)


@dataclass(frozen=True, eq=False)
class Beside:
    """Maps and tests of a posterior.

    Parameters
    ----------
    residual : Map
        Of the posterior mean.
    whiteness : Whiteness or None
        Of the residual of one draw; None where it would take too long.
    classes : CertifiedCredible
        Proof against belief.
    spectrum : PowerSpectrum
        Of draws.
    certificates : DrawCertificates or None
        Of draws; None for pixels with w.
    scales : tuple of SuperpixelIntervals
        Of draws of pixels.
    """

    residual: Map
    whiteness: Whiteness | None
    classes: CertifiedCredible
    spectrum: PowerSpectrum
    certificates: DrawCertificates | None = None
    scales: tuple[SuperpixelIntervals, ...] = ()


def detection(solution: Solution, posterior: Posterior) -> float:
    """Return the flux (Jy) above which a pixel counts as detected, with the noise scale of the posterior."""
    return _DETECTION * float(posterior.tree["posterior"]["noise_scale"].median()) * solution.sigma_image


def beside(field: Field, solution: Solution, posterior: Posterior, fit: "FitChecks") -> Beside:
    """Return what the draws show; what they predict of the data was read when the fit was checked."""
    vis, grid, centre = field.vis, field.grid, field.vis.phase_centre
    threshold = detection(solution, posterior)
    chance = maps.exceedance(posterior.image, grid, threshold=threshold, box=_BOX, phase_centre=centre)
    found: dict[str, Any] = {
        "residual": maps.posterior_residual(
            vis,
            fit.predictive.mean,
            grid,
            draws=int(fit.predictive.table.attrs["draws"]),
            beam=field.beam,
            threads=threads(),
        ),
        "whiteness": _whiteness(field, fit.shown, seed=int(posterior.tree.attrs["seed"])),
        "classes": maps.certified_credible(solution, chance),
    }
    tree = posterior.tree
    if posterior.of_sources or isinstance(field.equations, Coplanar):
        data = vis if posterior.of_sources else field.equations
        found["certificates"] = maps.draw_certificates(
            tree, solution, data, most=_CERTIFICATES, phase_centre=centre, threads=threads()
        )
    found["spectrum"] = maps.power_spectrum(tree, grid, longest=vis.longest_baseline, most=_SPECTRA)
    if posterior.of_sources:
        return Beside(**found)
    return Beside(
        **found,
        scales=tuple(
            maps.superpixel_intervals(tree, grid, size=size, phase_centre=centre)
            for size in _SIZES
            if size <= min(grid.shape)
        ),
    )


def _whiteness(field: Field, seen: "Predictions", *, seed: int) -> Whiteness | None:
    simulations = min(199, _WORK // (len(field.vis) + field.grid.size))
    if simulations < _FEWEST:
        return None
    model, scale = next(islice(seen, 1))
    return maps.whiteness(
        field.vis, model, field.grid, seed=seed, noise_scale=scale, simulations=simulations, threads=threads()
    )


def about_beside(found: Beside) -> dict[str, Any]:
    """Return the numbers, for ``summary.json``."""
    white, etas = found.whiteness, found.certificates
    tested: dict[str, Any] = {"tested": white is not None}
    if white is not None:
        tested |= {
            "p_value": white.p_value,
            **{f"p_{name}": p for name, p in white.parts.items()},
            "peak": white.peak,
            "rms": white.spread,
            "noise_images": white.simulations,
        }
    proof = {name.replace(" ", "_"): count for name, count in found.classes.islands.items()}
    largest = None if etas is None else float(np.median(etas.largest))
    return {
        "residual_whiteness": tested,
        "islands": proof,
        **({} if largest is None else {"largest_certificate_of_draws": largest}),
    }
