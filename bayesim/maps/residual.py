"""What the model leaves of the data, as an image."""

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.solvers import Solution

__all__ = ["residual"]


def residual(solution: Solution, *, beam: Beam | None = None, phase_centre: tuple[float, float] | None = None) -> Map:
    """Return ``A^T W (y - A x) / sum_weight`` in Jy per dirty beam.

    Noise alone has standard deviation ``solution.sigma_image``; a LASSO leaves up to ``lambda / sum_weight``
    at every source, its shrinkage.
    """
    left = solution.rate / solution.sum_weight
    return Map(
        values=solution.residual / solution.sum_weight,
        grid=solution.grid,
        unit="Jy/beam",
        name="residual",
        label=(
            f"residual, Jy per dirty beam; thermal noise {solution.sigma_image:.3g} Jy, "
            f"shrinkage left at every source {left:.3g} Jy"
        ),
        beam=beam,
        phase_centre=phase_centre,
        signed=True,
    )
