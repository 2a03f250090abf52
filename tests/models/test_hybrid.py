"""Sources and a sparse image in one model: their sum is the exact sky, and the story takes them apart again."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from bayesim.data import PointSource
from bayesim.errors import ModelError
from bayesim.samplers import Start
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import BesideSources, beside_sources
from bayesim.sources import AsTruth, UniformDisk
from models import hybrid_disk_and_sparse as hybrid

GRID = Grid(32, cell=0.25 * hybrid.ARCSEC)
DISK = {"disk_flux": 1.0, "disk_diameter": 4.0, "disk_east": 0.0, "disk_north": 0.0}


def run(out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    hybrid.main()
    assert (out / "components.png").stat().st_size > 10_000
    return json.loads((out / "summary.json").read_text())


def knots():
    """Return the flat indices of the pixels that hold the simulated knots, ascending, and their fluxes."""
    column, row = (lambda l: round(16 - l / 0.25)), (lambda m: round(16 + m / 0.25))
    return np.array([row(2.0) * 32 + column(3.0), row(3.5) * 32 + column(-2.0)]), np.array([0.3, 0.2])


def test_the_sum_is_the_exact_sky_and_slopes_are_right():
    # w is made so long that a coplanar image would be 0.03 turns away
    vis = hybrid.simulated(1)
    vis = replace(vis, w=vis.w + 2e8)
    truth = (AsTruth(UniformDisk(1.0, 4.0 * hybrid.ARCSEC)),)
    exact = sum(source.visibilities(vis.u, vis.v, vis.w) for source in truth)
    for flux, l, m in ((0.3, 3.0, 2.0), (0.2, -2.0, 3.5)):
        point = PointSource(flux, l * hybrid.ARCSEC, m * hybrid.ARCSEC)
        exact = exact + point.visibilities(vis.u, vis.v, vis.w)
    pixels, fluxes = knots()
    image = BesideSources(pixels, *GRID.directions(pixels), fluxes)
    model = hybrid.build(vis, hybrid.disk, hybrid.DISK, image=image)
    assert model.named_vars_to_dims["image"] == ("pixel",)
    values = {**{name: np.asarray(value) for name, value in DISK.items()}, "image": fluxes}
    start = Start(values=values | {"noise_scale": np.asarray(1.0), "lambda": np.asarray(4.0)}, jitter=0.0)
    point = FirstPoint(model, start).point(1)
    seen = model.compile_fn(
        model.replace_rvs_by_values([model["visibilities"].owner.inputs[2]]), inputs=model.value_vars,
        mode="FAST_COMPILE", on_unused_input="ignore",
    )(point)[0]  # fmt: skip
    np.testing.assert_allclose(seen[0] + 1j * seen[1], exact, rtol=0.0, atol=1e-7)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(4)
    along = {name: 1e-3 * rng.standard_normal(np.shape(x)) for name, x in point.items()}
    ahead, behind = (value({name: x + s * along[name] for name, x in point.items()}) for s in (1e-3, -1e-3))
    numeric = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
    assert (ahead - behind) / 2e-3 == pytest.approx(numeric, rel=1e-4)


def test_the_image_stands_beside_the_sources_or_nowhere():
    vis, disk = hybrid.simulated(1), hybrid.disk(**DISK).sources
    image = beside_sources(vis, disk, GRID, noise_scale=3.0)
    pixels, fluxes = knots()
    np.testing.assert_array_equal(image.indices, np.sort(pixels))
    # the penalty takes its share of each, and the noise another
    np.testing.assert_allclose(image.fluxes, fluxes[np.argsort(pixels)], atol=0.02)
    np.testing.assert_allclose([image.l, image.m], GRID.directions(image.indices))
    small = Grid(4, cell=0.25 * hybrid.ARCSEC)  # all of it within two fringes of the disk's centre
    with pytest.raises(ModelError, match="no pixel: 2 fringes"):
        beside_sources(vis, disk, small, noise_scale=1.0)


@pytest.mark.slow
def test_a_disk_and_its_knots_are_taken_apart(tmp_path, monkeypatch):
    summary = run(tmp_path, monkeypatch)
    assert summary["verdict"] == "converged"
    assert summary["pixels"] == 2
    for name, truth in {**DISK, "image_flux": 0.5, "noise_scale": 1.0}.items():
        row = summary["posterior"][name]
        assert abs(row["mean"] - truth) < 4 * row["sd"], (name, row)
    assert summary["posterior"]["disk_diameter"]["sd"] < 0.02


@pytest.mark.slow
def test_3c273_is_a_core_a_jet_and_its_head(shared_data, tmp_path, monkeypatch):
    summary = run(tmp_path, monkeypatch, shared_data / "vla_3c273" / "3C273XC1.fits")
    assert summary["verdict"] == "converged"
    found = summary["posterior"]
    assert found["core_flux"]["mean"] == pytest.approx(29.9, abs=0.1)
    assert found["head_flux"]["mean"] == pytest.approx(3.4, abs=0.3)
    assert found["position_angle"]["mean"] == pytest.approx(222.0, abs=0.5)
    assert found["head_angle"]["mean"] == pytest.approx(45.0, abs=5.0)  # the head lies along the jet
    assert found["noise_scale"]["mean"] < 1.0  # of a round head, 1.4
    assert 1 <= summary["pixels"] <= 30
