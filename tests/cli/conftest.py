import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.data import PointSource, array, observe, write_npz


@pytest.fixture(scope="session")
def observation(tmp_path_factory):
    """A small file: two points of SNR 60 and 30, the brighter one to the East."""
    path = tmp_path_factory.mktemp("data") / "field.npz"
    vis = observe(
        array("vla.d"),
        sources=[PointSource(0.06, 30 * ARCSEC, 0.0), PointSource(0.03, -20 * ARCSEC, 20 * ARCSEC)],
        declination=np.radians(40.0),
        hour_angles=np.linspace(-0.5, 0.5, 5),
        frequency=8.4e9,
        sigma=1e-3 * np.sqrt(5 * 351),
        seed=3,
        right_ascension=np.radians(30.0),
    )
    write_npz(vis, path)
    return path
