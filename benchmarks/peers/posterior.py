"""Posteriors of bayesim, of MPoL with Pyro and of NIFTy on the same simulated fields, side by side.

    python benchmarks/peers/posterior.py [points] [smooth] [--quick] [--only NAME]

Needs mpol and pyro-ppl (PyPI, with torch), nifty 9 and jax-finufft (PyPI); leaves out what is absent, with a message.
``points`` is sampled under exponential pixels of fixed lambda, the same posterior for every tool; ``smooth`` under
correlated log-normal fields, whose parametrisations differ, with the same median brightness, fluctuations and slope.
Every tool runs in a process of its own, one thread each. Printed: RMSE of the posterior mean at the resolution of the
CLEAN beam over the rms of the truth, coverage of 95 % highest-density intervals of pixels and of 4 x 4 superpixels,
total flux over the true one, median effective sample size and that of the worst twentieth of the pixels, CPU seconds
with warm-up and without compilation, those of compilation, effective draws per CPU second, and peak memory of the
process.
"""

import argparse
import importlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

TOOLS = {
    "points": {
        "bayesim Gibbs": ("_posterior_bayesim", "gibbs", ()),
        "bayesim SK-ROCK": ("_posterior_bayesim", "sk_rock", ()),
        "bayesim NUTS": ("_posterior_bayesim", "exponential_nuts", ()),
        "MPoL + Pyro gridded": ("_posterior_pyro", "gridded", ("mpol", "pyro")),
        "MPoL + Pyro loose": ("_posterior_pyro", "loose", ("mpol", "pyro")),
    },
    "smooth": {
        "bayesim NUTS": ("_posterior_bayesim", "correlated", ()),
        "NIFTy geoVI": ("_posterior_nifty", "geovi", ("nifty", "jax_finufft")),
        "NIFTy MGVI": ("_posterior_nifty", "mgvi", ("nifty", "jax_finufft")),
    },
}
ONE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
ONE["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def child(field_name, tool, *, quick):
    """Run one tool and print its figures as one line of JSON."""
    from benchmarks.peers import _posterior

    module, function, _ = TOOLS[field_name][tool]
    field = _posterior.make(field_name)
    run = getattr(importlib.import_module(f"benchmarks.peers.{module}"), function)(field, quick)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = _posterior.score(field, run)
    print(
        json.dumps(
            {**figures, "seconds": run.seconds, "compiling": run.compiling, "peak": peak, "settings": run.settings}
        )
    )


def table(field_name, *, quick, only, limit):
    print(f"{field_name}: RMSE / rms, coverage of pixels, of superpixels, flux / true, ESS (worst 5 %), CPU s "
          "(compile), ESS / CPU s, peak MiB")  # fmt: skip
    for tool, (_, _, needed) in TOOLS[field_name].items():
        absent = [name for name in needed if importlib.util.find_spec(name) is None]
        if absent:
            print(f"  {tool}: left out, {', '.join(absent)} not installed")
            continue
        if only and only not in tool:
            continue
        command = [sys.executable, __file__, field_name, "--child", tool, *(["--quick"] if quick else [])]
        try:
            done = subprocess.run(
                command, env={**os.environ, **ONE}, capture_output=True, text=True, check=False, timeout=limit
            )
        except subprocess.TimeoutExpired:
            print(f"  {tool}: stopped after {limit:.0f} s, no result", flush=True)
            continue
        if done.returncode:
            print(f"  {tool}: failed\n{done.stderr[-2000:]}")
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        print(f"  {tool:19s} {row['rmse']:6.3f} {row['pixels']:6.3f} {row['superpixels']:6.3f} {row['flux']:7.3f} "
              f"{row['ess']:6.0f} ({row['worst']:.0f}) {row['seconds']:7.1f} ({row['compiling']:.0f}) "
              f"{row['per_second']:8.2f} {row['peak']:6.0f}  [{row['settings']}]", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fields", nargs="*", help="points, smooth; both when none is named")
    parser.add_argument("--quick", action="store_true", help="short chains: whether it runs")
    parser.add_argument("--only", help="tools whose name contains this")
    parser.add_argument("--limit", type=float, default=3600.0, help="wall seconds of a tool")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    if asked.child:
        child(asked.fields[0], asked.child, quick=asked.quick)
        return
    for name in asked.fields or TOOLS:
        table(name, quick=asked.quick, only=asked.only, limit=asked.limit)


if __name__ == "__main__":
    main()
