"""How long chains of images run, and how many: the part that their samplers share."""

from dataclasses import KW_ONLY, dataclass
from typing import TypedDict

from bayesim.errors import ModelError

__all__ = ["Length", "Plan"]


class Length(TypedDict, total=False):
    """Keywords of every sampler of images; each has a default, which is a field of :class:`Plan`."""

    draws: int
    tune: int
    thin: int
    chains: int
    cores: int


@dataclass(frozen=True)
class Plan:
    """How long and how many.

    Parameters
    ----------
    draws, tune, thin, chains : int
        Kept draws, steps thrown away, steps per kept draw, chains; of every chain.
    seed : int
        Every chain has its own generator, so its draws do not depend on the number of chains.
    cores : int
        Chains that run at the same time, in threads.

    Raises
    ------
    ModelError
        A count is below 1.
    """

    _: KW_ONLY
    seed: int
    draws: int = 1000
    tune: int = 200
    thin: int = 1
    chains: int = 4
    cores: int = 1

    def __post_init__(self) -> None:
        for name in ("draws", "tune", "thin", "chains", "cores"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name} {getattr(self, name)} must be at least 1")
