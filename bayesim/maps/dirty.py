"""The dirty image in Jy per dirty beam."""

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.operators import NormalEquations, Statistics

__all__ = ["dirty"]


def dirty(
    equations: NormalEquations | Statistics,
    *,
    beam: Beam | None = None,
    phase_centre: tuple[float, float] | None = None,
) -> Map:
    """Return ``d / sum_weight``.

    Parameters
    ----------
    equations : NormalEquations or Statistics
        Whose ``dirty`` is in 1/Jy and whose ``sum_weight`` in 1/Jy^2.
    beam : Beam or None
        CLEAN beam, for the header and the figure only.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    Map
        Jy per dirty beam: an isolated source of S Jy peaks at S; the sum over pixels is not a flux.
    """
    return Map(
        values=equations.dirty / equations.sum_weight,
        grid=equations.grid,
        unit="Jy/beam",
        name="dirty",
        label="dirty image, Jy per dirty beam (the weights of the visibilities, no taper)",
        beam=beam,
        phase_centre=phase_centre,
        signed=True,
    )
