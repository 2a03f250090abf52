"""Options that several commands share, spelled once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Alpha",
    "Background",
    "BeamName",
    "Cell",
    "ChainCheckpoint",
    "Chains",
    "Checkpoint",
    "Draws",
    "Faint",
    "Fov",
    "Gap",
    "InferLambda",
    "Json",
    "Lengthen",
    "Npix",
    "Out",
    "Overwrite",
    "Points",
    "Regions",
    "RegularisationPath",
    "Report",
    "RestoringBeam",
    "Seed",
    "Signed",
    "Sky",
    "SkyModel",
    "Strict",
    "Threshold",
    "Tune",
]


class BeamName(StrEnum):
    """What a restored image is seen with."""

    CLEAN = "clean"
    REPRESENTATION = "representation"


class SkyModel(StrEnum):
    """What the posterior is of."""

    SOURCES = "sources"
    PIXELS = "pixels"


Fov = Annotated[str | None, typer.Option(help="Side of the image, such as 6deg or '90 arcsec'.")]
Npix = Annotated[int | None, typer.Option(min=2, max=32768, help="Pixels a side (default: 512, or from --fov).")]
Cell = Annotated[str | None, typer.Option(help="Pixel side (default: an eighth of the finest fringe).")]
Alpha = Annotated[
    float | None, typer.Option(min=1e-6, max=1.0, help="lambda / lambda_max (default: lambda from --threshold).")
]
Threshold = Annotated[
    float, typer.Option(min=0.5, max=100.0, help="Without --alpha: lambda in units of the residual image's noise.")
]
Signed = Annotated[bool, typer.Option("--signed", help="Allow negative pixels (Laplace instead of exponential).")]
Gap = Annotated[float, typer.Option(min=1e-14, max=0.1, help="Relative duality gap asked for.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results (default: named after the file).")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results in a folder that is not empty.")]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        help="Keep the sky of the running solve in this file, and go on from it where there is one; it is removed "
        "when the results of a converged solve are written.",
    ),
]
Points = Annotated[
    bool, typer.Option("--points", help="Fit point sources off the grid as well, with joint errors: points.ecsv.")
]
Regions = Annotated[
    bool,
    typer.Option(
        "--regions",
        help="Sharpen the certificate and list what it proves: regions with all flux of all solutions "
        "(regions.ecsv), positions of isolated points (positions.ecsv).",
    ),
]
RegularisationPath = Annotated[
    bool, typer.Option("--path", help="Solve from lambda_max down to lambda as well, with warm starts: path.ecsv.")
]
RestoringBeam = Annotated[
    BeamName,
    typer.Option(
        "--beam",
        help="Of restored images: the CLEAN beam, fitted to the PSF, or the representation beam, fitted to the "
        "autocorrelation of the certificate.",
    ),
]
Report = Annotated[bool, typer.Option("--report/--no-report", help="Draw the pictures and the report.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with code 3 unless everything converged; checks of the fit only warn.")
]
Json = Annotated[bool, typer.Option("--json", help="Print summary.json to stdout as well.")]
InferLambda = Annotated[
    bool, typer.Option("--infer-lambda/--fix-lambda", help="Sample lambda with the image, or hold it.")
]
Sky = Annotated[
    SkyModel,
    typer.Option(
        help="What is sampled: point sources off the grid that may be there or not, or pixels with an exponential "
        "prior (diffuse emission; fluxes are shrunk, see the docs)."
    ),
]
Background = Annotated[
    bool | None,
    typer.Option(
        "--background/--no-background",
        help="Let a smooth background stand in for crowded sources, less than two beams apart. By default unless "
        "--faint.",
        show_default=False,
    ),
]
Faint = Annotated[
    bool,
    typer.Option(
        "--faint",
        help="Also draw sources too faint to list, anywhere in the field: lambda, density and total flux then know "
        "of them. For well calibrated fields of points; what else is in the data would be taken for sources.",
    ),
]
ChainCheckpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        file_okay=False,
        help="Keep draws of sources in this folder, and go on from it, to the same bits, where a run was cut off; it "
        "is removed when the results are written.",
    ),
]
Draws = Annotated[int, typer.Option(min=4, help="Kept draws of each chain.")]
Lengthen = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Let chains of sources that do not pass the gate go on, up to this many times as long (a power of two), "
        "and keep every n-th draw; 1 for never (default: 4).",
    ),
]
Tune = Annotated[int | None, typer.Option(min=1, help="Warm-up draws of each chain (default: 200 or 1000 by --sky).")]
Chains = Annotated[int, typer.Option(min=1, max=64, help="Independent chains.")]
Seed = Annotated[int, typer.Option(min=0, help="Of every random step.")]
