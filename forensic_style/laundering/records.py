"""What was found when images were lightly re-encoded, resized and cropped."""

from __future__ import annotations

from dataclasses import dataclass

from forensic_style.clusters.joins import Join


@dataclass(frozen=True, slots=True)
class FamilySurvival:
    """How far a family still tells the clusters apart after one treatment, over how far it did before, 0..1."""

    family: str
    treatment: str
    survival: float


@dataclass(frozen=True, slots=True)
class SplitSurvival:
    """Share of treated images that stay on their side of a split, beyond chance (Youden's J): 1 all, 0 by chance."""

    join: Join
    treatment: str
    kept: float


@dataclass(frozen=True, slots=True)
class Fragility:
    """Whether the clusters would survive a light change of the files.

    Parameters
    ----------
    n_images : of the sample
    treatments : what was done, in words, each alone and last all together
    kept : for each treatment the share of images that lie nearest to their own cluster again, 0..1, clusters counted
        alike (balanced accuracy), so that one over their number is chance; None where none could be measured
    families, splits : one for each family or split and treatment
    warnings : sentences about what does not survive
    """

    n_images: int
    treatments: tuple[str, ...]
    kept: tuple[float | None, ...]
    families: tuple[FamilySurvival, ...]
    splits: tuple[SplitSurvival, ...]
    warnings: tuple[str, ...]
