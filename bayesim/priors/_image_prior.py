"""A prior with hidden variables: the image is computed from them, so it has a PyMC side only."""

from typing import Any, Protocol, runtime_checkable

__all__ = ["ImagePrior"]


@runtime_checkable
class ImagePrior(Protocol):
    """Contract of every prior that makes an image (checked leaf by leaf in ``tests/test_contracts.py``).

    Priors of this kind alone are hierarchical or not convex: their density as a function of the image has no closed
    form or no useful mode, so there is no penalty, no prox and no certificate to offer. Every
    :class:`bayesim.priors.PixelPrior` keeps this contract too.
    """

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the hidden variables to the model in context and return the image ``name`` (Jy/pixel)."""
