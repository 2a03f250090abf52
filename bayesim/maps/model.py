"""The sky of the mode itself, pixel by pixel."""

from bayesim.maps._map import Map
from bayesim.solvers import CleanModel, Solution

__all__ = ["model"]


def model(solution: Solution | CleanModel, *, phase_centre: tuple[float, float] | None = None) -> Map:
    """Return the solver's sky in Jy/pixel; its sum is the total flux in Jy.

    Parameters
    ----------
    solution : Solution or CleanModel
        Of any solver.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    """
    return Map(
        values=solution.image,
        grid=solution.grid,
        unit="Jy/pixel",
        name="model",
        label=solution.label,
        phase_centre=phase_centre,
    )
