"""Do the numbers make sense? Units that were mixed up, pixels that are too large, a w-term that counts."""

import warnings

from bayesim.data._finding import Finding
from bayesim.data._sampling import unsuited_sampling
from bayesim.data._units import mixed_up_units
from bayesim.data._visibilities import Visibilities
from bayesim.errors import BayesimWarning, GridError
from bayesim.sky import Grid

__all__ = ["Finding", "enforce", "examine"]


def examine(vis: Visibilities, *, grid: Grid | None = None) -> tuple[Finding, ...]:
    """Look for mixed-up units and, with a grid, for pixels and fields that do not suit the array.

    Parameters
    ----------
    vis : Visibilities
        As read; units are guessed from what arrays on the ground can be.
    grid : Grid, optional
        The image that is planned.

    Returns
    -------
    tuple of Finding
        Empty where nothing looks wrong. The finding on the w term concerns coplanar operators only.
    """
    found = list(mixed_up_units(vis))
    if grid is not None:
        found += unsuited_sampling(vis, grid)
    return tuple(found)


def enforce(findings: tuple[Finding, ...]) -> None:
    """Raise the first fatal finding, warn of the others.

    Raises
    ------
    GridError
        A finding is fatal.

    Warns
    -----
    BayesimWarning
        Once per finding that is not.
    """
    for finding in findings:
        if finding.fatal:
            raise GridError(str(finding))
    for finding in findings:
        warnings.warn(str(finding), BayesimWarning, stacklevel=2)
