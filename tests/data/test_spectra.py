"""Tables of channels and rows: order, what is left out, and what is refused."""

import numpy as np
import pytest

from bayesim.data import Spectra, array, observe, spectra
from bayesim.errors import DataError


@pytest.fixture
def vis():
    return observe(
        array("alma.3"),
        declination=-0.4,
        hour_angles=[-0.1, 0.1],
        frequency=[2.301e11, 2.3e11, 2.302e11],
        sigma=0.1,
        seed=1,
    )


def test_every_channel_has_the_same_rows(vis):
    table = spectra(vis)
    assert (table.channels, table.rows) == (3, len(vis) // 3)
    for name in ("antenna1", "antenna2", "time"):
        columns = getattr(table.vis, name).reshape(3, -1)
        assert np.all(columns == columns[0])
    np.testing.assert_array_equal(np.unique(table.vis.frequency.reshape(3, -1)[1]), [2.301e11])
    # u in wavelengths grows with the frequency, so that it tells whether rows were mixed up
    u = table.vis.u.reshape(3, -1)
    np.testing.assert_allclose(u[2] / u[0], 2.302 / 2.3, rtol=1e-12)
    assert sorted(table.vis.data.tolist(), key=abs) == sorted(vis.data.tolist(), key=abs)


def test_incomplete_rows_are_left_out_and_counted(vis):
    holes = vis.select(np.arange(len(vis)) != 4, reason="flagged")
    table = spectra(holes)
    assert table.rows == len(vis) // 3 - 1
    assert table.vis.account.dropped == {"flagged": 1, "a channel is missing": 2}


def test_what_is_no_table_is_refused(vis):
    one = vis.select(np.arange(len(vis)) % 3 == 0, reason="other channels")
    assert spectra(one).channels == 1
    uneven = np.where(vis.frequency > 2.3015e11, 2.4e11, vis.frequency)
    with pytest.raises(DataError, match="apart: select one spectral window"):
        spectra(type(vis)(**{**vars(vis), "frequency": uneven}))
    with pytest.raises(DataError, match="occurs twice"):
        spectra(type(vis)(**{**vars(vis), "frequency": np.full(len(vis), 2.3e11)}))
    with pytest.raises(DataError, match="no row of"):
        spectra(vis.select(np.arange(len(vis)) % 4 == 0, reason="thinned"))
    with pytest.raises(DataError, match="antennas, time and frequency"):
        spectra(type(vis)(**{**vars(vis), "time": np.full(len(vis), np.nan)}))
    with pytest.raises(DataError, match="no table of 5 channels"):
        Spectra(vis, 5)
