"""Room: parametric sources, closed-form visibilities in a graph with an image twin, one file each."""

from bayesim.sources._source import Source
from bayesim.sources.as_truth import AsTruth
from bayesim.sources.binary import Binary
from bayesim.sources.crescent import Crescent
from bayesim.sources.gaussian import Gaussian
from bayesim.sources.gaussian_rings import GaussianRings
from bayesim.sources.inclined import Inclined
from bayesim.sources.linear_limb_darkened_disk import LinearLimbDarkenedDisk
from bayesim.sources.m_ring import MRing
from bayesim.sources.offset import Offset
from bayesim.sources.point import Point
from bayesim.sources.points import Points
from bayesim.sources.power_law_limb_darkened_disk import PowerLawLimbDarkenedDisk
from bayesim.sources.power_law_spectrum import PowerLawSpectrum
from bayesim.sources.quadratic_limb_darkened_disk import QuadraticLimbDarkenedDisk
from bayesim.sources.radial_profile import RadialProfile
from bayesim.sources.ring import Ring
from bayesim.sources.rotated import Rotated
from bayesim.sources.stretched import Stretched
from bayesim.sources.sum import Sum
from bayesim.sources.thick_ring import ThickRing
from bayesim.sources.uniform_disk import UniformDisk

__all__ = [
    "AsTruth",
    "Binary",
    "Crescent",
    "Gaussian",
    "GaussianRings",
    "Inclined",
    "LinearLimbDarkenedDisk",
    "MRing",
    "Offset",
    "Point",
    "Points",
    "PowerLawLimbDarkenedDisk",
    "PowerLawSpectrum",
    "QuadraticLimbDarkenedDisk",
    "RadialProfile",
    "Ring",
    "Rotated",
    "Source",
    "Stretched",
    "Sum",
    "ThickRing",
    "UniformDisk",
]
