"""What the contents say of a split: is it style that parts the rows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.clusters.dependence import measure_dependence
from forensic_style.clusters.partition import average_parts
from forensic_style.clusters.projection import deal_rows, project_across

FEWEST_PAIRS = 10  # of rows of one content in a node, for the contents to testify there
FEWEST_PARTNERS = 12  # contents of a node that were seen outside, for these to testify
FEWEST_PER_PART = 4  # of such contents


@dataclass(frozen=True)
class Witnesses:
    """What the rows show, to tell splits of content from splits of style.

    Parameters
    ----------
    content : labels, one per row, "" where unknown
    rows : float64 array, shape (n_rows, n_columns), before the content was removed
    must_testify : whether a split that the content cannot tell of counts as one of content, because the content is
        still in what is split
    """

    content: NDArray[np.str_]
    rows: NDArray[np.float64]
    must_testify: bool = False

    def explain(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How far the content decides in which part a row of the node lies, 0..1, see :meth:`ask`."""
        told = self.ask(node, parts)
        return 1.0 if told is None and self.must_testify else told

    def ask(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How far the content decides in which of two parts a row of the node lies, 0..1; None where it cannot tell.

        A style crossed with the contents shows every content in both parts; a content lies in one. So where contents
        recur within the node, pairs of the same content testify. Where they do not (registered slices by two
        scanners: each has every slice once), the rows of these contents outside the node do: they were made by other
        technologies, so if they know the split, what they know is the content. Where labels were given and none
        recurs at all, every difference may be one of content.
        """
        labels = self.content[node]
        known = labels != ""
        counts = np.unique(labels[known], return_counts=True)[1]
        if (counts * (counts - 1) / 2).sum() >= FEWEST_PAIRS:
            dependence = measure_dependence(parts, labels.tolist())
            return None if np.isnan(dependence) else max(0.0, dependence)
        every = self.content[self.content != ""]
        if 2 * len(every) > len(self.content) and len(np.unique(every)) == len(every) > 1:
            return 1.0
        return self._ask_partners(node, parts)

    def _ask_partners(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How well the rows outside tell the parts of their contents, on contents held out (Somers' D)."""
        names, codes = np.unique(self.content, return_inverse=True)
        outside = np.ones(len(codes), dtype=bool)
        outside[node] = False
        inside_counts = np.bincount(codes[node], minlength=len(names))
        both = (inside_counts > 0) & (np.bincount(codes[outside], minlength=len(names)) > 0) & (names != "")
        means = np.zeros((len(names), self.rows.shape[1]))
        found = average_parts(self.rows[outside], codes[outside])
        means[: len(found)] = found
        in_second = np.bincount(codes[node], weights=parts, minlength=len(names)) / np.maximum(inside_counts, 1)
        sides = (in_second[both] > 0.5).astype(np.intp)
        smaller = min(int(sides.sum()), len(sides) - int(sides.sum()))
        if len(sides) < FEWEST_PARTNERS or smaller < FEWEST_PER_PART:
            return None
        told = project_across(means[both], sides, deal_rows(len(sides), np.random.default_rng(0)))
        ranks = scipy.stats.rankdata(told)
        wins = ranks[sides == 1].sum() - sides.sum() * (sides.sum() + 1) / 2
        return max(0.0, float(2 * wins / (sides.sum() * (len(sides) - sides.sum())) - 1))


def gather_witnesses(
    content: Sequence[str] | None, rows: NDArray[np.float64], *, must_testify: bool = False
) -> Witnesses | None:
    """What the rows show; None where there are fewer than two contents."""
    if content is None or len(set(content) - {""}) < 2:
        return None
    return Witnesses(np.array(content, dtype=str), rows, must_testify)
