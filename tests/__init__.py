"""Tests of forensic_style; the folders mirror the package."""
