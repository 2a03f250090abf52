"""The maps of a run."""

from bayesim import maps
from bayesim.cli._result import Result
from bayesim.maps import Map

__all__ = ["pixel_planes", "planes"]

_DETECTION = 3.0
"""Noise of the image above which a pixel's flux counts as detected."""

_SHORT_NAMES = {"mean": "mean", "sd": "sd", "low": "hdi_low", "high": "hdi_high"}


def planes(result: Result) -> dict[str, Map]:
    """Return the maps of the report, the most telling first."""
    field, solution, centre = result.field, result.solution, result.field.vis.phase_centre
    drawn = {
        "restored": maps.restored(solution, result.beam, phase_centre=centre),
        "certificate": maps.certificate(solution, phase_centre=centre),
        "residual": maps.residual(solution, beam=field.beam, phase_centre=centre),
        "dirty": maps.dirty(field.equations, beam=field.beam, phase_centre=centre),
    }
    if result.posterior is None:
        return drawn
    seen = maps.restored_posterior(result.posterior.image, field.grid, result.beam, phase_centre=centre)
    return {"restored_mean": seen.mean, "restored_sd": seen.sd, **drawn}


def pixel_planes(result: Result) -> dict[str, Map]:
    """Return the maps pixel by pixel: for software, as they are too sharp for the eye."""
    solution, posterior, centre = result.solution, result.posterior, result.field.vis.phase_centre
    model = {"map": maps.model(solution, phase_centre=centre)}
    if posterior is None:
        return model
    scale = float(posterior.tree["posterior"]["noise_scale"].median())
    threshold = _DETECTION * scale * solution.sigma_image
    spread = maps.uncertainty(posterior.image, result.field.grid, threshold=threshold, phase_centre=centre)
    names = {name: name.removeprefix("posterior_") for name in spread.maps}
    return {**model, **{_SHORT_NAMES.get(short, short): spread.maps[name] for name, short in names.items()}}
