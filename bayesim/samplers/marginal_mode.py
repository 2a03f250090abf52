"""Lambda at the mode of its marginal likelihood (empirical Bayes)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers._image_chain import ImageChain, image_chain
from bayesim.solvers import LambdaChoice, LambdaProblem

__all__ = ["MarginalMode"]

Floats = NDArray[np.float64]

_BATCHES = 20

_FORGETS = 10
"""Relaxation times of a batch: its mean is then independent of the next, which the Monte Carlo error supposes."""

_LONGEST = 10
"""Times the sweeps asked for."""

_FALL = 2 / 3
"""Exponent of the steps of the stochastic approximation."""

_RUNAWAY = 10.0
"""Times lambda_max, where nothing of the dirty image is left for the sky."""

_SILENT, _CAUTIOUS = 0.02, 0.2
"""Information of the data over that of a known sky: below the first they do not tell lambda, and below the second a
chain half as long does not measure it well enough for a whole Newton step."""


@dataclass(frozen=True)
class MarginalMode:
    """``argmax_lambda p(y | lambda)``, the sky integrated out: the marginal MAP under a flat prior.

    Its maximum is a fixed point of ``lambda = n / E[ ||x||_1 given y and lambda ]`` (EM). The expectation is followed
    by stochastic approximation (Delyon, Lavielle & Moulines 1999, Ann. Stat. 27, 94) with draws of a Gibbs sampler
    whose conditionals are drawn exactly; then it is measured at the lambda found, and a Newton step made, twice. Of
    coplanar data all pixels move at once beside an auxiliary image, at the cost of an FFT pair a sweep
    (:class:`ImageGibbs`), on a grid of any size; with w terms they move one by one on a dense Gram matrix, up to 4096
    of them.

    Parameters
    ----------
    sweeps : int
        Averaged at the lambda found, after as many that find it. A chain that forgets slowly is made longer, up to
        ten times: see the notes.
    seed : int
        Of the sampler.

    Raises
    ------
    ModelError
        There are fewer than 20 sweeps.

    Notes
    -----
    A chain forgets in ``1 / (1 - a)`` sweeps, ``a`` the overrelaxation: in ``sqrt(c) / lambda``, ``c`` the largest
    element of the transfer function, or twice that for signed pixels. Two hundred times that are averaged.

    Stochastic approximation with Langevin transitions (SAPG; Vidal, De Bortoli, Pereyra & Durmus 2020, SIAM J.
    Imaging Sci. 13, 1945) is biased by their step and by the smoothing of the prior; here is neither. What remains is
    the Monte Carlo error, which the label states, by the jackknife over 20 batches. It grows where the data hold a
    small part ``1 - Var(||x||_1 given y) lambda^2 / n`` of the information on lambda (Louis 1982, J. R. Stat. Soc.
    B 44, 226), as with signed pixels. The same part gives the standard error that the data leave, if the sky is one
    of the prior.

    The prior is Laplace, or PositiveLaplace (exponential), on *every* pixel of the grid: on finer pixels lambda grows
    with their number, and it says nothing of how sparse the sky is. Where p(y | lambda) has several modes, it is one
    of them.
    """

    sweeps: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sweeps < _BATCHES:
            raise ModelError(f"{self.sweeps} sweeps: at least {_BATCHES}, to know the Monte Carlo error")

    @property
    def name(self) -> str:
        """For tables and figures."""
        return "marginal mode"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Run the sampler from the middle of the path.

        Raises
        ------
        ModelError
            The prior is another, the grid has more than 4096 pixels and w terms, a pixel is not seen at all, lambda
            runs away to an empty sky, or the data do not tell it.
        """
        middle = len(problem.alphas) // 2
        walk = _Walk(
            chain=image_chain(problem, member=middle),
            pixels=problem.equations.grid.size,
            limit=_RUNAWAY * problem.lambda_max,
            sweeps=self.sweeps,
            rng=np.random.default_rng(self.seed),
        )
        size = walk.approach(walk.settle(walk.pixels / problem.solutions[middle].rate))
        # twice: the first step is long where the data say little, and the information was then measured elsewhere
        size = walk.newton(size, walk.at(size, part=0.5), least=_CAUTIOUS)
        drawn = walk.at(size)
        told = walk.told(size, drawn)
        if told < _SILENT:
            raise ModelError(
                f"the data hold {max(told, 0):.1%} of what a known sky tells of lambda: too little, or {drawn.size} "
                "sweeps are too few to see it"
            )
        better = walk.newton(size, drawn, least=_SILENT)
        each = [walk.newton(size, np.delete(drawn, batch, axis=0), least=_SILENT) for batch in range(_BATCHES)]
        # the jackknife: in error are both the mean and the information, and they are so together
        error = float(np.std(each)) * (_BATCHES - 1) ** 0.5 / better
        return LambdaChoice(self.name, walk.checked(better), _label(walk, drawn, better, told=told, error=error))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Walk:
    """A chain, and how its rate goes by the ``size`` of the sky, an estimate of ``||x||_1`` in Jy."""

    chain: ImageChain
    pixels: int
    limit: float
    sweeps: int
    rng: np.random.Generator

    def checked(self, size: float) -> float:
        """Return the rate of a size."""
        if not size * self.limit > self.pixels:
            times = f"past {_RUNAWAY:g} lambda_max"
            raise ModelError(f"lambda runs away, {times}: an empty sky explains the data as well")
        return self.pixels / size

    def wanted(self, size: float) -> float:
        """Return how many sweeps count at a size."""
        forgotten = _BATCHES * _FORGETS * self.chain.relaxation(self.checked(size))
        return min(max(self.sweeps, forgotten), _LONGEST * self.sweeps)

    def drawn(self, size: float) -> float:
        """Return ``||x||_1`` after a sweep."""
        return float(np.abs(self.chain.sweep(self.checked(size), self.rng)).sum())

    def settle(self, size: float) -> float:
        """Return the size after a quarter of the sweeps, each of which it follows at once."""
        age = 0.0
        while age < 1:
            age += 4 / self.wanted(size)
            size = self.drawn(size)
        return size

    def approach(self, size: float) -> float:
        """Return the mean of the size over another quarter, which it follows by falling steps."""
        running, forgets = [], self.chain.relaxation(self.checked(size))
        for k in range(int(self.wanted(size) / 4)):
            # slower than 1/k, then averaged: fast even where the data say little (Polyak & Juditsky 1992)
            size += (self.drawn(size) - size) * (1 + k / forgets) ** -_FALL
            running.append(size)
        return float(np.mean(running))

    def at(self, size: float, *, part: float = 1.0) -> Floats:
        """Return ``||x||_1`` of the sweeps that count, or a part of them, shape (batches, sweeps of a batch)."""
        batch = int(np.ceil(part * self.wanted(size) / _BATCHES))
        return np.array([[self.drawn(size) for _ in range(batch)] for _ in range(_BATCHES)])

    def told(self, size: float, drawn: Floats) -> float:
        """Return the part of the information on lambda that the data hold, by draws at a size."""
        return 1 - float(drawn.var(ddof=1)) * self.pixels / size**2

    def newton(self, size: float, drawn: Floats, *, least: float) -> float:
        """Return the better size, by draws at a size; a smaller part of the information counts as the least."""
        return size + (float(drawn.mean()) - size) / max(self.told(size, drawn), least)


def _label(walk: _Walk, drawn: Floats, size: float, *, told: float, error: float) -> str:
    """Return what the choice rests on, its Monte Carlo error, and the standard error that the data leave."""
    words = [
        f"{drawn.size} {walk.chain.name}, Monte Carlo error {100 * error:.2g} %",
        f"rate of all {walk.pixels} pixels, to {100 * (walk.pixels * told) ** -0.5:.2g} % if the sky is of the prior",
    ]
    times = drawn.shape[1] / walk.chain.relaxation(walk.pixels / size)
    if times < _FORGETS / 2:
        words.append(f"batches of {times:.1f} relaxation times: ask for more sweeps, the error may be larger")
    return "; ".join(words)
