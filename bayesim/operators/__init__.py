"""Room: linear maps from the sky to visibilities, their adjoints and their normal equations."""

from bayesim.operators._contract import NormalEquations, Operator, Predicting, Residual
from bayesim.operators._slopes import Slopes
from bayesim.operators.coplanar import Coplanar
from bayesim.operators.dft import Dft
from bayesim.operators.dictionary import Dictionary, gaussians, starlet
from bayesim.operators.directions import Directions, PointResidual
from bayesim.operators.gaussian_beam import GaussianBeam
from bayesim.operators.gram import exact_gram, psf_gram
from bayesim.operators.imaging_weights import ImagingWeights, briggs, natural, uniform
from bayesim.operators.normal import Normal
from bayesim.operators.nufft import Nufft
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.operators.response import GridResponse, Sensitivity
from bayesim.operators.sparse import Sparse
from bayesim.operators.statistics import Statistics, measure
from bayesim.operators.statistics_file import load_statistics, save_statistics
from bayesim.operators.weighted_dirty import DirtyImage, weighted_dirty
from bayesim.operators.wide import Wide
from bayesim.operators.wide_field import WideField

__all__ = [
    "Coplanar",
    "Dft",
    "Dictionary",
    "Directions",
    "DirtyImage",
    "GaussianBeam",
    "GridResponse",
    "ImagingWeights",
    "Normal",
    "NormalEquations",
    "Nufft",
    "Operator",
    "PointResidual",
    "Predicting",
    "PsfKernel",
    "Residual",
    "Sensitivity",
    "Slopes",
    "Sparse",
    "Statistics",
    "Wide",
    "WideField",
    "briggs",
    "exact_gram",
    "gaussians",
    "load_statistics",
    "measure",
    "natural",
    "psf_gram",
    "save_statistics",
    "starlet",
    "uniform",
    "weighted_dirty",
]
