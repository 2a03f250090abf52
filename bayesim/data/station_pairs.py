"""The two stations of every visibility, for what belongs to stations: gains, and noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError

__all__ = ["StationPairs", "station_pairs"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StationPairs:
    """Places of the stations of each visibility in the list of those that observed.

    Parameters
    ----------
    first, second : ndarray of int, shape (n,)
        Positions in ``labels`` of the visibility's antenna 1 and antenna 2.
    labels : tuple of str
        Names of the stations, in the order of their numbers; the number where there is no name.
    """

    first: Integers
    second: Integers
    labels: tuple[str, ...]

    def product(self, values: Any) -> Any:
        """Return ``values[first] * values[second]``, shape (n,), of one value per station.

        A noise scale of stations: the radiometer equation gives ``sigma_12^2`` the product of two system equivalent
        flux densities, so that ``values`` are the square roots of the factors by which those are wrong.
        """
        return values[self.first] * values[self.second]


def station_pairs(vis: Visibilities) -> StationPairs:
    """Return the stations of visibilities.

    Raises
    ------
    DataError
        Antennas are unknown, or two stations bear one name.
    """
    if np.any(vis.antenna1 < 0) or np.any(vis.antenna2 < 0):
        raise DataError("stations need the antennas of every visibility: read a file that has them")
    numbers, place = np.unique(np.stack([vis.antenna1, vis.antenna2]), return_inverse=True)
    first, second = place.reshape(2, -1).astype(np.int64)
    names = vis.antenna_names
    labels = tuple(names[k] if k < len(names) else str(k) for k in numbers)
    if len(set(labels)) != len(labels):
        raise DataError(f"stations {labels} are not told apart by their names")
    return StationPairs(first, second, labels)
