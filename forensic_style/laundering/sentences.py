"""What light changes of the files do, in sentences."""

from __future__ import annotations

from dataclasses import replace

from forensic_style.clusters.joins import Join
from forensic_style.laundering.records import Fragility

LOST = 0.5  # share of a split that stays, beyond chance, below which it does not survive


def warn_of_fragility(fragility: Fragility) -> Fragility:
    """The same with a sentence for each split that does not survive, the one of all images first."""
    sentences = []
    for join in dict.fromkeys(one.join for one in fragility.splits):
        lost = [one for one in fragility.splits if one.join == join and one.kept < LOST]
        if lost:
            how = ", ".join(f"{one.treatment} ({one.kept:.0%} left)" for one in lost)
            sentences.append(f"{_name_sides(join)} are no longer told apart in files that are {how}.")
    return replace(fragility, warnings=(*sentences, *fragility.warnings))


def describe_survival(fragility: Fragility) -> str:
    """One sentence about all treatments."""
    shares = zip(fragility.kept, fragility.treatments, strict=True)
    parts = ", ".join(f"{share:.0%} {treatment}" for share, treatment in shares)
    unknown = f"; {fragility.unknown[-1]:.0%} of them look like no cluster in the end" if any(fragility.unknown) else ""
    return f"Of {fragility.n_images} files that were changed lightly, these keep their cluster: {parts}{unknown}."


def _name_sides(join: Join) -> str:
    """Both sides as the beginning of a sentence.

    >>> _name_sides(Join((0,), (2,), 1.0)), _name_sides(Join((0, 3), (1, 2, 4), 1.0))
    ('Clusters 0 and 2', 'Clusters 0, 3 on one side and 1, 2, 4 on the other')
    """
    if len(join.one) == len(join.other) == 1:
        return f"Clusters {join.one[0]} and {join.other[0]}"
    one, other = (", ".join(map(str, side)) for side in (join.one, join.other))
    return f"Clusters {one} on one side and {other} on the other"
