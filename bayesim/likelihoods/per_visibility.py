"""Gaussian likelihood of an image by every visibility, as predictive checks and cross-validation need it."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.likelihoods.complex_gaussian import ComplexGaussian
from bayesim.likelihoods.smearing import Smearing
from bayesim.operators.graph_nufft import visibilities
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid

__all__ = ["PerVisibility"]


@dataclass(frozen=True, eq=False)
class PerVisibility:
    """``log L = sum_i ln(weight_i / 2 pi) - 1/2 weight_i |V_i - M_i|^2``, one observed value per real component.

    Parameters
    ----------
    vis : Visibilities
        Data; the w terms are taken as zero, as in :class:`~bayesim.operators.nufft.Nufft`.
    grid : Grid
        Pixels of the image.
    response : ndarray, shape (rows, columns), optional
        Real factor on the sky before the Fourier sum (primary beam, ``1/n``), dimensionless.
    tolerance : float
        Relative precision of the transform.
    smearing : Smearing, optional
        Channels and integrations over which the data are means (:func:`~bayesim.likelihoods.smearing.smearing`).

    Raises
    ------
    ModelError
        The response is not of the shape of the grid, or the smearing is not that of the data.
    """

    vis: Visibilities
    grid: Grid
    _: KW_ONLY
    response: NDArray[np.float64] | None = None
    tolerance: float = 1e-12
    smearing: Smearing | None = None

    def __post_init__(self) -> None:
        if self.response is not None and self.response.shape != self.grid.shape:
            raise ModelError(f"response has shape {self.response.shape}, expected {self.grid.shape}: one per pixel")
        if self.smearing is not None and self.smearing.u.size != self.smearing.weight.size * len(self.vis):
            raise ModelError(f"the smearing is not that of these {len(self.vis)} visibilities: make it anew")

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``m``, ``l`` in radians, ``component``, ``visibility``."""
        return {**self.grid.coords, **self.noise.coords}

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        smeared = "" if self.smearing is None else f"; {self.smearing.label}"
        return f"Gaussian likelihood of {len(self.vis)} visibilities, coplanar (w taken as zero){smeared}"

    @cached_property
    def operator(self) -> Nufft:
        """The image to the visibilities, or to the samples of their smearing, without the response."""
        places = self.vis if self.smearing is None else self.smearing
        return Nufft(places.u, places.v, self.grid, tolerance=self.tolerance)

    @cached_property
    def noise(self) -> ComplexGaussian:
        """The likelihood of model visibilities, to which sources may be added (see :meth:`predict`)."""
        return ComplexGaussian(self.vis)

    def predict(self, sky: Any) -> Any:
        """Return the visibilities of an image, shape (2, n) in Jy: what :meth:`observe` compares with the data.

        ``noise.observe(name, predict(image) + source.visibility(*noise.baselines))`` observes a hybrid sky.
        """
        seen = visibilities(self.operator, sky if self.response is None else sky * self.response)
        return seen if self.smearing is None else self.smearing.mean(seen)

    def observe(self, name: str, sky: Any, *, noise_scale: Any | None = None) -> Any:
        """Add the observed visibilities to the model in context, dims ``("component", "visibility")``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        sky : PyMC variable, shape (rows, columns)
            Jy/pixel.
        noise_scale : PyMC variable, optional
            Factor on every sigma, positive.

        Returns
        -------
        PyMC variable
            The observed variable (real parts, imaginary parts) in Jy.
        """
        return self.noise.observe(name, self.predict(sky), noise_scale=noise_scale)
