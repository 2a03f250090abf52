"""Are the shipped stories calibrated? Simulates, samples, ranks, and fills docs/explanation/calibration.md.

OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/calibration.py [STORY ...] [--replicates 100]
"""

import argparse
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bayesim.validation import judge_ranks  # noqa: E402
from benchmarks.calibration_cases import CASES, REPLICATES  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "calibration.md"


def row(name, study, seconds):
    verdict = judge_ranks(study)
    worst = min(verdict.p_values, key=lambda each: verdict.p_values[each])
    outside = ", ".join(f"`{each}`" for each in verdict.outside) or "none"
    cells = [
        f"`{name}`", CASES[name].about, str(verdict.replicates), str(verdict.failed), str(len(verdict.p_values)),
        outside, f"{verdict.p_values[worst]:.2g} (`{worst}`)", "yes" if verdict.passed else "**no**",
    ]  # fmt: skip
    print(f"{name}: {verdict.headline}; outside: {outside}; {seconds:.0f} s of CPU", flush=True)
    return "| " + " | ".join(cells) + " |"


def write(rows):
    """Replace the rows of these stories in the table between the markers, in the order of the cases."""
    text = PAGE.read_text(encoding="utf-8")
    head, table, tail = re.split(r"(?<=<!-- ranks -->\n)(.*?)(?=<!-- end of ranks -->)", text, flags=re.DOTALL)
    top, old = table.splitlines()[:2], table.splitlines()[2:]
    known = {line.split("`")[1]: line for line in old} | rows
    body = "\n".join([*top, *(known[name] for name in CASES if name in known)])
    PAGE.write_text(f"{head}{body}\n{tail}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stories", nargs="*", choices=[*CASES, []], help="all by default")
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    args = parser.parse_args()
    for name in args.stories or CASES:
        start = time.process_time()
        study = CASES[name].study(replicates=args.replicates)
        write({name: row(name, study, time.process_time() - start)})


if __name__ == "__main__":
    main()
