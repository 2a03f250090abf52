"""Room: what comes out as images and tables, on sky coordinates, with units and labels."""

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam, fit_beam
from bayesim.maps.catalogue import catalogue, write_catalogue
from bayesim.maps.celestial_coordinates import celestial_coordinates
from bayesim.maps.certificate import certificate, saturation
from bayesim.maps.certificate_regions import certificate_regions, region_labels
from bayesim.maps.certified_credible import CertifiedCredible, certified_credible
from bayesim.maps.channels import channel_maps
from bayesim.maps.contours import position_contours
from bayesim.maps.dirty import dirty
from bayesim.maps.draw_certificates import DrawCertificates, draw_certificates
from bayesim.maps.exceedance import exceedance
from bayesim.maps.fits import write_fits
from bayesim.maps.intervals import hdi
from bayesim.maps.joint_region import JointIntervals, JointRegion
from bayesim.maps.lambda_comparison import LambdaComparison, compare_lambda
from bayesim.maps.model import model
from bayesim.maps.netcdf import dataset, write_netcdf
from bayesim.maps.on_pixels import on_pixels
from bayesim.maps.path_table import path_table
from bayesim.maps.point_catalogue import point_catalogue
from bayesim.maps.posterior_residual import posterior_residual
from bayesim.maps.power_spectrum import PowerSpectrum, power_spectrum
from bayesim.maps.quantiles import quantiles, signal_to_noise
from bayesim.maps.region import disk, region_flux
from bayesim.maps.representation_beam import representation_beam
from bayesim.maps.residual import residual
from bayesim.maps.restored import convolved, restored
from bayesim.maps.restored_posterior import RestoredPosterior, restored_posterior
from bayesim.maps.scalars import scalars
from bayesim.maps.source_catalogue import source_catalogue
from bayesim.maps.source_mean import source_mean
from bayesim.maps.superpixels import SuperpixelIntervals, superpixel_intervals
from bayesim.maps.uncertainty import Uncertainty, uncertainty
from bayesim.maps.whiteness import Whiteness, whiteness

__all__ = [
    "Beam",
    "CertifiedCredible",
    "DrawCertificates",
    "JointIntervals",
    "JointRegion",
    "LambdaComparison",
    "Map",
    "PowerSpectrum",
    "RestoredPosterior",
    "SuperpixelIntervals",
    "Uncertainty",
    "Whiteness",
    "catalogue",
    "celestial_coordinates",
    "certificate",
    "certificate_regions",
    "certified_credible",
    "channel_maps",
    "compare_lambda",
    "convolved",
    "dataset",
    "dirty",
    "disk",
    "draw_certificates",
    "exceedance",
    "fit_beam",
    "hdi",
    "model",
    "on_pixels",
    "path_table",
    "point_catalogue",
    "position_contours",
    "posterior_residual",
    "power_spectrum",
    "quantiles",
    "region_flux",
    "region_labels",
    "representation_beam",
    "residual",
    "restored",
    "restored_posterior",
    "saturation",
    "scalars",
    "signal_to_noise",
    "source_catalogue",
    "source_mean",
    "superpixel_intervals",
    "uncertainty",
    "whiteness",
    "write_catalogue",
    "write_fits",
    "write_netcdf",
]
