"""Everything that a run found, in one hand."""

from dataclasses import dataclass
from functools import cached_property

from astropy.table import Table

from bayesim import maps
from bayesim.cli._beside import Beside, beside
from bayesim.cli._certificate import Proven
from bayesim.cli._console import Stopwatch, say
from bayesim.cli._field import Field
from bayesim.cli._options import BeamName
from bayesim.cli._posterior import Posterior
from bayesim.errors import GridError
from bayesim.maps import Beam
from bayesim.solvers import PointSources, Refit, Solution

__all__ = ["Result", "restoring"]


@dataclass(frozen=True, eq=False)
class Result:
    """The mode and what was asked for beside it.

    Parameters
    ----------
    field : Field
        Data and grid.
    solution : Solution
        The mode.
    refit : Refit or None
        Its de-biased fluxes; None where the sky is empty.
    beams : tuple of Beam
        Of the restored images, then those to compare it with.
    posterior : Posterior or None
        Draws.
    points : PointSources or None
        The fit off the grid.
    proven : Proven or None
        Regions and positions.
    path : tuple of Solution
        From lambda_max to the mode, or nothing.
    truth : Table or None
        Of a simulation.
    """

    field: Field
    solution: Solution
    refit: Refit | None
    beams: tuple[Beam, ...]
    posterior: Posterior | None = None
    points: PointSources | None = None
    proven: Proven | None = None
    path: tuple[Solution, ...] = ()
    truth: Table | None = None

    @property
    def beam(self) -> Beam:
        """Of the restored images."""
        return self.beams[0]

    @cached_property
    def beside(self) -> Beside | None:
        """What the draws show beside their mean, made when it is first asked for."""
        if self.posterior is None or self.posterior.checks is None:
            return None
        return beside(self.field, self.solution, self.posterior, self.posterior.checks.fit)

    @property
    def converged(self) -> bool:
        """Whether mode and posterior may be believed."""
        return self.solution.converged and (self.posterior is None or self.posterior.verdict.passed)


def restoring(
    field: Field, solution: Solution, name: BeamName, *, compare: bool, clock: Stopwatch
) -> tuple[Beam, ...]:
    """Return the beam of a name, and after it, to ``compare``, the other one.

    Raises
    ------
    GridError
        The representation beam was asked for, and the certificate has none.
    """
    if name is BeamName.CLEAN and not compare:
        return (field.beam,)
    with clock.stage("certificate"):
        return _both(field, solution, name)


def _both(field: Field, solution: Solution, name: BeamName) -> tuple[Beam, ...]:
    if name is BeamName.REPRESENTATION:
        beam = maps.representation_beam(solution)
        say(f"restored with the {beam.name}, {beam}, not the {field.beam.name}, {field.beam}")
        return beam, field.beam
    try:
        return field.beam, maps.representation_beam(solution)
    except GridError as error:
        say(f"no representation beam to compare with: {error}")
        return (field.beam,)
