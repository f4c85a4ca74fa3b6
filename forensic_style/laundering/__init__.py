"""Fragility: do the clusters survive what a social network does to files?"""

from forensic_style.laundering.records import FamilySurvival, Fragility, SplitSurvival

__all__ = ["FamilySurvival", "Fragility", "SplitSurvival"]
