import numpy as np
import pytest
import xarray as xr

from bayesim.errors import GridError
from bayesim.maps import dataset, dirty, model, residual, write_netcdf
from bayesim.sky import Grid


def test_round_trip_on_sky_coordinates(tmp_path, solution, statistics):
    maps = [dirty(statistics, phase_centre=(1.0, 0.5)), residual(solution), model(solution)]
    write_netcdf(maps, tmp_path / "maps.nc", attrs={"seed": 3, "data_hash": "ab"})
    with xr.open_dataset(tmp_path / "maps.nc", engine="h5netcdf") as back:
        assert set(back.data_vars) == {"dirty", "residual", "model"}
        assert back["dirty"].dims == ("m", "l")
        np.testing.assert_array_equal(back["dirty"].values, maps[0].values)
        np.testing.assert_array_equal(back["l"].values, solution.grid.l)
        assert back["dirty"].attrs["units"] == "Jy/beam"
        assert back["dirty"].attrs["phase_centre_dec"] == 0.5
        assert back.attrs["seed"] == 3
        # the 1 Jy source lies to the East (l > 0) and to the North (m > 0)
        peak = back["dirty"].argmax(...)
        assert back["l"][peak["l"]] > 0
        assert back["m"][peak["m"]] > 0


def test_maps_that_cannot_share_a_file(solution, statistics):
    other = Grid(statistics.grid.shape, cell="3 arcsec")
    from dataclasses import replace

    with pytest.raises(GridError, match="another grid"):
        dataset([dirty(statistics), replace(model(solution), grid=other)])
    with pytest.raises(GridError, match="same name"):
        dataset([model(solution), model(solution)])
    with pytest.raises(GridError, match="at least one"):
        dataset([])
