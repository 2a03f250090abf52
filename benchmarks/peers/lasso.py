"""bayesim beside general LASSO solvers: one small problem as a dense design matrix, and objectives that must agree.

    python benchmarks/peers/lasso.py [--quick]

scikit-learn and celer (PyPI), each left out with a message where absent. They get the whitened design matrix, real
and imaginary parts as rows, or its Gram matrix; the time to build it is given apart, since bayesim never does.
Objectives are those of the returned skies, computed by one function; ``ratio`` is CPU time over PolyClean's, the best
of three runs.
"""

import argparse
import warnings
from time import process_time

import numpy as np
from _short_baselines import short_baselines

from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.solvers import PolyClean

GAP = 1e-8


def design(vis, grid):
    """Return the whitened design matrix (2 n_vis, pixels) and data (2 n_vis,)."""
    l, m = np.broadcast_arrays(grid.l[None, :], grid.m[:, None])
    phase = -2 * np.pi * (np.outer(vis.u, l.ravel()) + np.outer(vis.v, m.ravel()))
    scale = np.sqrt(vis.weight)
    matrix = np.concatenate([scale[:, None] * np.cos(phase), scale[:, None] * np.sin(phase)])
    return np.asfortranarray(matrix), np.concatenate([scale * vis.data.real, scale * vis.data.imag])


def best(call, *, rounds=3):
    seconds = []
    for _ in range(rounds):
        began = process_time()
        answer = call()
        seconds.append(process_time() - began)
    return min(seconds), answer


def peers(matrix, data, rate):
    """Yield name and the call that returns an image, for every peer there is."""
    # both minimise 1/(2 rows) ||y - X x||^2 + alpha ||x||_1
    alpha, options = rate / data.size, {"positive": True, "fit_intercept": False}
    try:
        from sklearn.linear_model import Lasso
    except ImportError:
        print("  scikit-learn is not installed (pip install scikit-learn): left out")
    else:
        gram = matrix.T @ matrix
        sparse = {"alpha": alpha, "tol": 1e-9, "max_iter": 200_000, **options}
        yield "scikit-learn Lasso, design", lambda: Lasso(**sparse).fit(matrix, data).coef_
        yield "scikit-learn Lasso, Gram", lambda: Lasso(precompute=gram, **sparse).fit(matrix, data).coef_
    try:
        from celer import Lasso as Celer
    except ImportError:
        print("  celer is not installed (pip install celer): left out")
    else:
        # its tolerance is a duality gap over ||y||^2 / rows
        yield (
            "celer Lasso, design",
            lambda: Celer(alpha=alpha, tol=1e-11, max_iter=500, **options).fit(matrix, data).coef_,
        )


def compare(*, npix, n_vis, alpha):
    vis, grid = short_baselines(npix=npix, n_vis=n_vis)
    build, (matrix, data) = best(lambda: design(vis, grid), rounds=1)
    print(f"{npix} x {npix} px, {n_vis} visibilities, alpha {alpha}: design matrix of "
          f"{matrix.nbytes / 2**20:.0f} MiB built in {build:.2f} s")  # fmt: skip

    def ours():
        equations = Coplanar(measure(vis, grid))
        prior = PositiveLaplace(alpha * equations.dirty.max())
        return PolyClean(relative_gap=GAP).solve(equations, prior)

    ours()  # compiles
    seconds, solution = best(ours)
    rate = solution.rate

    def objective(image):
        return 0.5 * float(np.sum((data - matrix @ image) ** 2)) + rate * float(np.abs(image).sum())

    reference = objective(solution.image.ravel())
    print(f"  {'bayesim PolyClean, statistics included':42s} {seconds:8.3f} s  objective {reference:.8f}  gap "
          f"{solution.relative_gap:.0e}  {solution.indices.size} pixels")  # fmt: skip
    for name, call in peers(matrix, data, rate):
        with warnings.catch_warnings():
            # a peer that stops early shows in its objective
            warnings.simplefilter("ignore")
            spent, image = best(call)
        above = objective(image) / reference - 1
        print(f"  {name:42s} {spent:8.3f} s  objective {above:+.1e} relative  ratio {spent / seconds:.1f}  "
              f"{np.count_nonzero(image)} pixels", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest case only")
    compare(npix=64, n_vis=400, alpha=0.05)
    if not parser.parse_args().quick:
        compare(npix=96, n_vis=1000, alpha=0.02)


if __name__ == "__main__":
    main()
