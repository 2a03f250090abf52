"""The dirty image in Jy per dirty beam."""

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.operators import DirtyImage, NormalEquations, Statistics

__all__ = ["dirty"]


def dirty(
    equations: NormalEquations | Statistics | DirtyImage,
    *,
    beam: Beam | None = None,
    phase_centre: tuple[float, float] | None = None,
) -> Map:
    """Return ``d / sum_weight``, or a picture made with imaging weights.

    Parameters
    ----------
    equations : NormalEquations, Statistics or DirtyImage
        The first two have ``dirty`` in 1/Jy and ``sum_weight`` in 1/Jy^2.
    beam : Beam or None
        CLEAN beam, for the header and the figure only.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    Map
        Jy per dirty beam: an isolated source of S Jy peaks at S; the sum over pixels is not a flux.
    """
    if isinstance(equations, DirtyImage):
        values, weights = equations.image, f"{equations.label}; thermal noise {equations.sigma:.3g} Jy"
    else:
        values, weights = equations.dirty / equations.sum_weight, "the weights of the visibilities, no taper"
    return Map(
        values=values,
        grid=equations.grid,
        unit="Jy/beam",
        name="dirty",
        label=f"dirty image, Jy per dirty beam ({weights})",
        beam=beam,
        phase_centre=phase_centre,
        signed=True,
    )
