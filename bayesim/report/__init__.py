"""Room: the report of a run, one HTML page that needs nothing else, and what a script leaves behind."""

from bayesim.report._pictures import Picture, picture_of_figure, picture_of_map
from bayesim.report.page import write_report
from bayesim.report.story import story_line, write_story

__all__ = ["Picture", "picture_of_figure", "picture_of_map", "story_line", "write_report", "write_story"]
