"""Tests of the kernels, one file per kernel file."""
