"""A killed chain goes on bit for bit, and blocks of anything else are refused."""

import multiprocessing
import random
import signal
import time

import numpy as np
import pytest

from bayesim.errors import DataError, FormatError, ModelError
from bayesim.samplers import DrawStore, run_digest

RUN = run_digest("random walk", 7)
SIZE, DRAWS, TUNE = 5, 60, 5
NONE = {"x": np.empty((0, SIZE))}


def begin():
    return {"x": np.zeros(SIZE), "step": np.zeros((), dtype=np.int64)}


def walk(folder, *, pause=0.0, draws=DRAWS, every=0.0):
    keep = DrawStore(folder, run=RUN, every=every)
    state, generator = begin(), np.random.default_rng(7)
    kept = keep.resume(state, NONE)
    if kept is not None:
        state, (generator,) = kept.state, kept.generators
    for step in range(int(state["step"]), TUNE + draws):
        # a float32 leaves half a word in the generator, which must be kept too
        state["x"] += generator.standard_normal(SIZE) + generator.random(dtype=np.float32)
        state["step"] = np.asarray(step + 1)
        new = {"x": state["x"][None]} if step >= TUNE else NONE
        keep.append(new, state=state, generators=[generator])
        time.sleep(pause)
    keep.flush()
    return np.concatenate(list(keep.draws("x")))


@pytest.fixture
def folder(tmp_path):
    walk(tmp_path / "chain", draws=4)
    return tmp_path / "chain"


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
# another test may have started JAX, whose threads the child never uses
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_killed_again_and_again_the_bits_are_those_of_one_run(tmp_path):
    """Acceptance 34: SIGKILL at random times, which no handler can meet."""
    whole, rng, folder = walk(tmp_path / "whole"), random.Random(1), tmp_path / "killed"
    ends = []
    for _ in range(8):
        child = multiprocessing.get_context("fork").Process(target=walk, args=(folder,), kwargs={"pause": 0.01})
        child.start()
        time.sleep(rng.uniform(0.0, 0.15))
        child.kill()
        child.join()
        ends.append(child.exitcode)
    assert -signal.SIGKILL in ends
    assert list(folder.glob("block_*.npz"))
    np.testing.assert_array_equal(walk(folder), whole)
    assert not list(folder.glob(".*"))


def test_blocks_by_the_clock_hold_the_same_draws(tmp_path):
    often, once = walk(tmp_path / "often"), walk(tmp_path / "once", every=3600.0)
    np.testing.assert_array_equal(often, once)
    assert len(list((tmp_path / "often").iterdir())) == DRAWS
    assert len(list((tmp_path / "once").iterdir())) == 1


def test_a_finished_run_goes_on_when_more_is_wanted(folder):
    first = walk(folder, draws=4)
    longer = walk(folder, draws=9)
    np.testing.assert_array_equal(longer[:4], first)
    np.testing.assert_array_equal(longer, walk(folder.parent / "other", draws=9))


def test_tuning_takes_one_block_however_long(tmp_path):
    keep, generator = DrawStore(tmp_path / "chain", run=RUN, every=0.0), np.random.default_rng(1)
    for _ in range(5):
        keep.append(NONE, state=begin(), generators=[generator, generator])
    assert len(list(keep.folder.iterdir())) == 1
    kept = DrawStore(tmp_path / "chain", run=RUN).resume(begin(), NONE)
    assert kept.count == 0
    assert [g.random() for g in kept.generators] == [np.random.default_rng(1).random()] * 2


def test_what_waits_is_as_it_was_when_it_was_given(tmp_path):
    keep, state = DrawStore(tmp_path / "chain", run=RUN, every=3600.0), begin()
    generator = np.random.default_rng(1)
    keep.append({"x": state["x"][None]}, state=state, generators=[generator])
    state["x"] += 1.0
    generator.random()
    keep.flush()
    kept = keep.resume(begin(), NONE)
    np.testing.assert_array_equal(kept.state["x"], np.zeros(SIZE))
    assert kept.generators[0].random() == np.random.default_rng(1).random()


def test_another_run_is_refused(folder):
    with pytest.raises(ModelError, match="another run"):
        DrawStore(folder, run=run_digest("random walk", 8)).resume(begin(), NONE)


@pytest.mark.parametrize(
    ("state", "draws"),
    [
        ({"x": np.zeros(SIZE)}, NONE),
        ({**begin(), "x": np.zeros(SIZE + 1)}, NONE),
        (begin(), {"x": np.empty((0, SIZE), dtype=np.float32)}),
        (begin(), {"x": np.empty((0, SIZE, 1))}),
        (begin(), {}),
    ],
)
def test_other_arrays_are_refused(folder, state, draws):
    with pytest.raises(FormatError, match="block_00000000"):
        DrawStore(folder, run=RUN).resume(state, draws)


def test_two_writers_do_not_overwrite_each_other(folder):
    """Acceptance 35."""
    keep = DrawStore(folder, run=RUN, every=0.0)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataError, match="another process"):
        keep.append({"x": np.ones((1, SIZE))}, state=begin(), generators=[np.random.default_rng(1)])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_missing_block_is_noticed(folder):
    (folder / "block_00000001.npz").unlink()
    with pytest.raises(FormatError, match="missing in the row"):
        DrawStore(folder, run=RUN).resume(begin(), NONE)


def test_a_block_in_anothers_place_is_noticed(folder):
    (folder / "block_00000003.npz").replace(folder / "block_00000001.npz")
    (folder / "block_00000002.npz").unlink()
    with pytest.raises(FormatError, match="block before it"):
        DrawStore(folder, run=RUN).resume(begin(), NONE)


def test_damage_is_refused_wherever_it_is(folder):
    """Acceptance 33 and 36: no offset at which half a block is read."""
    path = folder / "block_00000003.npz"
    content = path.read_bytes()
    for end in np.linspace(0, len(content) - 1, 40).astype(int):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError):
            DrawStore(folder, run=RUN).resume(begin(), NONE)


def test_objects_are_neither_written_nor_read(folder):
    keep, generator = DrawStore(folder, run=RUN, every=0.0), np.random.default_rng(1)
    keep.resume(begin(), NONE)
    with pytest.raises(ModelError, match="numbers only"):
        keep.append({}, state={"x": np.array([None])}, generators=[generator])
    path = folder / "block_00000003.npz"
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    arrays["state.x"] = np.array([{}], dtype=object)
    np.savez(path, **arrays)
    with pytest.raises(FormatError, match="objects"):
        keep.resume(begin(), NONE)


@pytest.mark.parametrize("words", [np.zeros((1, 6), dtype=np.uint64), np.ones((1, 5), dtype=np.uint64)])
def test_a_generator_that_cannot_be_is_refused(folder, words):
    path = folder / "block_00000003.npz"
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, "generators": words})
    with pytest.raises(FormatError, match="generator"):
        DrawStore(folder, run=RUN).resume(begin(), NONE)


def test_other_generators_are_refused(tmp_path):
    keep = DrawStore(tmp_path / "chain", run=RUN)
    with pytest.raises(ModelError, match="PCG64"):
        keep.append({}, state={}, generators=[np.random.Generator(np.random.MT19937(1))])


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "no" / "chain", tmp_path / "file"):
        with pytest.raises(DataError, match="folder"):
            DrawStore(place, run=RUN)


def test_it_is_removed_with_its_folder_only(folder):
    (folder / "notes.txt").write_text("mine")
    DrawStore(folder, run=RUN).remove()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_the_digest_tells_lists_apart():
    one = np.ones(2)
    lists = [
        (1,),
        ("1",),
        (1.0,),
        (1, 1),
        (11,),
        (one,),
        (one[None],),
        (one.astype(np.float32),),
        ("ab", "c"),
        ("a", "bc"),
    ]
    assert len({run_digest(*parts) for parts in lists}) == len(lists)
    assert run_digest(1, one) == run_digest(1, one.copy())
