"""The maps of a run."""

from bayesim import maps
from bayesim.cli._beside import Beside, detection
from bayesim.cli._result import Result
from bayesim.maps import Map

__all__ = ["pixel_planes", "planes"]

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
    left = {} if result.beside is None else {"posterior_residual": result.beside.residual}
    return {"restored_mean": seen.mean, "restored_sd": seen.sd, **drawn, **left}


def pixel_planes(result: Result) -> dict[str, Map]:
    """Return the maps pixel by pixel: for software, as they are too sharp for the eye."""
    solution, posterior, centre = result.solution, result.posterior, result.field.vis.phase_centre
    model = {"map": maps.model(solution, phase_centre=centre)}
    if posterior is None:
        return model
    threshold = detection(solution, posterior)
    spread = maps.uncertainty(posterior.image, result.field.grid, threshold=threshold, phase_centre=centre)
    names = {name: name.removeprefix("posterior_") for name in spread.maps}
    summaries = {_SHORT_NAMES.get(short, short): spread.maps[name] for name, short in names.items()}
    return {**model, **summaries, "snr": maps.signal_to_noise(spread), **_of_draws(result.beside)}


def _of_draws(beside: Beside | None) -> dict[str, Map]:
    if beside is None:
        return {}
    proof = {"certified_credible": beside.classes.classes}
    if beside.certificates is None:
        return proof
    return {
        **proof,
        "draw_certificate_mean": beside.certificates.mean,
        "draw_certificate_sd": beside.certificates.sd,
    }
