"""Summaries of images while they are drawn, for skies whose draws do not fit in memory."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers._plan import Plan
from bayesim.samplers._walk import Draws, State
from bayesim.sky import Grid

__all__ = ["Running"]

Floats = NDArray[np.float64]

_BINS, _REACH = 64, 8.0
"""Bins of every pixel's histogram, which spans the tuning's mean -+ reach * sd: a quarter of an sd each."""

_LEAST_TUNE = 20


class Running:
    """Sums, batch sums and a histogram of every pixel, and every ``store``-th draw.

    Parameters
    ----------
    plan : Plan
        Of the run. The second half of the tuning fixes the bins.
    shape : (int, int)
        Of the image.
    store : int
        Kept draws from one stored to the next.
    probabilities : tuple of float
        Of the quantiles, inside (0, 1).
    in_memory : bool
        Whether the stored draws are held here; else they are only handed on, to the disk.

    Raises
    ------
    ModelError
        The tuning is too short to place the bins, or another number is out of range.

    Notes
    -----
    Memory per pixel: 5 numbers and 4 per chain, and 256 bytes of bins.
    """

    def __init__(
        self, plan: Plan, shape: tuple[int, int], *, store: int, probabilities: tuple[float, ...], in_memory: bool
    ) -> None:
        # refused here, not after an hour
        if plan.tune < _LEAST_TUNE or store < 1 or not all(0 < p < 1 for p in probabilities):
            raise ModelError(
                f"tune {plan.tune}, store {store}, {probabilities}: at least {_LEAST_TUNE}, 1, and inside (0, 1)"
            )
        self.plan, self.store, self.probabilities, self.in_memory = plan, store, probabilities, in_memory
        self.batch = max(1, int(np.sqrt(plan.draws)))
        self.held: list[State] = []
        names = ("sum", "square", "batch", "batch_square")
        chains = {name: np.zeros((plan.chains, *shape)) for name in names}
        pixels = {name: np.zeros(shape) for name in ("origin", "spread")}
        ends = {"least": np.full(shape, np.inf), "most": np.full(shape, -np.inf)}
        bins = np.zeros((_BINS, *shape), dtype=np.uint32)
        self.arrays: State = {
            **{name: np.zeros((), dtype=np.int64) for name in ("seen", "count")},
            **chains,
            **pixels,
            **ends,
            "bins": bins,
        }

    def nothing(self, images: Floats) -> State:
        """Return empty arrays."""
        return {"image": np.empty((0, *images.shape)), "rate": np.empty((0, len(images)))}

    def tune(self, draws: Draws) -> None:
        """Learn where each pixel lives."""
        here = self.arrays
        here["seen"] += 1
        used = (int(here["seen"]) - self.plan.tune // 2) * self.plan.chains
        if used <= 0:
            return
        # Chan, Golub & LeVeque 1983: the mean and squares of two groups together
        mean = draws.image.mean(axis=0)
        apart, before = mean - here["origin"], used - self.plan.chains
        within = np.square(draws.image - mean).sum(axis=0)
        here["spread"] += within + np.square(apart) * before * self.plan.chains / used
        here["origin"] += apart * self.plan.chains / used

    def take(self, draws: Draws) -> State:
        """Add one draw of every chain."""
        here, away = self.arrays, draws.image - self.arrays["origin"]
        here["sum"] += away
        here["square"] += np.square(away)
        here["batch"] += away
        np.minimum(here["least"], draws.image.min(axis=0), out=here["least"])
        np.maximum(here["most"], draws.image.max(axis=0), out=here["most"])
        rows, columns = np.ogrid[: away.shape[1], : away.shape[2]]
        places = np.clip(np.floor(away / self._width + _BINS / 2), 0, _BINS - 1).astype(np.intp)
        for place in places:
            here["bins"][place, rows, columns] += 1
        here["count"] += 1
        if here["count"] % self.batch == 0:
            here["batch_square"] += np.square(here["batch"])
            here["batch"][:] = 0.0
        if (here["count"] - 1) % self.store:
            return self.nothing(draws.image)
        new = {"image": draws.image[None], "rate": draws.rate[None]}
        if self.in_memory:
            self.held.append(new)
        return new

    @property
    def _width(self) -> Floats:
        used = (self.plan.tune - self.plan.tune // 2) * self.plan.chains
        sd = np.sqrt(self.arrays["spread"] / used)
        return np.asarray(2 * _REACH / _BINS * np.where(sd > 0, sd, 1.0))

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of all draws, Jy/pixel."""
        here, count = self.arrays, int(self.arrays["count"]) * self.plan.chains
        away = here["sum"].sum(axis=0) / count
        variance = here["square"].sum(axis=0) / count - np.square(away)
        return here["origin"] + away, np.sqrt(np.maximum(variance, 0.0) * count / max(count - 1, 1))

    def quantile(self, probability: float) -> Floats:
        """Return a quantile of every pixel, interpolated within a bin of a quarter of a standard deviation."""
        here = self.arrays
        below = np.cumsum(here["bins"], axis=0, dtype=np.float64)
        wanted = probability * below[-1]
        place = np.argmax(below >= wanted, axis=0)[None]
        counts = np.take_along_axis(here["bins"], place, axis=0)[0]
        part = 1.0 - (np.take_along_axis(below, place, axis=0)[0] - wanted) / np.maximum(counts, 1)
        edge = here["origin"] + (place[0] - _BINS / 2) * self._width
        # the outer bins are open: they end at the extreme draws
        low = np.where(place[0] == 0, here["least"], np.maximum(edge, here["least"]))
        high = np.where(place[0] == _BINS - 1, here["most"], np.minimum(edge + self._width, here["most"]))
        return np.asarray(low + part * (high - low))

    def convergence(self) -> tuple[Floats, Floats]:
        """Return effective sample size by batch means, and R-hat of whole chains (neither is rank-normalised)."""
        here, chains, count = self.arrays, self.plan.chains, int(self.arrays["count"])
        means = here["sum"] / count
        within = (here["square"] / count - np.square(means)).mean(axis=0) * count / max(count - 1, 1)
        between = means.var(axis=0, ddof=1) if chains > 1 else np.full(within.shape, np.nan)
        batches = count // self.batch
        spread = here["batch_square"] / self.batch**2 / batches - np.square(means)
        long_run = self.batch * spread.mean(axis=0) * batches / max(batches - 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):  # pixels that never move
            size = np.clip(chains * count * within / long_run, 0.0, chains * count)
            return size, np.sqrt((count - 1) / count + between / within)

    def summary(self, grid: Grid) -> xr.Dataset:
        """Return ``mean``, ``sd``, ``quantile``, ``ess`` and ``rhat`` of every pixel."""
        (mean, sd), (size, rhat), sky = self.moments(), self.convergence(), ("m", "l")
        quantiles = np.stack([self.quantile(p) for p in self.probabilities])
        maps = {"mean": (sky, mean), "sd": (sky, sd), "ess": (sky, size), "rhat": (sky, rhat)}
        return xr.Dataset(
            {**maps, "quantile": (("probability", *sky), quantiles)},
            {"probability": list(self.probabilities), **grid.coords},
        )
