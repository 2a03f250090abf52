"""Room: the report of a run, one HTML page that needs nothing else."""

from bayesim.report._pictures import Picture, picture_of_figure, picture_of_map
from bayesim.report.page import write_report

__all__ = ["Picture", "picture_of_figure", "picture_of_map", "write_report"]
