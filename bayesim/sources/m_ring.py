"""A ring brighter on one side: azimuthal Fourier modes on a thick ring, as seen in M87 by the EHT."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._functions import as_tensor, bessel_ratio, exp
from bayesim.sources._round import GAUSSIAN_FWHM, spread
from bayesim.sources._source import Flux, Pair, Size, Source, count
from bayesim.sources._thick import thick_rings

__all__ = ["MRing"]

Floats = NDArray[np.float64]

# (-i)^k, which the Fourier transform gives to cos(k phi), as real and imaginary part
_TURN = ((1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0))


@dataclass(frozen=True, eq=False)
class MRing(Source):
    r"""Brightness along the ring proportional to ``1 + 2 sum_k (c_k cos(k p) + s_k sin(k p))``, ``k = 1, 2, ...``.

    ``p`` runs from North through East, so the first mode is brightest at the position angle ``arctan2(s_1, c_1)``; in
    the notation of Johnson et al. (2020, Sci. Adv. 6, eaaz1310), ``beta_k = c_k - i s_k``. Derivatives by ``c`` and
    ``s`` are finite where there is no asymmetry; by amplitude and angle they are not.

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Of the thin ring, radians.
    width : angle or variable
        Full width at half maximum of the Gaussian that it is convolved with, radians; 0 for a thin ring.
    cosine, sine : array_like or variable, shape (k,)
        ``c`` and ``s``. The brightness is positive for ``sum_k 2 sqrt(c_k^2 + s_k^2) <= 1``.

    Raises
    ------
    ModelError
        The lengths differ, or a variable has no static length.
    """

    flux: Flux
    diameter: Size
    width: Size
    cosine: Any
    sine: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = [count(name, getattr(self, name)) for name in ("cosine", "sine")]
        if lengths[0] is None or lengths[0] != lengths[1]:
            message = "give one of each per mode; a variable needs shape=(modes,) for its length to be known"
            raise ModelError(f"cosine and sine have lengths {lengths}: {message}")

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return ``flux G(q) [J_0(x) + 2 sum_k (-i)^k J_k(x) (c_k cos(k psi) + s_k sin(k psi))]``.

        ``x^k cos(k psi)`` and ``x^k sin(k psi)`` are polynomials in ``v`` and ``u``, smooth at the origin.
        """
        q2 = u**2 + v**2
        z = (np.pi * self.diameter) ** 2 * q2
        half_u, half_v = 0.5 * np.pi * self.diameter * u, 0.5 * np.pi * self.diameter * v
        cosine, sine = as_tensor(self.cosine), as_tensor(self.sine)
        real, imag = bessel_ratio(0.0, z), 0.0 * q2
        # (x/2)^k / k! times cos(k psi) and sin(k psi)
        even, odd = 1.0 + 0.0 * q2, 0.0 * q2
        for k in range(1, (count("cosine", self.cosine) or 0) + 1):
            even, odd = (even * half_v - odd * half_u) / k, (even * half_u + odd * half_v) / k
            seen = 2.0 * bessel_ratio(float(k), z) * (cosine[k - 1] * even + sine[k - 1] * odd)
            real, imag = real + _TURN[k % 4][0] * seen, imag + _TURN[k % 4][1] * seen
        envelope = self.flux * exp(-2.0 * (np.pi / GAUSSIAN_FWHM * self.width) ** 2 * q2)
        return envelope * real, envelope * imag

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return points across the width, with the modes' fluxes."""
        cosine, sine = self.number("cosine"), self.number("sine")
        modes = range(cosine.size + 1)
        radius, fluxes = thick_rings(self.number("diameter"), self.number("width"), modes, spacing)
        l, m, even = spread(radius, fluxes[0], spacing)
        total, angle = even.sum(), np.arctan2(l, m)
        flux = even
        for k, c, s in zip(modes[1:], cosine, sine, strict=True):
            part = spread(radius, fluxes[k], spacing)[2]
            flux = flux + 2.0 * part * (c * np.cos(k * angle) + s * np.sin(k * angle))
        return l, m, self.number("flux") * flux / total
