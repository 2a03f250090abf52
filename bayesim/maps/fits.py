"""Maps as FITS images that DS9 and CARTA show the right way up."""

import os
from collections.abc import Sequence

import numpy as np
from astropy.io import fits

from bayesim.data._atomic import replacing
from bayesim.errors import GridError
from bayesim.maps._map import Map

__all__ = ["header", "write_fits"]


def header(map_: Map, *, object_name: str = "", history: Sequence[str] = ()) -> fits.Header:
    """Return the FITS header of a map.

    Parameters
    ----------
    map_ : Map
        SIN projection about the phase centre, ``CDELT1 < 0``, ``CRPIX = N // 2 + 1`` for a grid centred on it.
    object_name : str
        For the ``OBJECT`` card.
    history : sequence of str
        Provenance, one ``HISTORY`` record each.

    Returns
    -------
    astropy.io.fits.Header
        Angles in degrees, ``RADESYS = 'ICRS'``; without a phase centre ``CRVAL`` is 0, 0 and a comment says that
        the position is unknown.
    """
    cards = fits.Header(map_.grid.cards(map_.phase_centre))
    cards["RADESYS"] = "ICRS"
    cards["BUNIT"] = (map_.unit, "unit of the pixel values")
    cards["BTYPE"] = (_printable(map_.name)[:60], "map")
    cards["OBJECT"] = _printable(object_name)[:60]
    if map_.beam is not None:
        cards["BMAJ"] = (np.degrees(map_.beam.major), f"[deg] FWHM of the {_printable(map_.beam.name)[:30]}")
        cards["BMIN"] = (np.degrees(map_.beam.minor), "[deg]")
        cards["BPA"] = (np.degrees(map_.beam.position_angle), "[deg] North through East")
    cards["COMMENT"] = _printable(map_.label)
    if map_.phase_centre is None:
        cards["COMMENT"] = "The phase centre is unknown: CRVAL 0, 0 stands in for it; offsets are right."
    for line in history:
        cards["HISTORY"] = _printable(line)
    return cards


def write_fits(
    map_: Map, path: str | os.PathLike[str], *, object_name: str = "", history: Sequence[str] = ()
) -> None:
    """Write a map as a FITS image of 64-bit floats, exactly; NaN where a value is not defined.

    Parameters
    ----------
    map_ : Map
        Image to write; the first FITS axis is right ascension, the second declination.
    path : path-like
        File to make or to replace, whole or not at all.
    object_name, history
        As for :func:`header`.

    Raises
    ------
    GridError
        The phase centre is not a direction.
    """
    if map_.phase_centre is not None and not abs(map_.phase_centre[1]) <= np.pi / 2:
        raise GridError(f"declination {map_.phase_centre[1]} rad of the phase centre must be within [-pi/2, pi/2]")
    image = fits.PrimaryHDU(
        data=np.asarray(map_.values, dtype=np.float64),
        header=header(map_, object_name=object_name, history=history),
    )
    with replacing(path) as partial:
        image.writeto(partial, overwrite=True, checksum=True, output_verify="exception")


def _printable(text: str) -> str:
    """Return the text in the characters that a FITS header may hold."""
    return "".join(c if " " <= c <= "~" else "?" for c in text.replace("\n", " "))
