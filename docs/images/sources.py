"""Draw ``sources.png``: the image of every shape, East to the left, and its visibility along North-South."""

from pathlib import Path

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from bayesim import sources
from bayesim.sky import Grid

MAS = np.pi / 180 / 3600e3
GRID = Grid(128, cell=0.1 * MAS)
COARSE = Grid(32, cell=0.4 * MAS)
SIZE = 8 * MAS
KNOTS = np.linspace(0.0, 5.5 * MAS, 60)
BUMPS = (np.exp(-0.5 * (KNOTS / MAS) ** 2) + 0.4 * np.cos(2 * KNOTS / MAS) ** 2 * np.exp(-KNOTS / (2 * MAS))) / MAS**2
TILTED = {"inclination": "50 deg", "position_angle": "40 deg"}

SHAPES = {
    "Point + Offset": sources.Point(1.0) + sources.Offset(sources.Point(0.4), l=3 * MAS, m=2 * MAS),
    "Gaussian, Stretched": sources.Stretched(
        sources.Gaussian(1.0, SIZE / 2), axis_ratio=0.5, position_angle="40 deg"
    ),
    "UniformDisk": sources.UniformDisk(1.0, SIZE),
    "PowerLawLimbDarkenedDisk": sources.PowerLawLimbDarkenedDisk(1.0, SIZE, limb_darkening=0.6),
    "Ring": sources.Ring(1.0, SIZE),
    "ThickRing": sources.ThickRing(1.0, SIZE, width=SIZE / 4),
    "MRing": sources.MRing(1.0, SIZE, width=SIZE / 4, cosine=[-0.3], sine=[0.15]),
    "Crescent, Rotated": sources.Rotated(sources.Crescent(1.0, SIZE, hole=0.6, shift=0.8), "70 deg"),
    "GaussianRings, Inclined": sources.Inclined(
        sources.GaussianRings([0.05, 0.3, 0.65], [0.0, SIZE / 2, SIZE], [SIZE / 6] * 3), **TILTED
    ),
    "RadialProfile, Inclined": sources.Inclined(sources.RadialProfile(KNOTS, BUMPS), **TILTED),
}


def main() -> None:
    """Draw two rows of shapes, each image above its visibility."""
    figure = Figure(figsize=(14, 9.6), layout="constrained")
    axes = figure.subplots(4, 5)
    half = GRID.fov[0] / 2 / MAS
    baseline = np.linspace(0.0, 6.0, 300) / SIZE
    for index, (name, source) in enumerate(SHAPES.items()):
        row, column = 2 * (index // 5), index % 5
        above, below = axes[row, column], axes[row + 1, column]
        # single pixels would be lost in a picture of this size
        image = source.image(COARSE if name.startswith("Point") else GRID)
        above.imshow(image, origin="lower", extent=(half, -half, -half, half), cmap="inferno", norm=PowerNorm(0.6))
        above.set_title(name, fontsize=10)
        above.set_xlabel("East (mas)")
        real, imag = source.visibility(0 * baseline, baseline).eval(mode="FAST_COMPILE")
        below.plot(baseline / 1e6, np.hypot(real, imag) / float(source.flux))
        below.set_yscale("log")
        below.set_ylim(1e-3, 1.3)
        below.set_xlabel(r"$v$ (M$\lambda$)")
        if column == 0:
            above.set_ylabel("North (mas)")
            below.set_ylabel("|V| / flux")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()
