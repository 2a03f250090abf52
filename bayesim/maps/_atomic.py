"""Files that are either whole or absent."""

from bayesim.data._atomic import replacing

__all__ = ["replacing"]
