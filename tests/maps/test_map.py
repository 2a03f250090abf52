import numpy as np
import pytest

from bayesim.errors import GridError
from bayesim.maps import Map
from bayesim.sky import Grid


def test_a_map_must_fit_its_grid():
    with pytest.raises(GridError, match=r"\(3, 4\).*\(4, 3\)"):
        Map(np.zeros((3, 4)), Grid((4, 3), cell=1e-5), "Jy/beam", "dirty", "")
