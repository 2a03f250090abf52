"""The dual certificate as an image, and the pixels that it proves may hold flux."""

import numpy as np

from bayesim.maps._map import Map
from bayesim.solvers import Solution

__all__ = ["certificate", "saturation"]


def certificate(solution: Solution, *, phase_centre: tuple[float, float] | None = None) -> Map:
    """Return ``eta``, dimensionless, 1 where a solution may hold flux.

    The map says which pixels can hold flux; it is not an error bar (near an isolated source it has the shape of
    the PSF at any signal-to-noise ratio).

    Parameters
    ----------
    solution : Solution
        A mode with its certificate.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    """
    return Map(
        values=solution.certificate,
        grid=solution.grid,
        unit="",
        name="certificate",
        label=(
            f"dual certificate; the optimum's differs by at most R = {solution.radius:.3g} in any pixel; "
            "which pixels can hold flux, not an error bar"
        ),
        phase_centre=phase_centre,
    )


def saturation(solution: Solution, *, phase_centre: tuple[float, float] | None = None) -> Map:
    """Return 1 where ``eta >= 1 - R`` (pixels that some solution may use, provably), else 0.

    Parameters
    ----------
    solution : Solution
        A mode with its certificate; where its ``radius`` R reaches 1, every pixel is 1.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    """
    mask = solution.saturation
    share = np.count_nonzero(mask) / mask.size
    proof = f"{share:.2%} of the pixels may hold flux" if solution.radius < 1 else "R >= 1 proves nothing"
    return Map(
        values=mask.astype(np.float64),
        grid=solution.grid,
        unit="",
        name="saturation",
        label=f"provable saturation set, certificate >= 1 - R with R = {solution.radius:.3g}: {proof}",
        phase_centre=phase_centre,
    )
