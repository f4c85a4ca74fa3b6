"""Fragility: do the clusters survive what a social network does to files?"""

from forensic_style.laundering.records import FamilySurvival, Fragility, SplitSurvival
from forensic_style.laundering.sentences import describe_survival
from forensic_style.laundering.trial import launder

__all__ = ["FamilySurvival", "Fragility", "SplitSurvival", "describe_survival", "launder"]
