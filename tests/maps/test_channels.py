"""Channels of a cube as maps: their names count, and a wrong shape is refused."""

import numpy as np
import pytest

from bayesim.errors import GridError
from bayesim.maps import channel_maps
from bayesim.sky import Grid


def test_every_channel_is_a_map():
    grid = Grid((2, 3), cell="1 arcsec")
    cube = np.arange(12.0).reshape(2, 2, 3)
    maps = channel_maps(cube, grid, "mean")
    assert [map_.name for map_ in maps] == ["mean, channel 0", "mean, channel 1"]
    assert {map_.unit for map_ in maps} == {"Jy/pixel"}
    np.testing.assert_array_equal([map_.values for map_ in maps], cube)
    with pytest.raises(GridError, match="one value per pixel"):
        channel_maps(cube[:, :1], grid, "mean")
