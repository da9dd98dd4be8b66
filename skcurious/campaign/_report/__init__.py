"""A report of a campaign: one file for a browser, and for paper."""

from skcurious.campaign._report._subject import Subject, next_rows
from skcurious.campaign._report._write import write_report

__all__ = ["Subject", "next_rows", "write_report"]
