"""Rows of a plain matrix -> clusters: tree, cuts, how many, how stable, which rows belong to none."""
