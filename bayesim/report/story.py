"""The two ends of a script in ``models/``: its command line, and the summary that it leaves behind."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xarray import DataTree

from bayesim.errors import ModelError
from bayesim.maps import scalars
from bayesim.samplers import judge

__all__ = ["story_line", "write_story"]


def story_line(text: str | None, *, out: str, draws: int = 1000, tune: int = 1000, chains: int = 4) -> ArgumentParser:
    """Return the command line of a story: ``[DATA ...] --draws --tune --chains --seed --out``.

    Parameters
    ----------
    text : str
        What the story tells (its ``__doc__``).
    out : str
        Default folder of the results.
    draws, tune, chains : int
        Defaults.

    Returns
    -------
    ArgumentParser
        To be given the story's own options, if it has any.
    """
    parser = ArgumentParser(description=text, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", type=Path, help="files; simulated when there are none")
    parser.add_argument("--draws", type=int, default=draws, help="kept draws of every chain")
    parser.add_argument("--tune", type=int, default=tune, help="warm-up draws of every chain")
    parser.add_argument("--chains", type=int, default=chains)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(out), help="folder for summary.json and pictures")
    return parser


def write_story(
    tree: DataTree,
    out: Path,
    *,
    label: str,
    pictures: Mapping[str, Any],
    names: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Write ``summary.json`` and one PNG per picture, print the summary and return it.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    out : Path
        Folder, made where it is missing.
    label : str
        What was fitted, approximations included.
    pictures : mapping of str to Axes
        By the name of the file, without its ending.
    names : sequence of str, optional
        Variables that must converge for the verdict, and whose scalars the summary holds; all by default.
    **more
        Further entries of the summary, plain numbers, strings, lists and dicts.

    Returns
    -------
    dict
        ``posterior`` (see :func:`bayesim.maps.scalars`), ``verdict``, ``label``, ``start`` and what was added.

    Raises
    ------
    ModelError
        A name is none of the posterior.
    """
    names = [str(name) for name in tree["posterior"].data_vars] if names is None else names
    missing = [name for name in names if name not in tree["posterior"]]
    if missing:
        raise ModelError(f"the posterior has no variable {missing}: it has {list(tree['posterior'].data_vars)}")
    table = scalars(tree)
    summary = {
        "posterior": {name: table[name] for name in names if name in table},
        "verdict": judge(tree, names=tuple(names)).headline,
        "label": label,
        "start": tree.attrs.get("start", ""),
        **more,
    }
    text = json.dumps(summary, indent=2)
    out.mkdir(parents=True, exist_ok=True)
    (out / "summary.json").write_text(text)
    for name, axes in pictures.items():
        axes.figure.savefig(out / f"{name}.png", dpi=150, bbox_inches="tight")
    print(text)
    return summary
