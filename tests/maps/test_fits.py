import warnings

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from bayesim.conventions import ARCSEC
from bayesim.errors import GridError
from bayesim.maps import Beam, Map, write_fits
from bayesim.maps._celestial import celestial
from bayesim.sky import Grid

PHASE_CENTRE = (np.radians(202.5), np.radians(47.2))


def _map(**changes):
    grid = Grid((36, 41), cell=2 * ARCSEC)
    values = np.zeros(grid.shape)
    values[18 + 5, 20 - 7] = 1.5
    fields = {"beam": Beam(8 * ARCSEC, 5 * ARCSEC, np.radians(-30)), "phase_centre": PHASE_CENTRE} | changes
    return Map(values, grid, "Jy/beam", "dirty", "dirty image \N{GREEK SMALL LETTER LAMDA} = 3", **fields)


def test_an_eastern_source_has_the_larger_right_ascension(tmp_path):
    path = tmp_path / "dirty.fits"
    write_fits(_map(), path)
    with fits.open(path) as file:
        header, data = file[0].header, file[0].data
    row, column = np.unravel_index(np.argmax(data), data.shape)
    ra, dec = WCS(header).all_pix2world(column, row, 0)
    east, north = (ra - 202.5) * np.cos(np.radians(47.2)) * 3600, (dec - 47.2) * 3600
    assert east == pytest.approx(14, abs=0.01)
    assert north == pytest.approx(10, abs=0.01)


def test_header_is_what_viewers_expect(tmp_path):
    path = tmp_path / "dirty.fits"
    write_fits(_map(), path, object_name="3C 273", history=["bayesim 0.1.0", "data hash 12ab"])
    with fits.open(path) as file:
        header = file[0].header
    assert (header["CTYPE1"], header["CTYPE2"]) == ("RA---SIN", "DEC--SIN")
    assert header["CDELT1"] == pytest.approx(-2 / 3600)
    assert header["CDELT2"] == pytest.approx(2 / 3600)
    assert (header["CRPIX1"], header["CRPIX2"]) == (41 // 2 + 1, 36 // 2 + 1)
    assert header["CRVAL1"] == pytest.approx(202.5)
    assert (header["BUNIT"], header["RADESYS"], header["OBJECT"]) == ("Jy/beam", "ICRS", "3C 273")
    assert (header["BMAJ"], header["BMIN"], header["BPA"]) == pytest.approx((8 / 3600, 5 / 3600, -30))
    assert list(header["HISTORY"]) == ["bayesim 0.1.0", "data hash 12ab"]


def test_file_is_standard_and_exact(tmp_path):
    path = tmp_path / "dirty.fits"
    map_ = _map()
    write_fits(map_, path)
    with fits.open(path, checksum=True) as file, warnings.catch_warnings():
        warnings.simplefilter("error")
        file.verify("exception")
        np.testing.assert_array_equal(file[0].data, map_.values)
        assert file[0].header["BITPIX"] == -64


def test_an_unknown_phase_centre_is_said(tmp_path):
    path = tmp_path / "dirty.fits"
    write_fits(_map(phase_centre=None, beam=None), path)
    with fits.open(path) as file:
        header = file[0].header
    assert "unknown" in str(header["COMMENT"])
    assert "BMAJ" not in header


def test_a_failed_write_leaves_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / "dirty.fits"
    path.write_bytes(b"former")

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fits.PrimaryHDU, "writeto", full)
    with pytest.raises(OSError, match="No space"):
        write_fits(_map(), path)
    assert path.read_bytes() == b"former"
    assert [p.name for p in tmp_path.iterdir()] == ["dirty.fits"]


def test_a_phase_centre_beyond_the_pole_is_refused(tmp_path):
    with pytest.raises(GridError, match="declination"):
        write_fits(_map(phase_centre=(0.0, 47.2)), tmp_path / "x.fits")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("declination", [-90.0, -60.0, 0.0, 47.2, 90.0])
def test_catalogues_and_headers_place_a_pixel_as_astropy_does(declination):
    # the grid's centre is off the phase centre, and the cards are read by the library, not by us
    grid = Grid((36, 41), cell="200 arcsec", centre=(0.03, -0.02))
    centre = (np.radians(359.5), np.radians(declination))
    wcs = grid.wcs(centre)
    rows, columns = (indices.ravel() for indices in np.indices(grid.shape))
    wanted = wcs.all_pix2world(columns, rows, 0)
    ra, dec = celestial(grid.l[columns], grid.m[rows], centre)
    np.testing.assert_allclose(dec, wanted[1], atol=1e-9)
    np.testing.assert_allclose(((ra - wanted[0] + 180) % 360 - 180) * np.cos(np.radians(dec)), 0, atol=1e-9)
    assert np.all((ra >= 0) & (ra < 360))
