"""Tests of what a run folder gives back."""
