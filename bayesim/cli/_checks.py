"""Whether the posterior predicts the data, and lies where the prior looked: asked after every sampling."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Table

from bayesim.cli._console import Stopwatch
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.cli._predicted import Predicted
from bayesim.maps import celestial_coordinates
from bayesim.priors import GammaRate, HalfCauchyRate
from bayesim.solvers import Solution

if TYPE_CHECKING:
    from bayesim.samplers import FitChecks, FluxRange

__all__ = ["Checks", "about_checks", "check_tables", "checked"]


@dataclass(frozen=True, eq=False)
class Checks:
    """What the checks found.

    Parameters
    ----------
    fit : FitChecks
        Of the data.
    prior_flux : FluxRange or None
        Total flux before the data; None where no source is probable.
    total_flux : ndarray, shape (draws,)
        Total flux of every draw, Jy, a smooth background left out.
    flux_of : str
        What that is the total of, for a person.
    """

    fit: "FitChecks"
    prior_flux: "FluxRange | None"
    total_flux: np.ndarray
    flux_of: str = "total flux"

    @property
    def passed(self) -> bool:
        """Whether no bin is outside and no visibility decides the fit alone."""
        return self.fit.predictive.passed and not self.fit.left_out.untrusted

    @property
    def sentence(self) -> str:
        """One line for a person."""
        flux, prior = f"{self.flux_of} {self.total_flux.mean():.4g} Jy", self.prior_flux
        if prior is not None:
            flux += f" (95 % of the prior: {prior.low:.2g} to {prior.high:.2g})"
        return "; ".join((*self.fit.sentences, flux))


def checked(field: Field, solution: Solution, posterior: Posterior, *, seed: int, clock: Stopwatch) -> Posterior:
    """Return the posterior with what it predicts of the data, and with the checks of that."""
    # PyMC takes seconds to import, and only this command needs it
    from bayesim.samplers import check_fit

    with clock.stage("check"):
        tree = posterior.tree
        found = check_fit(tree, field.vis, Predicted(field, posterior), seed=seed)
        located = celestial_coordinates(found.tree, field.vis.phase_centre)
        checks = Checks(found, *_fluxes(field, solution, posterior, seed=seed))
        image = posterior.image if posterior.of_sources else located
    return replace(posterior, tree=located, image=image, checks=checks)


def _fluxes(
    field: Field, solution: Solution, posterior: Posterior, *, seed: int
) -> tuple["FluxRange | None", np.ndarray, str]:
    from bayesim.samplers import prior_total_flux  # see checked()

    tree, draws = posterior.tree, posterior.tree["posterior"]
    if posterior.of_sources:
        number = int(np.median(draws["number"].values))
        rate = GammaRate(tree.attrs["lambda_shape"], tree.attrs["lambda_scale"])
        given = "the posterior's number of sources, whose density has an improper prior; without smooth emission"
        found = prior_total_flux(rate, number=number, seed=seed, given=given) if number else None
        # a background has a prior of its own, flat in the logarithm of its size
        smooth = draws["background_flux"].values if "background_flux" in draws else 0.0
        said = "total flux of points" if "background_flux" in draws else "total flux"
        return found, (draws["total_flux"].values - smooth).ravel(), said
    image = draws["image"]
    inferred = HalfCauchyRate(field.equations.sum_weight**0.5) if "lambda" in draws else solution.rate
    pixels = image.isel(chain=0, draw=0).size
    total = image.sum([name for name in image.dims if name not in ("chain", "draw")])
    return (
        prior_total_flux(inferred, number=pixels, seed=seed, given="the pixels"),
        total.values.ravel(),
        "total flux",
    )


def about_checks(checks: Checks) -> dict[str, Any]:
    """Return what the checks found, for ``summary.json``."""
    predictive, loo, prior = checks.fit.predictive, checks.fit.left_out, checks.prior_flux
    worst = predictive.table["p_adjusted"].values
    flux = checks.total_flux
    return {
        "passed": checks.passed,
        "sentence": checks.sentence,
        "bins": int(np.isfinite(worst).sum()),
        "bins_outside": predictive.outside,
        "smallest_p": float(np.nanmin(worst)) if np.isfinite(worst).any() else None,
        "level": predictive.level,
        "not_checked": list(predictive.notes),
        "elpd": loo.elpd,
        "elpd_se": loo.se,
        "pareto_k_max": loo.pareto_k,
        "pareto_k_above_0.7": loo.untrusted,
        "visibilities_left_out": loo.looked_at,
        "total_flux": {"mean": float(flux.mean()), "sd": float(flux.std(ddof=1))},
        "prior_total_flux": None if prior is None else [prior.low, prior.median, prior.high],
        "prior_label": "no source is probable" if prior is None else prior.label,
        "label": checks.fit.label,
    }


def check_tables(checks: Checks) -> dict[str, Table]:
    """Return the bins of both checks, to be written."""
    found = {"predictive_check": checks.fit.predictive.table, "left_out": checks.fit.left_out.table}
    return {
        name: Table({key: table[key].values for key in table.data_vars}, meta={"label": checks.fit.label})
        for name, table in found.items()
    }
