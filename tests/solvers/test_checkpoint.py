"""A killed solve goes on from its last sky, and a checkpoint of anything else is refused."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from bayesim.data import example, write_npz
from bayesim.errors import DataError, FormatError, GridError, ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Checkpoint, Iterate, PolyClean, solve_at_noise
from bayesim.testing import ExactEquations

DIGEST = "5f" * 32
SEED, ALPHA, NPIX = 3, 0.01, 96

HANGS = f"""
import sys, time
from bayesim.data import read
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Checkpoint, PolyClean

vis = read(sys.argv[1])
equations = Coplanar(measure(vis, Grid({NPIX}, cell=1 / (3 * vis.longest_baseline))))
steps = []

def hang(step):
    # the file holds the sky of the step before this one
    steps.append(step)
    if len(steps) == 4:
        print(steps[-2].objective, flush=True)
        time.sleep(600)

solver = PolyClean(relative_gap=1e-8, progress=hang, keep=Checkpoint(sys.argv[2], data=vis.digest, every=0.0))
solver.solve(equations, PositiveLaplace({ALPHA} * equations.dirty.max()))
"""


@pytest.fixture(scope="module")
def observation():
    return example(seed=2)[0]


@pytest.fixture(scope="module")
def observed(observation):
    return Coplanar(measure(observation, Grid(NPIX, cell=1 / (3 * observation.longest_baseline))))


@pytest.fixture(scope="module")
def equations():
    return ExactEquations.random(seed=SEED)


@pytest.fixture(scope="module")
def rate(equations):
    return ALPHA * equations.dirty.max()


@pytest.fixture
def checkpoint(tmp_path, equations, rate):
    """The checkpoint of a solve that was stopped after two cycles."""
    made = Checkpoint(tmp_path / "sky.npz", data=DIGEST, every=0.0)
    PolyClean(relative_gap=1e-10, max_cycles=2, keep=made).solve(equations, PositiveLaplace(rate))
    return made


def test_a_killed_solve_goes_on(tmp_path, observation, observed):
    """Acceptance 34: SIGKILL, which no handler can meet."""
    data, path, rate = tmp_path / "data.npz", tmp_path / "sky.npz", ALPHA * observed.dirty.max()
    write_npz(observation, data)
    command = [sys.executable, "-c", HANGS, str(data), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        objective = float(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    found = Checkpoint(path, data=observation.digest).resume(observed, PositiveLaplace, rate=rate)
    assert found.objective == pytest.approx(objective, rel=1e-12)
    prior, solver = PositiveLaplace(rate), PolyClean(relative_gap=1e-8)
    whole, resumed = solver.solve(observed, prior), solver.solve(observed, prior, start=found)
    assert resumed.converged
    assert len(resumed.history) < len(whole.history)
    assert resumed.objective == pytest.approx(whole.objective, rel=2e-8)
    assert resumed.fluxes.sum() == pytest.approx(whole.fluxes.sum(), rel=1e-4)


def test_the_file_holds_the_sky_of_the_last_step(checkpoint, equations, rate):
    last = PolyClean(relative_gap=1e-10, max_cycles=2).solve(equations, PositiveLaplace(rate))
    found = checkpoint.resume(equations, PositiveLaplace)
    np.testing.assert_array_equal(found.indices, last.indices)
    np.testing.assert_array_equal(found.fluxes, last.fluxes)
    assert (found.rate, found.gap, found.converged) == (rate, pytest.approx(last.gap), False)
    with np.load(checkpoint.path, allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "iuf" for name in file.files)


def test_a_path_to_the_noise_goes_on_at_its_lambda(tmp_path, observation, observed):
    made, solver = Checkpoint(tmp_path / "sky.npz", data=observation.digest, every=0.0), PolyClean(relative_gap=1e-6)
    whole = solve_at_noise(observed, PositiveLaplace, solver=replace(solver, keep=made))
    start = made.resume(observed, PositiveLaplace)
    assert start.rate == whole.rate
    rates = set()
    noting = replace(solver, keep=lambda iterate: rates.add(iterate.prior.rate))
    again = solve_at_noise(observed, PositiveLaplace, solver=noting, start=start)
    assert rates == {whole.rate}
    assert again.objective == pytest.approx(whole.objective, rel=2e-6)


def test_it_is_written_no_oftener_than_asked(tmp_path, equations, rate):
    made, writings = Checkpoint(tmp_path / "sky.npz", data=DIGEST, every=3600.0), []

    def keep(iterate):
        made(iterate)
        writings.append(made.path.stat().st_mtime_ns if made.path.exists() else None)

    PolyClean(relative_gap=1e-10, keep=keep).solve(equations, PositiveLaplace(rate))
    # the empty sky of the beginning is not worth a file
    assert writings[0] is None
    assert writings[1] is not None
    assert set(writings[1:]) == {writings[1]}


def test_no_file_is_a_fresh_start(tmp_path, equations):
    made = Checkpoint(tmp_path / "sky.npz", data=DIGEST)
    assert made.resume(equations, PositiveLaplace) is None
    made.remove()


def test_removed_when_it_is_not_needed(checkpoint):
    checkpoint.remove()
    assert not checkpoint.path.exists()


def test_what_belongs_to_another_solve_is_refused(checkpoint, equations, rate):
    with pytest.raises(DataError, match="other data"):
        Checkpoint(checkpoint.path, data="0" * 64).resume(equations, PositiveLaplace)
    with pytest.raises(GridError, match="pixels"):
        checkpoint.resume(ExactEquations.random(seed=SEED, npix=13), PositiveLaplace)
    with pytest.raises(ModelError, match="another prior"):
        checkpoint.resume(equations, Laplace)
    with pytest.raises(ModelError, match="lambda"):
        checkpoint.resume(equations, PositiveLaplace, rate=1.01 * rate)


def test_every_truncation_is_detected(checkpoint, equations):
    """Acceptance 33."""
    content = checkpoint.path.read_bytes()
    for offset in np.random.default_rng(0).integers(0, len(content), 200):
        checkpoint.path.write_bytes(content[:offset])
        with pytest.raises(FormatError):
            checkpoint.resume(equations, PositiveLaplace)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": np.int64(2)},
        {"indices": np.array([5, 3])},
        {"indices": np.array([3, 10**9])},
        {"fluxes": np.array([1.0, np.nan])},
        {"fluxes": np.array([1.0, -1.0])},
        {"rate": np.float64(-1.0)},
        {"indices": np.array([1.0, 2.0])},
        {"fluxes": np.array([object(), object()])},
    ],
)
def test_damaged_or_hostile_files_are_refused(changes, checkpoint, equations):
    """Acceptance 36: objects are never unpickled."""
    with np.load(checkpoint.path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    arrays |= {"indices": np.array([3, 5]), "fluxes": np.array([1.0, 1.0])}
    np.savez(checkpoint.path, allow_pickle=True, **(arrays | changes))
    with pytest.raises(FormatError):
        checkpoint.resume(equations, PositiveLaplace)


def test_a_writing_that_fails_leaves_the_former_file(checkpoint, equations, rate, monkeypatch):
    """Acceptance 35: a full disk in the middle of a writing."""
    before = checkpoint.path.read_bytes()
    solution = PolyClean().solve(equations, PositiveLaplace(rate))
    iterate = Iterate(equations.grid, solution.prior, solution.indices, 2 * solution.fluxes, solution.history[-1])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint(iterate)
    assert checkpoint.path.read_bytes() == before
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


def test_a_missing_folder_is_said_before_the_solve(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        Checkpoint(tmp_path / "nowhere" / "sky.npz", data=DIGEST)
