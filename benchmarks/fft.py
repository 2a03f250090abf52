"""Ways to compute ``G x`` in compiled code, against SciPy called from Python (decision 0002).

Run ``python benchmarks/fft.py`` or with ``--quick``.
"""

import argparse
import ctypes
import time

import numba
import numpy as np
from _clock import milliseconds
from rich.console import Console
from rich.table import Table

from bayesim import Grid
from bayesim.operators import Normal, Statistics
from bayesim.operators._lattice import compiled_convolve, kept_lattice


def a_normal(npix):
    rng = np.random.default_rng(0)
    psf = rng.normal(size=(2 * npix, 2 * npix))
    psf[1:, 1:] += psf[1:, 1:][::-1, ::-1]
    dirty = np.zeros((npix, npix))
    return Normal(Statistics(grid=Grid(npix, cell=1e-7), dirty=dirty, psf=psf, energy=1.0, count=1, sum_weight=1.0))


def own(normal, image):
    """Our FFT, as machine code."""
    lattice, product = kept_lattice(normal, "benchmark"), np.empty(image.shape)
    doubles = ctypes.POINTER(ctypes.c_double)
    tables, source, target = (array.ctypes.data_as(doubles) for array in (lattice.tables, image, product))
    function, size = compiled_convolve().ctypes, lattice.tables.size

    def call():
        function(tables, size, source, target)
        return product

    call.lattice = lattice
    return call


def object_mode(normal, image):
    """SciPy called from compiled code, which takes Python's lock for it."""
    apply, kind = normal.apply, numba.float64[:, ::1]

    @numba.njit
    def compiled(x):
        with numba.objmode(product=kind):
            product = apply(x)
        return product

    return lambda: compiled(image)


def matrices(normal, image):
    """Discrete Fourier transforms as dense products by BLAS, real arithmetic, one thread."""
    rows, columns = normal.shape
    n, m = normal.padded_shape

    def waves(count, frequencies, size):
        phase = 2 * np.pi * np.outer(frequencies, np.arange(count)) / size
        return np.cos(phase), np.sin(phase)

    half = m // 2 + 1
    along = waves(columns, np.arange(half), m)
    down = waves(rows, np.arange(n), n)
    twice = np.where((np.arange(half) == 0) | (2 * np.arange(half) == m), 1.0, 2.0)
    weight = normal.transfer * twice / (n * m)
    right, left = np.vstack(along).T.copy(), np.vstack(down)

    def call():
        both = left @ (image @ right)
        cc, cs, sc, ss = both[:n, :half], both[:n, half:], both[n:, :half], both[n:, half:]
        real, imag = (cc - ss) * weight, (cs + sc) * weight
        inner = np.block([[real, imag], [imag, -real]])
        return (left.T @ inner) @ right.T

    return call


ALTERNATIVES = {"own, machine code": own, "SciPy in object mode": object_mode, "BLAS products": matrices}


def measured(npix, *, rounds):
    normal, image = a_normal(npix), np.random.default_rng(1).normal(size=(npix, npix))
    expected = normal.apply(image)
    calls = {"SciPy from Python": lambda: normal.apply(image)}
    for name, make in ALTERNATIVES.items():
        calls[name] = make(normal, image)
        np.testing.assert_allclose(calls[name](), expected, atol=1e-11 * np.abs(expected).max())
    return milliseconds(calls, rounds=rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small cases only")
    quick = parser.parse_args().quick
    start, cpu = time.perf_counter(), time.process_time()
    compiled_convolve()
    print(f"machine code ready after {time.perf_counter() - start:.1f} s ({time.process_time() - cpu:.1f} s of CPU)")
    table = Table("pixels", "SciPy from Python, ms", *(f"{name}, / SciPy" for name in ALTERNATIVES))
    for npix in (32, 64) if quick else (32, 64, 100, 128, 256, 512):
        times = measured(npix, rounds=3 if quick else 7)
        base = times["SciPy from Python"]
        table.add_row(f"{npix} x {npix}", f"{base:.3f}", *(f"{times[name] / base:.2f}" for name in ALTERNATIVES))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
