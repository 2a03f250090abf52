"""What a compiled graph costs beside its NumPy twin: one log-likelihood and gradient, called as nutpie calls it.

Run ``python benchmarks/overhead.py`` (a minute or two) or with ``--quick`` (small cases).
"""

import argparse
import ctypes
import time
import warnings

import numpy as np
import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
from _clock import milliseconds
from rich.console import Console
from rich.table import Table

from bayesim import Grid
from bayesim.data import from_arrays
from bayesim.operators import Normal, measure
from bayesim.operators.graph import quadratic, visibilities
from bayesim.operators.nufft import Nufft

CELL = 5e-6
TOLERANCE = 1e-6


def simulated(n_vis):
    rng = np.random.default_rng(0)
    u, v = rng.uniform(-0.4 / CELL, 0.4 / CELL, (2, n_vis))
    data = rng.normal(size=n_vis) + 1j * rng.normal(size=n_vis)
    return from_arrays(u, v, data, weight=np.ones(n_vis))


def nufft_case(npix, vis):
    nufft = Nufft(vis.u, vis.v, Grid(npix, cell=CELL), tolerance=TOLERANCE)
    data = pytensor.shared(np.stack([vis.data.real, vis.data.imag]), borrow=True)

    def graph(sky):
        return -0.5 * pt.sum(pt.sqr(data - visibilities(nufft, sky)))

    def raw(image):
        residual = vis.data - nufft.forward(image)
        return -0.5 * np.vdot(residual, residual).real, nufft.adjoint(residual)

    return graph, raw


def quadratic_case(npix, vis):
    normal = Normal(measure(vis, Grid(npix, cell=CELL)))
    return lambda sky: quadratic(normal, sky)[0], normal.value_and_gradient


def as_nutpie_calls(graph, npix):
    """Return a function of nothing (point fixed), its outputs, and the seconds from the model to the first value."""
    with pm.Model() as model:
        pm.Potential("fit", graph(pm.Flat("sky", shape=(npix, npix))))
    start = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    doubles = ctypes.POINTER(ctypes.c_double)
    point, gradient, value = np.random.default_rng(1).normal(size=npix**2), np.empty(npix**2), np.empty(())
    pointers = [array.ctypes.data_as(doubles) for array in (point, gradient, value)]
    user_data = compiled.user_data.ctypes.data_as(ctypes.c_void_p)

    def call():
        status = compiled.compiled_logp_func.ctypes(npix**2, *pointers, user_data)
        if status:
            raise RuntimeError(f"the compiled log-density returned status {status}")

    call()
    return call, (point.reshape(npix, npix), value, gradient), time.perf_counter() - start


def as_python_calls(graph):
    x = pt.dmatrix("sky")
    value = graph(x)
    return pytensor.function([x], [value, pytensor.grad(value, x)], mode="CVM", trust_input=True)


def measured(make, npix, vis, *, rounds):
    graph, raw = make(npix, vis)
    nutpie_call, (image, value, gradient), seconds = as_nutpie_calls(graph, npix)
    python = as_python_calls(graph)
    expected = raw(image)
    np.testing.assert_allclose(value, expected[0], rtol=1e-10)
    np.testing.assert_allclose(gradient.reshape(image.shape), expected[1], atol=1e-10 * np.abs(expected[1]).max())
    calls = {"raw": lambda: raw(image), "nutpie": nutpie_call, "python": lambda: python(image)}
    return milliseconds(calls, rounds=rounds), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small cases only")
    quick = parser.parse_args().quick
    cases = [
        ("NUFFT", nufft_case, npix, n) for npix, n in ([(32, 1000)] if quick else [(64, 10_000), (128, 100_000)])
    ]
    cases += [("quadratic", quadratic_case, npix, 1000) for npix in ((32, 64) if quick else (32, 64, 128, 256))]
    table = Table(
        "operator", "pixels", "visibilities", "raw ms", "nutpie ms", "/ raw", "python ms", "/ raw", "compile s"
    )
    for name, make, npix, n_vis in cases:
        times, seconds = measured(make, npix, simulated(n_vis), rounds=3 if quick else 7)
        raw, nutpie_time, python = times["raw"], times["nutpie"], times["python"]
        numbers = [
            f"{raw:.3f}",
            f"{nutpie_time:.3f}",
            f"{nutpie_time / raw:.2f}",
            f"{python:.3f}",
            f"{python / raw:.2f}",
        ]
        table.add_row(
            name, f"{npix} x {npix}", f"{n_vis:,}" if make is nufft_case else "any", *numbers, f"{seconds:.1f}"
        )
    Console(width=130).print(table)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        main()
