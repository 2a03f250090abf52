"""Checks shipped with the package: hand them your own operator, prior, solver, sampler, format or Op.

Each is a function that raises AssertionError with the claim that fails and its numbers. ``check_op`` lives in
:mod:`bayesim.testing.graph_op`, because it needs PyTensor.
"""

from bayesim.testing.equations import ExactEquations, check_equations
from bayesim.testing.formats import check_damage, check_format, check_round_trip
from bayesim.testing.image_priors import check_image_prior
from bayesim.testing.likelihoods import check_likelihood
from bayesim.testing.operators import check_adjoint, check_operator, exact_matrix
from bayesim.testing.priors import check_certificate, check_density, check_prior, check_prox
from bayesim.testing.samplers import check_gaussian, check_image_sampler, check_sampler
from bayesim.testing.sky_likelihoods import check_sky_likelihood
from bayesim.testing.solvers import check_solution, check_solver
from bayesim.testing.sources import check_image, check_place, check_slope, check_source, check_transform

__all__ = [
    "ExactEquations",
    "check_adjoint",
    "check_certificate",
    "check_damage",
    "check_density",
    "check_equations",
    "check_format",
    "check_gaussian",
    "check_image",
    "check_image_prior",
    "check_image_sampler",
    "check_likelihood",
    "check_operator",
    "check_place",
    "check_prior",
    "check_prox",
    "check_round_trip",
    "check_sampler",
    "check_sky_likelihood",
    "check_slope",
    "check_solution",
    "check_solver",
    "check_source",
    "check_transform",
    "exact_matrix",
]
