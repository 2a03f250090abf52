"""Draw ``priors.png``: one draw from every prior of an image, on the same small grid."""

from pathlib import Path
from typing import Any

import numpy as np
import pymc as pm
import pytensor
from matplotlib.figure import Figure
from pytensor.compile.mode import Mode

from bayesim import priors

N = 48
SPARSE = {
    "PositiveLaplace": priors.PositiveLaplace(1.0),
    "Laplace": priors.Laplace(1.0),
    "WeightedLaplace\n(less likely outside)": priors.WeightedLaplace(
        1.0, weight=np.exp(4 * np.hypot(*np.meshgrid(*2 * [np.linspace(-1, 1, N)])))
    ),
    "RegularisedHorseshoe\n(10 sources)": priors.RegularisedHorseshoe(10, noise=0.05, slab=5.0, positive=True),
    "SpikeAndSlab\n(1 % of the pixels)": priors.SpikeAndSlab(0.01, slab=5.0, spike=0.05, positive=True),
    "R2D2": priors.R2D2(1.0, concentration=0.02),
    "Simplex(0.02)": priors.Simplex(0.02),
    "TotalFlux x field": priors.TotalFlux(priors.LogNormalFlux(1.0), priors.CorrelatedField(1.0)),
}
DIFFUSE = {
    "CorrelatedField": priors.CorrelatedField(1.0, slope=-4.0),
    "GaussianField\n(squared exponential)": priors.GaussianField(0.5, priors.SquaredExponential(3.0), cell=1.0),
    "GaussianField\n(Matern 1/2)": priors.GaussianField(0.5, priors.Matern(6.0, smoothness=0.5), cell=1.0),
    "GaussianMarkov": priors.GaussianMarkov(0.5, length=6.0),
    "MaximumEntropy": priors.MaximumEntropy(10.0, default=1.0),
    "EdgeClamp": priors.EdgeClamp(200.0, level=1.0),
    "UVSparsity": priors.UVSparsity(2.0, cell=1.0, q_max=0.15, level=1.0),
    "SpectralTV\n(rows are channels)": priors.SpectralTV(8.0, level=1.0),
}


def drawn(prior: priors.ImagePrior) -> Any:
    """Return one draw, interpreted: compiling takes longer than drawing once."""
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer="fast_compile")):
        with pm.Model(coords={"m": range(N), "l": range(N)}):
            sky = prior.variable("sky", dims=("m", "l"))
        return pm.draw(sky, random_seed=3)


def main() -> None:
    """Draw sixteen panels, each on its own scale: white is zero, blue negative, red positive."""
    figure = Figure(figsize=(11, 12), layout="constrained")
    for axes, (title, prior) in zip(figure.subplots(4, 4).ravel(), (SPARSE | DIFFUSE).items(), strict=True):
        sky = drawn(prior)
        limit = float(np.quantile(np.abs(sky), 0.999))
        axes.imshow(sky, origin="lower", cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set_title(title, fontsize=8)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    main()
