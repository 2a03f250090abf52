"""The posterior of point sources off the grid: the default analysis of the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayesim import maps
from bayesim.cli._console import Stopwatch, say, threads
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior, announce
from bayesim.errors import DataError
from bayesim.operators import Directions
from bayesim.solvers import Candidates, PointSources, Solution, candidates, load_candidates, save_candidates
from bayesim.solvers.candidates import LISTED

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["draw_sources", "forget"]

_KEPT = "candidates.npz"

_TUNE = 200
"""The chain begins at the fit, and nothing is adapted: it only has to forget its jitter."""


_LENGTHEN = 4
"""Times as long, at most; the demo and 3C273 pass without."""


def draw_sources(
    field: Field,
    solution: Solution,
    points: PointSources,
    *,
    draws: int,
    tune: int | None,
    chains: int,
    lengthen: int | None,
    seed: int,
    clock: Stopwatch,
    background: bool | None = None,
    faint: bool = False,
    checkpoint: Path | None = None,
) -> Posterior:
    """Sample which sources are there, where and how bright, with lambda and the noise scale.

    Raises
    ------
    DataError
        Nothing stands out of the noise.
    """
    # its compiled loops and xarray take a second to import, and a mode needs neither
    from bayesim.samplers import gibbs, source_verdict

    with clock.stage("sample"):
        found = _found(field, solution, points, checkpoint, background=background, faint=faint, seed=seed)
        if not found.size:
            raise DataError(
                "nothing stands out of the noise: no source to sample (the upper limits are in the dirty map)"
            )
        if found.behind:
            said = ", ".join(f"{each.l.size} blobs of {each.width:g} beams" for each in found.behind)
            say(f"sources less than two beams apart may be smooth emission: {said}")
        tune = _TUNE if tune is None else tune
        say(f"sampling {found.size} candidate sources, {chains} chains of {tune} + {draws} draws")
        tree = gibbs.sample(
            found,
            seed=seed,
            draws=draws,
            tune=tune,
            chains=chains,
            lengthen=_LENGTHEN if lengthen is None else lengthen,
            cores=min(chains, threads()),
            checkpoint=checkpoint,
            notes={"gap": solution.gap, "data_hash": field.vis.digest},
        )
        verdict = source_verdict(tree)
        image = maps.on_pixels(tree, field.grid)
    if tree.attrs["lengthened"] > 1:
        say(f"the chains went on, {tree.attrs['lengthened']} times as long, to pass the gate of convergence")
    announce(verdict)
    probable = int((tree["posterior"]["included"].mean(("chain", "draw")) > LISTED).sum())
    others = "probably noise or smooth emission" if found.behind else "probably noise"
    say(f"{probable} sources, {found.size - probable} candidates that are {others}{_smooth(tree)}{_unlisted(tree)}")
    return Posterior(tree, verdict, str(tree.attrs["label"]), image)


def _smooth(tree: "DataTree") -> str:
    if "background_flux" not in tree["posterior"]:
        return ""
    flux, width = (np.asarray(tree["posterior"][f"background_{name}"].values) for name in ("flux", "width"))
    shares = {float(size): float((width == size).mean()) for size in np.unique(width)}
    said = ", ".join(
        f"{100 * share:.0f} % {f'in blobs of {size:g} beams' if size else 'without'}"
        for size, share in shares.items()
    )
    return f"; smooth background {1e3 * float(flux.mean()):.4g} +- {1e3 * float(flux.std()):.2g} mJy ({said})"


def _unlisted(tree: "DataTree") -> str:
    if "elsewhere_flux" not in tree["posterior"]:
        return ""
    flux = tree["posterior"]["elsewhere_flux"]
    number, total = (flux > 0).sum("slot"), 1e3 * flux.sum("slot")
    return (
        f"; too faint to list, by the law of the others: {float(number.mean()):.1f} +- {float(number.std()):.1f} of "
        f"{float(total.mean()):.3g} +- {float(total.std()):.2g} mJy in all"
    )


def forget(checkpoint: Path | None) -> None:
    """Remove what a finished run kept, where it kept anything."""
    if checkpoint is None:
        return
    # PyMC takes seconds to import
    from bayesim.samplers import DrawStore

    (checkpoint / _KEPT).unlink(missing_ok=True)
    DrawStore(checkpoint, run="").remove()


def _found(
    field: Field,
    solution: Solution,
    points: PointSources,
    checkpoint: Path | None,
    *,
    background: bool | None,
    faint: bool,
    seed: int,
) -> Candidates:
    """Return the candidates, those of a run that was cut off where there is one: rounding may differ."""
    path = None if checkpoint is None else checkpoint / _KEPT
    # lambda stands for the options that decide the mode; its last digits depend on rounding
    run = f"{field.vis.digest} {field.grid} lambda {solution.rate:.4g}{' faint' if faint else ''}"
    run += "" if background is None else f" background {background}"
    if path is not None and path.exists():
        say(f"going on from {checkpoint}")
        return load_candidates(path, run=run)
    directions = Directions(field.vis, field.grid, coplanar=field.coplanar, threads=threads())
    # its compiled loops and xarray take a second to import, and a mode needs neither
    from bayesim.samplers import settled

    found = candidates(directions, points, background=background, faint=faint)
    found = settled(directions, found, seed=seed, cores=threads())
    if path is not None:
        path.parent.mkdir(exist_ok=True)
        save_candidates(found, path, run=run)
    return found
