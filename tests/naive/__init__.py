"""A slow twin of every kernel, written from the definition, for the tests to compare with.

One file for each file of kernels. Each function has the name and the parameters of its kernel and imports nothing from
the package. Whole numbers are wide enough not to overflow; places in bins are fractions, so they cannot fall on the
wrong side.
"""
