"""What the model leaves of the data, as an image."""

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.solvers import CleanModel, Solution

__all__ = ["residual"]


def residual(
    solution: Solution | CleanModel, *, beam: Beam | None = None, phase_centre: tuple[float, float] | None = None
) -> Map:
    """Return ``A^T W (y - A x) / sum_weight`` in Jy per dirty beam.

    Noise alone has standard deviation ``solution.sigma_image``; a LASSO leaves up to ``lambda / sum_weight``
    at every source, its shrinkage, and CLEAN whatever is below its threshold.

    Parameters
    ----------
    solution : Solution or CleanModel
        What is taken from the data.
    beam : Beam or None
        For the header and the picture: the residual itself is seen with the dirty beam.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    """
    return Map(
        values=solution.residual / solution.sum_weight,
        grid=solution.grid,
        unit="Jy/beam",
        name="residual",
        label=(
            f"residual, Jy per dirty beam; thermal noise {solution.sigma_image:.3g} Jy, {_left_over(solution)} Jy"
        ),
        beam=beam,
        phase_centre=phase_centre,
        signed=True,
    )


def _left_over(solution: Solution | CleanModel) -> str:
    if isinstance(solution, CleanModel):
        return f"CLEAN's highest peak left {solution.history[-1].peak:.3g}"
    return f"shrinkage left at every source {solution.rate / solution.sum_weight:.3g}"
