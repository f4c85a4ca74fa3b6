"""Runs, tables and methods side by side on one truth."""
