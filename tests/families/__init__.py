"""Tests of the families, one file per family file."""
