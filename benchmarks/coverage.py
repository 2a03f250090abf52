"""Do intervals of the default analysis hold the truth? Injects sources into a file's own uv coverage.

OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/coverage.py [FILE] [--faint] [--fields 200] [--empty 100]

Fills the tables of docs/explanation/calibration.md; by default the file is 3C273, three snapshots of the VLA.
"""

import argparse
import os
import re
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from astropy.table import vstack

from bayesim.data import read
from bayesim.samplers import sparse_sources
from bayesim.sky import Grid
from bayesim.validation import Coverage, coverage, coverage_table, field_summary, inclusion_table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "calibration.md"
DATA = Path(os.environ.get("BAYESIM_DATA", ROOT / ".." / "shared" / "data"))
SNR = (5, 7, 10, 20, 50)
MEAN_SNR, A_FIELD = 6.0, 10
"""Of the fields with an exponential law of fluxes: mean signal-to-noise ratio, sources in each."""
EDGES = (0, 3, 5, 7, 10, 20, 100)
PIXELS, PER_FRINGE, REACH = 256, 8, 0.45


def text(value):
    return f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)


def rows(table):
    head = [f"{name} ({table[name].unit})" if table[name].unit else name for name in table.colnames]
    body = [[text(value) for value in row] for row in table]
    return ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *body]]


def write(name, lines):
    page = PAGE.read_text(encoding="utf-8")
    pattern = rf"(?<=<!-- {name} -->\n)(.*?)(?=<!-- end of {name} -->)"
    PAGE.write_text(re.sub(pattern, "\n".join(lines) + "\n", page, flags=re.DOTALL), encoding="utf-8")
    print("\n".join(lines), flush=True)


def population(vis, analysis, *, radius, fields):
    """Analyse fields whose fluxes are drawn from the model's own law, down to nothing."""
    parts = []
    for seed in range(fields):
        fluxes = np.random.default_rng(seed).exponential(MEAN_SNR * vis.sigma_image, A_FIELD)
        parts.append(coverage(vis, analysis, fluxes=fluxes, n=1, seed=1000 + seed, radius=radius))
    tables = (vstack([getattr(part, name) for part in parts]) for name in ("injected", "elsewhere", "fields"))
    return Coverage(*tables, beam=parts[0].beam, sigma=parts[0].sigma, prob=parts[0].prob)


def by_snr(study):
    lines = ["| SNR | n | covered | detected |", "|---|---|---|---|"]
    snr = np.asarray(study.injected["snr"])
    for low, high in pairwise(EDGES):
        some = study.injected[(snr > low) & (snr <= high)]
        held = (some["low"] <= some["flux"]) & (some["flux"] <= some["high"])
        numbers = text(np.mean(held)), text(np.mean(some["inclusion"] > 0.5))
        lines.append(f"| {low} to {high} | {len(some)} | " + " | ".join(numbers) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "vla_3c273" / "3C273XC1.fits")
    parser.add_argument("--fields", type=int, default=200)
    parser.add_argument("--empty", type=int, default=100)
    parser.add_argument("--faint", action="store_true", help="draw sources too faint to list as well")
    args = parser.parse_args()
    kind = "faint " if args.faint else ""
    vis = read(args.file)
    grid = Grid(PIXELS, cell=1 / (PER_FRINGE * vis.longest_baseline))

    def analysis(simulated):
        return sparse_sources(simulated, grid, seed=1, draws=200, tune=50, chains=2, cores=1, faint=args.faint)

    radius, start = REACH * grid.fov[0], time.process_time()
    study = coverage(vis, analysis, fluxes=np.array(SNR) * vis.sigma_image, n=args.fields, seed=5, radius=radius)
    empty = coverage(vis, analysis, fluxes=(), n=args.empty, seed=6, radius=radius)
    write(f"{kind}coverage", rows(coverage_table(study)))
    drawn = population(vis, analysis, radius=radius, fields=args.fields)
    write(f"{kind}population", by_snr(drawn))
    write(f"{kind}inclusion", rows(inclusion_table(drawn)))
    summaries = {
        f"{args.fields} fields of five sources": field_summary(study),
        f"{args.empty} empty fields": field_summary(empty),
        f"{args.fields} fields of exponential fluxes": field_summary(drawn),
    }
    names = list(next(iter(summaries.values())))
    lines = ["| | " + " | ".join(summaries) + " |", "|---" * (1 + len(summaries)) + "|"]
    write(
        f"{kind}fields",
        lines + [f"| {name} | " + " | ".join(text(s[name]) for s in summaries.values()) + " |" for name in names],
    )
    print(f"{time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
