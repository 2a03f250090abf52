"""A regularisation path as a table."""

from collections.abc import Sequence

import numpy as np
from astropy.table import Table

from bayesim.operators import Residual
from bayesim.solvers import Solution

__all__ = ["path_table"]


_JY_PER_BEAM = dict.fromkeys(("residual_rms", "residual_peak"), "Jy / beam")


def path_table(solutions: Sequence[Solution]) -> Table:
    """List the solutions of a path (:func:`bayesim.solvers.path`), one row for each lambda.

    Returns
    -------
    astropy.table.Table
        ``alpha``; ``lambda`` (1/Jy); ``lambda_over_sigma``, lambda in units of the thermal noise; ``atoms``;
        ``objective``, ``gap`` and ``relative_gap``; ``R``; ``reduced_chi2`` over real and imaginary parts, without
        subtracting degrees of freedom; ``residual_rms`` and ``residual_peak`` (Jy/beam), root mean square and largest
        absolute value of the residual image; ``flux`` (Jy), shrunk; ``cycles``; ``converged``.
    """
    table = Table(meta={"reduced_chi2": "of the LASSO, shrinkage included", "flux": "total of the LASSO, shrunk"})
    table["alpha"] = [s.alpha for s in solutions]
    table["lambda"] = [s.rate for s in solutions]
    table["lambda_over_sigma"] = [s.rate * s.sigma_image for s in solutions]
    table["atoms"] = np.array([s.indices.size for s in solutions], dtype=np.int64)
    table["objective"] = [s.objective for s in solutions]
    table["gap"] = [s.gap for s in solutions]
    table["relative_gap"] = [s.relative_gap for s in solutions]
    table["R"] = [s.radius for s in solutions]
    table["reduced_chi2"] = [s.reduced_chi2 for s in solutions]
    table["residual_rms"] = [float(np.sqrt(np.mean(np.square(s.fit.samples())))) / s.sum_weight for s in solutions]
    table["residual_peak"] = [_peak(s.fit) / s.sum_weight for s in solutions]
    table["flux"] = [float(s.fluxes.sum()) for s in solutions]
    table["cycles"] = np.array([len(s.history) for s in solutions], dtype=np.int64)
    table["converged"] = np.array([s.converged for s in solutions], dtype=bool)
    for name, unit in {"lambda": "1 / Jy", **_JY_PER_BEAM, "flux": "Jy"}.items():
        table[name].unit = unit
    return table


def _peak(residual: Residual) -> float:
    """Return the largest absolute value of a residual image, without making the image."""
    return max(float(residual.maxima(np.inf)[1].max()), -float(residual.minima(-np.inf)[1].min()))
