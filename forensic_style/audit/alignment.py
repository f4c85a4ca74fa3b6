"""What else the clusters could be: agreement with properties of the files that are not technology."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import random_table
from sklearn.metrics import adjusted_mutual_info_score

from forensic_style.audit.properties import CONTENT, Property, list_properties
from forensic_style.audit.records import Alignment
from forensic_style.table import ImageRecord

__all__ = ["CONTENT", "align", "count_together", "is_followed", "is_strong", "measure_alignments"]

STRONG = 0.5  # share of the clusters that a property must decide to be asked what is left without it
SIGNIFICANCE = 0.01
FEWEST_KNOWN = 0.8  # share of the images of which a property must be known to be asked
N_SHUFFLES = 499
LARGEST_TABLES = 4_000_000  # cells of all shuffled tables together; fewer are drawn of larger ones, 99 at least


def measure_alignments(
    images: Sequence[ImageRecord],
    labels: NDArray[np.intp],
    content: Sequence[str] | None,
    *,
    random_state: int = 0,
) -> tuple[Alignment, ...]:
    """Compare clusters with every property of the files that varies.

    Parameters
    ----------
    images : any number
    labels : integer array, shape (n_images,), any numbers
    content : label of each image, "" where unknown, or None
    random_state : seed of the shuffles

    Returns
    -------
    One per property with at least two known values, whatever the clusters, in a fixed order: see
    :func:`forensic_style.audit.properties.list_properties`.
    """
    return tuple(align(one, labels, random_state) for one in list_properties(images, content))


def align(of: Property, labels: NDArray[np.intp], random_state: int = 0) -> Alignment:
    """Compare clusters with one property, among the images of which it is known.

    Mutual information I of the table of values and clusters; NMI is 2 I / (H(values) + H(clusters)), 0 where one of
    them does not vary. The p-value is the share of tables of the same margins, which is what shuffled clusters give,
    with as large an I, this one counted too. `decided` is (I - E) / (H(clusters) - E) with the mean E of these tables:
    a value of its own for every image decides nothing. The order of the images and the names of the values change
    nothing.

    Source
    ------
    Vinh, Epps, Bailey, "Information theoretic measures for clusterings comparison", JMLR 11, 2010; random tables of
    given margins: Patefield, Applied Statistics 30, 1981, algorithm AS 159.
    """
    known = of.known
    codes, clusters = of.codes[known], labels[known]
    table = count_together(codes, clusters)
    rows, columns = np.sort(table.sum(axis=1))[::-1], np.sort(table.sum(axis=0))[::-1]
    n_images = int(table.sum())
    of_values, of_clusters = _measure_entropy(rows), _measure_entropy(columns)
    shared = _measure_information(table[None], of_values, of_clusters)[0]
    p_value, expected = 1.0, 0.0
    if min(len(rows), len(columns)) > 1:
        shuffled = _measure_information(_shuffle(rows, columns, random_state), of_values, of_clusters)
        p_value = float((1 + (shuffled >= shared - 1e-9).sum()) / (1 + len(shuffled)))
        expected = float(shuffled.mean())
    room = of_clusters - expected
    return Alignment(
        confound=of.name,
        n_values=len(rows),
        nmi=float(np.clip(2 * shared / max(of_values + of_clusters, 1e-12), 0.0, 1.0)),
        ami=float(adjusted_mutual_info_score(codes, clusters)) if len(columns) > 1 else 0.0,
        purity=float(table.max(axis=0).sum() / n_images),
        kind=of.kind,
        n_known=n_images,
        p_value=round(p_value, 6),
        decided=float((shared - expected) / room) if room > 0.05 * of_clusters else 0.0,
    )


def is_followed(found: Alignment) -> bool:
    """Whether clusters follow a property closely, be it in too few images to ask what is left without it."""
    return found.left is not None or found.decided >= STRONG


def is_strong(found: Alignment, n_images: int) -> bool:
    """Whether clusters follow a property so closely that one must ask what is left without it."""
    return found.decided >= STRONG and found.p_value <= SIGNIFICANCE and found.n_known >= FEWEST_KNOWN * n_images


def count_together(codes: NDArray[np.intp], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Images of each value (rows, rising) in each cluster (columns, rising)."""
    values, rows = np.unique(codes, return_inverse=True)
    clusters, columns = np.unique(labels, return_inverse=True)
    counts = np.bincount(rows * len(clusters) + columns, minlength=len(values) * len(clusters))
    return counts.reshape(len(values), len(clusters))


def _shuffle(rows: NDArray[np.intp], columns: NDArray[np.intp], random_state: int) -> NDArray[np.intp]:
    """Tables of given margins, as shuffled clusters have them, shape (n_tables, n_rows, n_columns)."""
    n_tables = int(np.clip(LARGEST_TABLES // (len(rows) * len(columns)), 99, N_SHUFFLES))
    drawn = random_table(rows, columns).rvs(n_tables, random_state=np.random.default_rng(random_state))
    return np.asarray(drawn).astype(np.intp)


def _measure_entropy(counts: NDArray[np.intp]) -> float:
    """In nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _measure_information(tables: NDArray[np.intp], of_values: float, of_clusters: float) -> NDArray[np.float64]:
    """Mutual information of each table, nats: entropies of the margins less that of the cells."""
    n_images = int(tables[0].sum())
    logs = np.log(np.maximum(np.arange(n_images + 1), 1)) * np.arange(n_images + 1)
    cells = np.log(n_images) - logs[tables].sum(axis=(1, 2)) / n_images
    return of_values + of_clusters - cells
