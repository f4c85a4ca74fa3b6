"""How much of the content is left in the clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray
from sklearn.metrics import normalized_mutual_info_score

from forensic_style.evaluation.agreement import measure_entropy

N_PERMUTATIONS = 999
MOST_CELLS = 2_000_000  # of tables drawn at once
CLEAR_P = 0.01


@dataclass(frozen=True, slots=True)
class Leakage:
    """What content tells about the clusters; images of no cluster are taken together as one more.

    Where contents were not all recorded in the same mix of technologies, clusters that are exactly the technologies
    go along with the content too. That is no leakage: what counts is what content tells beyond the technologies.

    Parameters
    ----------
    n_images : images whose content and technology are known
    n_contents : different contents among them
    nmi : normalized mutual information of clusters and content, 0..1; small numbers of images inflate it
    nmi_by_chance : its mean where content is dealt to the images anew
    p_value : share of such deals that reach the information found
    beyond : information that content adds to the technology, as a share of the clusters' entropy, 0..1
    beyond_by_chance : its mean where content is dealt anew among the images of each technology
    p_beyond : share of such deals that reach it
    n_mixed : technologies with more than one content; with none of them, nothing can be told beyond technology
    """

    n_images: int
    n_contents: int
    nmi: float
    nmi_by_chance: float
    p_value: float
    beyond: float
    beyond_by_chance: float
    p_beyond: float
    n_mixed: int

    @property
    def share(self) -> float:
        """Share of the clusters that content explains beyond technology and chance, 0..1."""
        return max(0.0, self.beyond - self.beyond_by_chance)


def describe_leakage(leakage: Leakage) -> str:
    """A sentence on what content tells beyond technology."""
    if leakage.n_mixed == 0:
        return "Each technology was used for one content only: nothing can be said of what content tells beyond it."
    p_value = f"p = {leakage.p_beyond:.2g}"
    if leakage.p_beyond > CLEAR_P:
        return f"Content explains no more of the clusters than technology and chance do ({p_value})."
    return f"Content explains {leakage.share:.1%} of the clusters beyond technology and chance ({p_value})."


def measure_leakage(
    labels: NDArray[np.intp], technologies: list[str], content: list[str], *, random_state: int = 0
) -> Leakage | None:
    """Compare clusters with content, as a whole and within each technology.

    Parameters
    ----------
    labels : integer array, shape (n_images,)
    technologies, content : of each image; images whose content is "" are left out

    Returns
    -------
    Leakage; None where fewer than two contents are known. The p values are those of an exact permutation test,
    (reached + 1) / (deals + 1): tables of counts are drawn with their margins fixed, as permuting images would.
    """
    known = np.array([bool(label) for label in content], dtype=bool)
    contents = np.unique(np.array(content, dtype=str)[known], return_inverse=True)[1]
    if len(np.unique(contents)) < 2:
        return None
    clusters = np.unique(labels[known], return_inverse=True)[1]
    styles = np.unique(np.array(technologies, dtype=str)[known], return_inverse=True)[1]
    generator = np.random.default_rng(random_state)
    whole = _Deals([_count(clusters, contents)], generator)
    tables = [_count(clusters[styles == style], contents[styles == style]) for style in np.unique(styles)]
    within = _Deals(tables, generator)
    entropy, other = (measure_entropy(np.bincount(codes).astype(float)) for codes in (clusters, contents))
    nmi = float(normalized_mutual_info_score(clusters, contents))
    return Leakage(
        n_images=len(clusters),
        n_contents=len(np.unique(contents)),
        nmi=nmi,
        nmi_by_chance=2 * whole.by_chance / (entropy + other),
        p_value=whole.p_value,
        beyond=within.found / entropy if entropy else 0.0,
        beyond_by_chance=within.by_chance / entropy if entropy else 0.0,
        p_beyond=within.p_value,
        n_mixed=sum(table.shape[1] > 1 for table in tables),
    )


def _count(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.int64]:
    """Counts of pairs of codes, without rows and columns that are empty."""
    table = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)
    np.add.at(table, (rows, columns), 1)
    return table[table.any(axis=1)][:, table.any(axis=0)]


class _Deals:
    """Information in tables of counts, averaged over all their images, and what it is when content is dealt anew."""

    def __init__(self, tables: list[NDArray[np.int64]], generator: np.random.Generator) -> None:
        total = sum(int(table.sum()) for table in tables)
        self.found = float(sum(_sum_information(table[None])[0] for table in tables)) / total
        dealt = np.zeros(N_PERMUTATIONS)
        for table in tables:
            dealt += _deal(table, generator)
        self.by_chance = float(dealt.mean()) / total
        self.p_value = float((dealt / total >= self.found - 1e-12).sum() + 1) / (N_PERMUTATIONS + 1)


def _deal(table: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Information in tables drawn with the margins of one, as many at once as fit into memory."""
    margins = scipy.stats.random_table(table.sum(axis=1), table.sum(axis=0))
    at_once = max(1, MOST_CELLS // table.size)
    sizes = [min(at_once, N_PERMUTATIONS - done) for done in range(0, N_PERMUTATIONS, at_once)]
    return np.concatenate(
        [_sum_information(np.asarray(margins.rvs(size, random_state=generator), np.int64)) for size in sizes]
    )


def _sum_information(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mutual information of rows and columns times the number of images, shape (n_tables,)."""

    def weigh(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return (counts * np.log(np.where(counts > 0, counts, 1))).reshape(len(counts), -1).sum(axis=1)

    cells = tables.astype(np.float64)
    sums = weigh(cells) + weigh(cells.sum(axis=(1, 2)))
    return sums - weigh(cells.sum(axis=1)) - weigh(cells.sum(axis=2))
