"""One model, compiled once, that draws truths with their data and samples the posterior of given data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pymc.pytensorf import find_rng_nodes, reseed_rngs

from bayesim.errors import ModelError
from bayesim.samplers._first_point import reproducible
from bayesim.validation._swappable import DIRTY, ENERGY, Swappable
from bayesim.validation.image_plane_data import ImagePlaneData

__all__ = ["CompiledStudy"]

Floats = NDArray[np.float64]

_QUANTITIES = "_test_quantities"


@dataclass(frozen=True, eq=False)
class CompiledStudy:
    """Simulates and samples with one set of compiled functions.

    Parameters
    ----------
    swap : Swappable
        The model.
    quantities : mapping of str to PyTensor scalar
        What is ranked.
    image_plane : ImagePlaneData or None
        Draws the data of an image-plane likelihood.
    given : iterator or None
        Draws from the prior, in the order of the free variables; forward draws by default.
    """

    swap: Swappable
    quantities: Mapping[str, Any]
    image_plane: ImagePlaneData | None
    given: Iterator[list[Floats]] | None

    @cached_property
    def free(self) -> list[Any]:
        """Free variables, in the order of the sampler."""
        return list(self.swap.model.free_RVs)

    @cached_property
    def of_prior(self) -> tuple[Callable[..., Any], list[Any]]:
        """From nothing to the free variables."""
        return _compiled([], self.free)

    @cached_property
    def of_truth(self) -> tuple[Callable[..., Any], list[Any]]:
        """From the parameters to their unconstrained values, the data, and the image that is seen."""
        model = self.swap.model
        transforms = [model.rvs_to_transforms[rv] for rv in self.free]
        pairs = zip(self.free, transforms, strict=True)
        plain = [rv if change is None else change.forward(rv, *rv.owner.inputs) for rv, change in pairs]
        image = [] if self.swap.image is None else [self.swap.image]
        return _compiled(self.free, [*plain, *model.observed_RVs, *image])

    @cached_property
    def of_data(self) -> tuple[Callable[..., Any], list[Any]]:
        """From the parameters to the test quantities, with the data in place."""
        return _compiled(self.free, [pt.stack(list(self.quantities.values()))])

    @cached_property
    def nutpie(self) -> Any:
        """The compiled posterior; its data are replaced by name."""
        # nutpie takes a second to import
        import nutpie

        with self.swap.model:
            pm.Deterministic(_QUANTITIES, pt.stack(list(self.quantities.values())))
        with reproducible():
            return nutpie.compile_pymc_model(self.swap.model, var_names=[_QUANTITIES])

    def simulated(self, seed: int) -> tuple[dict[str, float], tuple[dict[str, Floats], Floats]]:
        """Return the test quantities of a truth, and its data with the place where chains start.

        Raises
        ------
        ModelError
            The truth lies outside what a transform can reach.
        """
        prior_seed, data_seed, noise_seed = (int(each) for each in np.random.SeedSequence(seed).generate_state(3))
        values = _run(self.of_prior, prior_seed) if self.given is None else next(self.given)
        made = _run(self.of_truth, data_seed, *values)
        start, rest = made[: len(values)], made[len(values) :]
        observed = [rv.name for rv in self.swap.model.observed_RVs]
        data = dict(zip(observed, rest[: len(observed)], strict=True))
        if self.image_plane is not None:
            truth = dict(zip((rv.name for rv in self.free), values, strict=True))
            scale = float(truth.get(self.image_plane.noise_scale, 1.0))
            seen = self.image_plane.draw(rest[-1], noise_scale=scale, rng=np.random.default_rng(noise_seed))
            data |= {DIRTY: seen.dirty, ENERGY: np.array(seen.energy)}
        for name, value in data.items():
            self.swap.data[name].set_value(value)
        (found,) = _run(self.of_data, 0, *values)
        _check_reach(self.free, values, start)
        flat = np.concatenate([np.ravel(each) for each in start])
        return dict(zip(self.quantities, found.tolist(), strict=True)), (data, flat)

    def sampled(
        self, data: Mapping[str, Floats], start: Floats, *, seed: int, settings: Mapping[str, Any]
    ) -> xr.DataTree:
        """Return the test quantities of draws from the posterior; settings are those of ``nutpie.sample``."""
        # nutpie takes a second to import
        import nutpie

        compiled = self.nutpie.with_data(**{self.swap.data[name].name: value for name, value in data.items()})
        compiled = replace(compiled, initial_point_func=lambda _: start.copy())
        tree = nutpie.sample(compiled, seed=seed, progress_bar=False, save_warmup=False, cores=1, **settings)
        drawn = tree["posterior"][_QUANTITIES].values
        each = {name: (("chain", "draw"), drawn[..., k]) for k, name in enumerate(self.quantities)}
        return xr.DataTree.from_dict(
            {"posterior": xr.Dataset(each), "sample_stats": tree["sample_stats"].to_dataset()}
        )


def _check_reach(free: list[Any], values: list[Floats], start: list[Floats]) -> None:
    for variable, value, inside in zip(free, values, start, strict=True):
        if not np.isfinite(inside).all():
            raise ModelError(
                f"{variable.name} = {value} is a draw from the prior that its transform cannot reach, so that "
                "another prior is sampled: default_transform= replaces PyMC's own, transform= comes on top of it"
            )


def _compiled(inputs: list[Any], outputs: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
    # called once per replicate: C or machine code would take longer to make than to save
    function = pm.compile(inputs, outputs, mode="FAST_COMPILE", on_unused_input="ignore")
    return function, find_rng_nodes(outputs)


def _run(compiled: tuple[Callable[..., Any], list[Any]], seed: int, *values: Floats) -> list[Floats]:
    function, rngs = compiled
    reseed_rngs(rngs, seed)
    return [np.asarray(each) for each in function(*values)]
