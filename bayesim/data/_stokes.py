"""Stokes I from the correlations that a file holds."""

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import FormatError

__all__ = ["intensity"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_PAIRS = (("RR", "LL"), ("XX", "YY"))


def intensity(
    data: Complexes, weight: Floats, correlations: tuple[str, ...]
) -> tuple[Complexes, Floats, tuple[str, ...]]:
    """Combine parallel hands to Stokes I by inverse variance.

    Parameters
    ----------
    data : ndarray, shape (..., n_correlation)
        Visibilities in Jy.
    weight : ndarray, shape (..., n_correlation)
        ``1/sigma^2`` of one real component; zero or negative means flagged.
    correlations : tuple of str
        ``"I"``, ``"RR"``, ``"LL"``, ``"XX"``, ``"YY"``, ... by position on the last axis.

    Returns
    -------
    data, weight : ndarray, shape (...)
        ``I = (w1 V1 + w2 V2) / (w1 + w2)`` with weight ``w1 + w2``; weight zero where nothing is usable.
    notes : tuple of str
        What was assumed, and how many samples rest on one hand.

    Raises
    ------
    FormatError
        The file holds no correlation from which I follows.

    Notes
    -----
    Both hands estimate I where the source is not polarised in the sense that separates them (Stokes V for
    circular, Q for linear feeds); then one hand alone does, with its own weight.
    """
    if "I" in correlations:
        index = correlations.index("I")
        return data[..., index], np.maximum(weight[..., index], 0.0), ()
    for pair in _PAIRS:
        present = [name for name in pair if name in correlations]
        if present:
            return _mean(data, weight, [correlations.index(name) for name in present], present)
    raise FormatError(
        f"Stokes I does not follow from the correlations {', '.join(correlations)}: need I, RR, LL, XX or YY"
    )


def _mean(
    data: Complexes, weight: Floats, indices: list[int], names: list[str]
) -> tuple[Complexes, Floats, tuple[str, ...]]:
    w = np.where(weight[..., indices] <= 0, 0.0, weight[..., indices])
    total = w.sum(axis=-1)
    usable = w != 0
    # NaN and infinite values go through as they are: they are refused with their row numbers later
    with np.errstate(invalid="ignore", over="ignore"):
        weighted = np.multiply(data[..., indices], w, out=np.zeros(w.shape, dtype=np.complex128), where=usable)
        mean = np.divide(
            weighted.sum(axis=-1), total, out=np.zeros(total.shape, dtype=np.complex128), where=total != 0
        )
    if len(names) == 1:
        return mean, total, (f"Stokes I is taken from {names[0]} alone, the only parallel hand in the file",)
    single = int(np.count_nonzero(usable.sum(axis=-1) == 1))
    notes: tuple[str, ...] = (f"Stokes I is the inverse-variance mean of {names[0]} and {names[1]}",)
    if single:
        notes += (f"{single} samples rest on one of the two hands, with its weight",)
    return mean, total, notes
