"""``bayesim demo``: a simulated observation through the whole job, truth beside posterior."""

from pathlib import Path

import typer

from bayesim.cli._console import Stopwatch, gentle_warnings, say
from bayesim.cli._options import Json, Out, Overwrite, Seed, Strict

__all__ = ["demo"]

_THRESHOLD, _GAP, _DRAWS, _TUNE, _CHAINS = 4.0, 1e-6, 1000, 1000, 4


def demo(
    *,
    out: Out = None,
    seed: Seed = 1,
    overwrite: Overwrite = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Simulate a VLA observation of a dozen sources and one extended one, image it, and compare with the truth."""
    # the rooms take seconds to import; --help and a wrong option must not wait for them
    from bayesim.cli._compare import compare
    from bayesim.cli._field import plan_grid, prepare
    from bayesim.cli._finish import finish
    from bayesim.cli._output import claim, free_folder
    from bayesim.cli._posterior import draw
    from bayesim.cli._solve import SHARP, solve
    from bayesim.data import example

    clock = Stopwatch()
    with gentle_warnings():
        folder = claim(free_folder(Path("bayesim-demo")) if out is None else out, overwrite=overwrite)
        with clock.stage("read"):
            vis, truth = example(seed=seed)
        say(f"simulated: {len(vis)} visibilities, VLA C configuration, thermal noise {1e3 * vis.sigma_image:.2f} mJy")
        field = prepare(vis, plan_grid(vis, fov=None, npix=None, cell=None), clock=clock)
        solution, refit = solve(
            field, alpha=None, threshold=_THRESHOLD, signed=False, gap=_GAP, radius=SHARP, clock=clock
        )
        posterior = draw(
            field, solution, infer_lambda=True, draws=_DRAWS, tune=_TUNE, chains=_CHAINS, seed=seed, clock=clock
        )
        finish(
            field,
            solution,
            refit=refit,
            posterior=posterior,
            folder=folder,
            clock=clock,
            json=json,
            strict=False,
            truth=truth,
        )
        compare(truth, field, posterior)
    if strict and not (solution.converged and posterior.verdict.passed):
        raise typer.Exit(3)
