"""``bayesim demo``: a simulated observation through the whole job, truth beside posterior."""

from pathlib import Path

from bayesim.cli._console import Stopwatch, gentle_warnings, say
from bayesim.cli._options import BeamName, Json, Out, Overwrite, Seed, Strict

__all__ = ["demo"]

_THRESHOLD, _GAP = 4.0, 1e-6


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
    from bayesim.cli._analysis import Sampling, sampled
    from bayesim.cli._certificate import prove
    from bayesim.cli._compare import compare
    from bayesim.cli._field import plan_grid, prepare
    from bayesim.cli._finish import finish, leave
    from bayesim.cli._output import claim, free_folder
    from bayesim.cli._result import Result, restoring
    from bayesim.cli._solve import SHARP, solve
    from bayesim.data import example

    clock = Stopwatch()
    with gentle_warnings():
        folder = claim(free_folder(Path("bayesim-demo")) if out is None else out, overwrite=overwrite)
        with clock.stage("read"):
            vis, truth = example(seed=seed)
        say(f"simulated: {len(vis)} visibilities, VLA C configuration, thermal noise {1e3 * vis.sigma_image:.2f} mJy")
        field = prepare(vis, plan_grid(vis, fov=None, npix=None, cell=None), clock=clock)
        solution, refit = solve(field, alpha=None, threshold=_THRESHOLD, gap=_GAP, radius=SHARP, clock=clock)
        proven = prove(field, solution, refit, clock=clock)
        posterior, points = sampled(field, solution, Sampling(seed=seed), clock=clock)
        result = Result(
            field,
            solution,
            refit,
            restoring(field, solution, BeamName.CLEAN, compare=True, clock=clock),
            posterior=posterior,
            points=points,
            proven=proven,
            truth=truth,
        )
        finish(result, folder=folder, clock=clock, json=json, strict=False)
        compare(truth, field, posterior)
    leave(result, strict=strict)
