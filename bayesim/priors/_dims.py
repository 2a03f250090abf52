"""Named dimensions of the PyMC model in context: their shape, and an image as one random variable."""

from bayesim.errors import ModelError

__all__ = ["shape_of", "signature"]


def shape_of(dims: tuple[str, ...]) -> tuple[int, ...]:
    """Return the lengths of named dimensions of the model in context."""
    # importing PyMC takes seconds, and a MAP does not need it
    import pymc as pm

    lengths = pm.modelcontext(None).dim_lengths
    missing = [dim for dim in dims if dim not in lengths]
    if missing:
        raise ModelError(f"dimensions {missing} are unknown to the model: use pm.Model(coords=grid.coords)")
    return tuple(int(lengths[dim].eval()) for dim in dims)


def signature(parameters: int, dims: tuple[str, ...]) -> str:
    """Return the signature of a distribution of a whole image with this many scalar parameters."""
    return ",".join(["()"] * parameters) + "->(" + ",".join(f"d{i}" for i in range(len(dims))) + ")"
