"""Room: how probable the data are, given a sky. Importing a likelihood needs PyMC."""

from bayesim.likelihoods._gaussian import log_normaliser
from bayesim.likelihoods.complex_gaussian import ComplexGaussian
from bayesim.likelihoods.image_plane import ImagePlane
from bayesim.likelihoods.per_visibility import PerVisibility
from bayesim.likelihoods.support import Support, dilated

__all__ = ["ComplexGaussian", "ImagePlane", "PerVisibility", "Support", "dilated", "log_normaliser"]
