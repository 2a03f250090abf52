"""Lambda by leave-one-out: posteriors of fixed lambdas have to foretell each visibility from all others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, Nufft
from bayesim.samplers._foretelling import Foretelling, Foretold
from bayesim.samplers._image_chain import image_chain
from bayesim.samplers.comparison import TRUSTED
from bayesim.samplers.left_out import some_visibilities
from bayesim.solvers import LambdaChoice, LambdaProblem

__all__ = ["LeaveOneOut"]

Floats = NDArray[np.float64]

_TOLERANCE = 1e-6
"""Of predicted visibilities."""


@dataclass(frozen=True)
class LeaveOneOut:
    """The lambda of the path under which draws of the sky foretell each visibility from all others best.

    At each of some lambdas the image is drawn by an exact Gibbs sampler (:class:`ImageGibbs`: any grid, coplanar
    equations), and the density of every visibility, left out, comes from the draws by Pareto-smoothed importance
    sampling: PSIS-LOO, without another fit. The scores are ``-elpd`` per visibility, less is better, counted from
    the peak of its density: 1 is what the noise alone leaves. Their errors are those of the difference from the best,
    over the same visibilities, Monte Carlo error included; ``sparser`` is the largest lambda whose difference is
    within its own.

    Parameters
    ----------
    lambdas : int
        How many of the path, evenly, both ends included; at least 2.
    draws : int
        Of the image at each lambda; at least 100. Slow chains are thinned, up to ten sweeps per draw.
    visibilities : int
        Looked at, chosen at random where there are more, the same at every lambda; at least 20. A millisecond each
        and 16 bytes a draw for every lambda.
    seed : int
        Of choice and draws; every lambda has the same random numbers, so that scores differ by lambda, not by luck.

    Raises
    ------
    ModelError
        A number is too small.

    Notes
    -----
    It scores posteriors, not modes: the best lambda is for a posterior mean on *every* pixel of the grid. Neighbours
    in the uv plane all but foretell a single visibility; :class:`~bayesim.solvers.CrossValidation` holds out cells,
    scans or antennas together. Weights are taken to be absolute. A lambda has no score where more than 2 % of the
    visibilities have Pareto shapes above 0.7, as happens where they are few for the pixels that lambda leaves free,
    and where lambda is so large that the sky cannot follow strong data.

    References
    ----------
    Vehtari, Gelman & Gabry 2017, Stat. Comput. 27, 1413; Magnusson et al. 2019, Proc. ICML 97, 4244 (subsampling).
    """

    lambdas: int = 9
    draws: int = 500
    visibilities: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"lambdas": 2, "draws": 100, "visibilities": 20}.items():
            if getattr(self, name) < least:
                raise ModelError(f"{name} {getattr(self, name)} must be at least {least}")

    @property
    def name(self) -> str:
        """For tables and figures."""
        return "leave-one-out (PSIS)"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Draw the sky at lambdas of the path, the largest first, and score them.

        Raises
        ------
        ModelError
            The equations are not coplanar, the prior is neither Laplace nor PositiveLaplace, a pixel is not seen at
            all, or importance weights fail at every lambda.
        """
        equations, vis = problem.equations, problem.vis
        if not isinstance(equations, Coplanar):
            raise ModelError(f"{type(equations).__name__}: leave-one-out draws from coplanar equations only")
        looked = some_visibilities(vis, at_most=self.visibilities, seed=self.seed)
        chain = image_chain(problem, member=0)
        size = problem.rates.size
        places = np.unique(np.linspace(0, size - 1, min(self.lambdas, size)).round().astype(np.int64))
        operator = Nufft(looked.u, looked.v, equations.grid, tolerance=_TOLERANCE, threads=equations.normal.threads)
        foretelling = Foretelling(chain, equations, looked, operator)
        scored = [foretelling.at(float(problem.rates[k]), draws=self.draws, seed=self.seed) for k in places]
        return _choice(self.name, problem.rates[places], scored, looked, len(vis))


def _choice(name: str, rates: Floats, scored: list[Foretold], looked: Visibilities, count: int) -> LambdaChoice:
    """Compare the lambdas, over the same visibilities and random numbers."""
    peak, size = float(np.log(looked.weight / (2 * np.pi)).mean()), len(looked)
    scores = np.array([peak - one.elpd.mean() if one.believed else np.nan for one in scored])
    if np.all(np.isnan(scores)):
        fewest = min(one.untrusted for one in scored)
        raise ModelError(
            f"{fewest} of {size} visibilities or more have Pareto shapes above {TRUSTED:g} at every lambda: each "
            "decides its own prediction. Hold out cells and fit again (CrossValidation)"
        )
    best = int(np.nanargmin(scores))
    errors = np.array([one.apart(scored[best]) if one.believed else np.nan for one in scored])
    sparser = int(np.argmax(scores - scores[best] <= errors))
    return LambdaChoice(
        name,
        float(rates[best]),
        _label(scored, best, looked, count),
        rates=rates,
        scores=scores,
        errors=errors,
        score="−elpd per visibility",
        sparser=float(rates[sparser]),
    )


def _label(scored: list[Foretold], best: int, looked: Visibilities, count: int) -> str:
    one, size = scored[best], len(looked)
    total, se = one.elpd.mean() * count, count * one.elpd.std(ddof=1) / size**0.5
    words = [
        f"elpd {total:.6g} ± {se:.2g} of {count} visibilities, Pareto shape up to {one.shape.max():.2f}",
        "a member of the path, for the posterior of all pixels",
    ]
    if size < count:
        words.append(f"{size} looked at, scaled up")
    refused = sum(not other.believed for other in scored)
    if refused:
        words.append(f"{refused} of {len(scored)} lambdas without a score, too many Pareto shapes above {TRUSTED:g}")
    if best in (0, len(scored) - 1):
        words.append("at the end of the path: extend it")
    return "; ".join(words)
