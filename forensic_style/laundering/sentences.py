"""What light changes of the files do, in sentences."""

from __future__ import annotations

from dataclasses import replace

from forensic_style.clusters.joins import name_clusters
from forensic_style.laundering.records import Fragility

LOST = 0.5  # share of a split that stays, beyond chance, below which it does not survive


def warn_of_fragility(fragility: Fragility) -> Fragility:
    """The same with a sentence for each split that does not survive, the one of all images first."""
    sentences = []
    for join in dict.fromkeys(one.join for one in fragility.splits):
        lost = [one for one in fragility.splits if one.join == join and one.kept < LOST]
        if lost:
            how = ", ".join(f"{one.treatment} ({one.kept:.0%} left)" for one in lost)
            sides = f"{name_clusters(join.one).capitalize()} can no longer be told from {name_clusters(join.other)}"
            sentences.append(f"{sides} in files that are {how}.")
    return replace(fragility, warnings=(*sentences, *fragility.warnings))


def describe_survival(fragility: Fragility, n_clusters: int) -> str:
    """One sentence about all treatments."""
    shares = zip(fragility.kept, fragility.treatments, strict=True)
    parts = ", ".join(f"{'-' if share is None else f'{share:.0%}'} {treatment}" for share, treatment in shares)
    changed = f"Of {fragility.n_images} files that were changed lightly, these keep their cluster"
    return f"{changed}: {parts} (by chance {1 / n_clusters:.0%})."
