"""Has anything become slower? Ratios of now against the committed ones; ends with code 1 where one exceeds them.

    python benchmarks/regression.py [--rounds 5] [--write]

Acceptance 40: the cost of a call is within 1.25 x of the committed ratio. The calls are those of ``solve.py --quick``
(the certified mode of experiment I at 144 pixels, coplanar and with w, at two gaps, from the visibilities on) and one
exact residual of each operator; the unit is one dirty image and PSF of the same data at the same pixels, in the same
process. CPU time of one thread, the calls taking turns, best of several rounds after one that compiles. On a busy
machine a ratio can be off by a fifth: what exceeds is measured again, twice at most, and its best ratio counts.
``committed.toml`` holds the ratios; ``--write`` replaces them by those of this run, for a change that is meant to
cost or that made something faster. Data are found through ``BAYESIM_DATA`` (default ``../shared/data``).
"""

import argparse
import os
import sys
import tomllib
from pathlib import Path
from time import process_time

from solve import solved

from bayesim.data import read
from bayesim.operators import Coplanar, WideField, measure
from bayesim.sky import Grid

COMMITTED = Path(__file__).with_name("committed.toml")
TOLERANCE, AGAIN = 1.25, 2
NAME, NPIX, ALPHA = "exp1_r300", 144, 0.02
UNIT = "dirty image and PSF"


def calls(root):
    """Return, for data with and without w, the calls by name: each gives its seconds of CPU time."""
    grid = Grid.spanning("5deg", npix=NPIX)
    # the paper's data carry the 1/n factor
    response = 1 / (1 + grid.n_minus_1)
    for key, kind in (("vis_w0", "w = 0"), ("vis", "with w")):
        vis, coplanar = read(root / "simulated" / f"{NAME}.npz", vis=key), key == "vis_w0"
        yield kind, {UNIT: _images(vis, grid), **_modes(vis, grid, coplanar=coplanar, response=response),
                     "exact residual": _residual(vis, grid, coplanar=coplanar, response=response)}  # fmt: skip


def _repeated(call, repeats=5):
    """Return the function that gives the shortest of some calls in seconds: they take milliseconds."""

    def shortest():
        times = []
        for _ in range(repeats):
            began = process_time()
            call()
            times.append(process_time() - began)
        return min(times)

    return shortest


def _images(vis, grid):
    return _repeated(lambda: measure(vis, grid, threads=1, tolerance=1e-7))


def _modes(vis, grid, *, coplanar, response):
    def mode(gap):
        options = {"coplanar": coplanar, "response": response, "threads": 1, "clock": process_time}
        return lambda: solved(vis, grid, alpha=ALPHA, gap=gap, **options)[0]

    return {f"certified mode, gap {gap:.0e}": mode(gap) for gap in (1e-4, 1e-6)}


def _residual(vis, grid, *, coplanar, response):
    _, solution = solved(vis, grid, alpha=ALPHA, gap=1e-4, coplanar=coplanar, response=response, threads=1)
    equations = (
        Coplanar(measure(vis, grid, response=response)) if coplanar else WideField(vis, grid, response=response)
    )
    return _repeated(lambda: equations.residual(solution.indices, solution.fluxes))


def ratios(root, *, rounds):
    found = {}
    for kind, alternatives in calls(root):
        best = dict.fromkeys(alternatives, float("inf"))
        for number in range(rounds + 1):
            for name, call in alternatives.items():
                seconds = call()
                if number:
                    best[name] = min(best[name], seconds)
        unit = best.pop(UNIT)
        found |= {f"{NAME} {NPIX} px {kind}, {name}": seconds / unit for name, seconds in best.items()}
    return found


def slower(found, committed):
    """Return the names that exceed what is committed, or that were committed and are no longer measured."""
    gone = committed.keys() - found.keys()
    return sorted(
        gone | {name for name in found.keys() & committed.keys() if found[name] > TOLERANCE * committed[name]}
    )


def show(found, committed):
    for name, ratio in found.items():
        before = committed.get(name, float("nan"))
        verdict = "SLOWER" if ratio > TOLERANCE * before else "faster" if TOLERANCE * ratio < before else ""
        print(f"{name:52s} ratio {ratio:7.3f}  committed {before:7.3f}  {verdict}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="commit the ratios of this run")
    chosen = parser.parse_args()
    root = Path(os.environ.get("BAYESIM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    found = ratios(root, rounds=chosen.rounds)
    committed = tomllib.loads(COMMITTED.read_text()).get("ratio", {}) if COMMITTED.exists() else {}
    for _ in range(0 if chosen.write else AGAIN):
        if not slower(found, committed):
            break
        again = ratios(root, rounds=chosen.rounds)
        found = {name: min(ratio, again[name]) for name, ratio in found.items()}
    show(found, committed)
    worse = slower(found, committed)
    if chosen.write:
        lines = [f'"{name}" = {ratio:.3f}' for name, ratio in found.items()]
        head = f"# CPU time over that of one {UNIT}, one thread; written by regression.py --write"
        COMMITTED.write_text("\n".join([head, "[ratio]", *lines, ""]))
    elif worse:
        print(f"beyond {TOLERANCE} x of what is committed, or gone: {'; '.join(worse)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
