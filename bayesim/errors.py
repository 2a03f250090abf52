"""What can go wrong, by name. Every message names the thing, the value, the limit and the way out."""

__all__ = [
    "BayesimError",
    "BayesimWarning",
    "ConvergenceError",
    "DataError",
    "FormatError",
    "GridError",
    "MissingExtraError",
    "ModelError",
]


class BayesimError(Exception):
    """Anything that bayesim refuses to do, with the reason."""


class DataError(BayesimError, ValueError):
    """Visibilities that cannot be used as they are."""


class FormatError(DataError):
    """A file that is damaged or is not what its name says."""


class GridError(BayesimError, ValueError):
    """An image grid that does not suit the sky or the array."""


class ModelError(BayesimError, ValueError):
    """A model that has no answer of the kind asked for."""


class ConvergenceError(BayesimError, RuntimeError):
    """A solver or sampler that stopped before its own criterion was met."""


class MissingExtraError(BayesimError, ImportError):
    """An optional package is needed; the message names the extra to install."""


class BayesimWarning(UserWarning):
    """Something that the user should know before trusting the result."""
