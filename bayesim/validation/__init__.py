"""Room: is a posterior right? Simulated calibration, injection into the user's data, joint tests of kernels."""

from bayesim.validation.coverage import Coverage, coverage
from bayesim.validation.coverage_tables import coverage_table, field_summary, inclusion_table
from bayesim.validation.geweke import geweke
from bayesim.validation.image_plane_data import ImagePlaneData
from bayesim.validation.rank_study import rank_study
from bayesim.validation.rank_verdict import RankVerdict, judge_ranks, rank_band
from bayesim.validation.sbc import sbc

__all__ = [
    "Coverage",
    "ImagePlaneData",
    "RankVerdict",
    "coverage",
    "coverage_table",
    "field_summary",
    "geweke",
    "inclusion_table",
    "judge_ranks",
    "rank_band",
    "rank_study",
    "sbc",
]
