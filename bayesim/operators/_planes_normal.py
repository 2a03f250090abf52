"""Planes of a sky to planes of its gradient without the visibilities: convolutions between the terms of w."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg

from bayesim.operators._band import Band
from bayesim.operators._compiled import compiled
from bayesim.operators._planes import Planes

__all__ = ["PlanesNormal"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
SingleComplexes = NDArray[np.complex64]

_NODES = 401
"""Places at which the factors of w are compared: they are polynomials of a few dozen degrees at most."""


class PlanesNormal:
    """``planes.adjoint(weight * planes.forward(...))`` on planes, as ``terms^2`` convolutions by FFT.

    Parameters
    ----------
    planes : Planes
        The transform; its tolerance is also this one's, down to the 1e-6 of single precision.
    weight : ndarray, shape (n_vis,)
        Weights in 1/Jy^2.

    Notes
    -----
    Time: one FFT pair of the doubled lattice per term. Memory ``8 terms (terms + 1)`` bytes per lattice point.
    """

    def __init__(self, planes: Planes, weight: Floats) -> None:
        self.planes, rank = planes, planes.basis.rank
        rows, columns = planes.shape[:2]
        self._padded = tuple(int(fft.next_fast_len(2 * n, real=True)) for n in (rows, columns))
        # even and odd terms of w in pairs: the product of two odd ones is even, that of one of each is odd
        even = np.arange(rank) < planes.basis.n_even
        pairs = [(r, s) for s in range(rank) for r in range(s, rank)]
        pairs.sort(key=lambda pair: bool(even[pair[0]] != even[pair[1]]))
        self._n_even = sum(bool(even[r] == even[s]) for r, s in pairs)
        self._pairs = np.array(pairs, dtype=np.int64)
        spans = _spans(planes, self._pairs, self._n_even)
        factors = (
            planes.factors[:, self._pairs[:, 0]] * planes.factors[:, self._pairs[:, 1]] @ linalg.block_diag(*spans)
        )
        band = Band(
            planes.rows,
            planes.columns,
            factors,
            spans[0].shape[1],
            (2 * rows, 2 * columns),
            tolerance=planes.tolerance,
            threads=planes.threads,
        )
        made = self._transforms(band, weight * np.abs(planes.phase) ** 2)
        split = spans[0].shape[1]
        halves = (
            made[:, :, :split] @ spans[0].T.astype(np.float32),
            made[:, :, split:] @ spans[1].T.astype(np.float32),
        )
        self._kernel = np.concatenate(halves, axis=2)

    def _transforms(self, band: Band, values: Floats) -> Singles:
        """Return the transforms of the convolution kernels: real where even, the imaginary part where odd."""
        shape = self._padded[0], self._padded[1] // 2 + 1, band.terms
        out = np.empty(shape, dtype=np.float32)
        rows, columns = (n // 2 for n in band.shape)
        for terms in band.chunks():
            fine = band.spread(values.astype(np.complex128), terms)
            for k, plane in zip(terms, band.planes(fine, np.arange(2 * rows)), strict=True):
                wrapped = np.zeros(self._padded)
                centred = np.concatenate([plane[:, -columns:], plane[:, :columns]], axis=1) * band.correction[1]
                wrapped[:rows, :columns] = centred[rows:, columns:]
                wrapped[:rows, -columns + 1 :] = centred[rows:, 1:columns]
                wrapped[-rows + 1 :, :columns] = centred[1:rows, columns:]
                wrapped[-rows + 1 :, -columns + 1 :] = centred[1:rows, 1:columns]
                transformed = fft.rfft2(wrapped, workers=self.planes.threads)
                out[:, :, k] = transformed.real if k < band.n_even else transformed.imag
        return out

    def __call__(self, values: Floats) -> Floats:
        """Return the planes of the gradient, shape ``planes.shape``, of planes from :meth:`Planes.deposited`."""
        rows, columns, threads = *self.planes.shape[:2], self.planes.threads
        there = fft.rfft2(values.astype(np.float32), s=self._padded, axes=(0, 1), workers=threads)
        back = np.empty_like(there)
        _mix(self._kernel, there, back, self._pairs, self._n_even)
        out = fft.irfft2(back, s=self._padded, axes=(0, 1), workers=threads, overwrite_x=True)
        return np.ascontiguousarray(out[:rows, :columns], dtype=np.float64)


def _spans(planes: Planes, pairs: NDArray[np.int64], n_even: int) -> tuple[Floats, Floats]:
    """Return orthonormal columns that span the products of two factors, to a third of the tolerance.

    All products are functions of w of twice the bandwidth, so few of them are independent: of 45 pairs of nine terms,
    ten. Even and odd products apart.
    """
    factors = planes.basis.factors(np.linspace(-1.0, 1.0, _NODES))
    products = factors[:, pairs[:, 0]] * factors[:, pairs[:, 1]]
    tolerance = planes.tolerance / 3
    return _span(products[:, :n_even], tolerance), _span(products[:, n_even:], tolerance)


def _span(products: Floats, tolerance: float) -> Floats:
    directions = np.linalg.svd(products, full_matrices=False)[2]
    for rank in range(len(directions) + 1):
        kept = directions[:rank].T
        if np.abs(products - products @ kept @ kept.T).max(initial=0.0) <= tolerance:
            break
    return kept


@compiled
def _mix(
    kernel: Singles, there: SingleComplexes, back: SingleComplexes, pairs: NDArray[np.int64], n_even: int
) -> None:
    """Multiply by the symmetric (even) and antisymmetric (odd, imaginary) kernels between terms."""
    for i in range(there.shape[0]):
        for j in range(there.shape[1]):
            for k in range(there.shape[2]):
                back[i, j, k] = 0.0
            for p in range(pairs.shape[0]):
                r, s = pairs[p, 0], pairs[p, 1]
                value = kernel[i, j, p]
                if p < n_even:
                    back[i, j, r] += value * there[i, j, s]
                    if r != s:
                        back[i, j, s] += value * there[i, j, r]
                else:
                    turned = np.complex64(1j) * value
                    back[i, j, r] += turned * there[i, j, s]
                    back[i, j, s] -= turned * there[i, j, r]
