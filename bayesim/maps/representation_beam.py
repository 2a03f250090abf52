"""The representation beam: the resolution that the certificate itself claims."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from bayesim.errors import GridError, ModelError
from bayesim.maps._zoom import TAPS, refined
from bayesim.maps.beams import Beam, fit_beam
from bayesim.solvers import Solution

__all__ = ["representation_beam"]

Floats = NDArray[np.float64]

_LEVEL = 0.9
"""Of the published analysis."""

_FACTOR = 4
"""Points to a pixel: what stands above 0.9 of an isolated source is 0.4 of a CLEAN beam wide."""


def representation_beam(solution: Solution, *, level: float = _LEVEL) -> Beam:
    """Fit a Gaussian to the autocorrelation of what stands above ``level`` in the certificate.

    The certificate below ``level`` is set to zero; the inverse Fourier transform of ``|FFT|^2`` is its
    autocorrelation, and the Gaussian is fitted to its main lobe (Jarret et al. 2025, A&A 693, A225, section 6.3).

    Parameters
    ----------
    solution : Solution
        The mode.
    level : float
        In (0, 1).

    Returns
    -------
    Beam
        For :func:`bayesim.maps.restored`, beside the CLEAN beam of :func:`bayesim.maps.fit_beam`.

    Raises
    ------
    ModelError
        ``level`` is not in (0, 1).
    GridError
        Nothing reaches ``level``, or what does has no main lobe on this grid.

    Notes
    -----
    The fitted width is returned as published, **without** a factor ``1/sqrt 2``. That factor would undo the widening
    of a Gaussian, but what is left above 0.9 is a cap that ends steeply, and the autocorrelation of a disk is
    *narrower* than the disk. For one isolated source the beam is 0.30 CLEAN beams wide (measured), whatever its
    signal-to-noise ratio: it says how sharply this certificate stands, not how well positions or sizes are known.

    The certificate is read at four points to a pixel, by band-limited interpolation, and the regions are correlated
    one by one: pairs of regions further apart than both their sizes do not touch the main lobe.
    """
    if not 0 < level < 1:
        raise ModelError(f"level {level} must lie between 0 and 1: it cuts the certificate")
    high = solution.certificate >= level
    if not high.any():
        raise GridError(
            f"the certificate reaches only {solution.max_certificate:.3g}, not {level}: the sky is empty "
            "at this lambda, use a smaller one"
        )
    # what lies within a pixel of the threshold may exceed it between pixels; regions that nearly touch stay together
    labels, _ = ndimage.label(ndimage.binary_dilation(high, structure=np.ones((3, 3)), iterations=2))
    boxes = ndimage.find_objects(labels)
    certificates = [
        _cut(solution.certificate, labels[box] == k, box, level=level) for k, box in enumerate(boxes, start=1)
    ]
    parts = [_autocorrelation(certificate) for certificate in certificates]
    # lags up to half of the largest region's extent; those beyond belong to no main lobe
    half = [max(part.shape[axis] for part in parts) // 2 for axis in (0, 1)]
    total = np.zeros((2 * half[0] + 1, 2 * half[1] + 1))
    for part in parts:
        rows, columns = (n // 2 for n in part.shape)
        total[half[0] - rows : half[0] + rows + 1, half[1] - columns : half[1] + columns + 1] += part
    return replace(fit_beam(total, cell=solution.grid.cell / _FACTOR), name="representation beam")


def _cut(certificate: Floats, mine: NDArray[np.bool_], box: tuple[slice, slice], *, level: float) -> Floats:
    """Return one region at four points to a pixel, zero below the level."""
    wide = [slice(max(side.start - TAPS, 0), side.stop + TAPS) for side in box]
    inner = tuple(
        slice(_FACTOR * (side.start - w.start), _FACTOR * (side.stop - 1 - w.start) + 1)
        for side, w in zip(box, wide, strict=True)
    )
    fine = refined(certificate[tuple(wide)], factor=_FACTOR)[inner]
    rows, columns = (np.arange(n) // _FACTOR for n in fine.shape)
    return np.where((fine >= level) & mine[np.ix_(rows, columns)], fine, 0.0)


def _autocorrelation(image: Floats) -> Floats:
    """Return the autocorrelation at all lags, zero lag in the middle; shape ``2 n - 1``."""
    shape = [fft.next_fast_len(2 * n - 1, real=True) for n in image.shape]
    full = fft.irfft2(np.square(np.abs(fft.rfft2(image, shape))), shape)
    lags = [np.arange(1 - n, n) for n in image.shape]
    return np.asarray(full[np.ix_(*lags)])
