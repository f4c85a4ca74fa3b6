"""What files claim of their origin, against what their pixels show.

Claims never enter a fingerprint, so pixels can speak for or against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from forensic_style.audit.records import ClaimCount, ClaimsAudit, Contradiction
from forensic_style.clusters.partition import average_parts
from forensic_style.table import ImageRecord

CAMERA, SOFTWARE = "camera", "software"
LISTED = 2.0  # strength from which a file is listed: a hundred times likelier elsewhere
STRONGEST = 6.0  # strengths beyond a million times are not told apart
FEWEST = 2  # other files of one claim in one cluster that a file is compared with
MOST_DIRECTIONS = 10  # the leading ones, as many as can be learnt: one for each five images
SHRINKAGE = 0.2  # of the scatter in each direction to the mean of all
DEGREES_ANYWHERE = 1.0  # heavier still, for an image from anywhere
DEGREES = 4.0  # of freedom of Student's t: heavy tails, so that one odd direction does not decide
MOST_AT_ONCE = 4_000_000  # differences held in memory

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def audit_claims(images: Sequence[ImageRecord], labels: Codes, X: Floats) -> ClaimsAudit | None:
    """Count the claims of every cluster, and find the files that resemble others more than those with their claim.

    A file is compared with the other files of its claim, apart for each cluster that holds at least two of them: so a
    camera may lie in several clusters, and several cameras in one. It contradicts its claim where its traces are a
    hundred times likelier among the files of another claim, or among all images, than among these. Spellings that
    differ in case and blanks count as one. Files whose claim is shared by fewer than two others are not judged.

    Parameters
    ----------
    images : all that were clustered
    labels : integer array, shape (n_images,), clusters, -1 for none
    X : float64 array, shape (n_images, n_directions), what was clustered, the directions that tell most first

    Returns
    -------
    Counts for every field and cluster, and contradictions, strongest first; None where no file claims anything.

    Source
    ------
    Likelihood ratios of two origins, leave-one-out: Aitken and Taroni, "Statistics and the evaluation of evidence for
    forensic scientists", 2004, chapter 10. Differs from it: multivariate t distributions with one diagonal scatter.
    """
    fields = {field: values for field, values in list_claims(images).items() if any(values)}
    if not fields:
        return None
    counts = [
        ClaimCount(cluster, field, tuple(_rank(_shown(values), np.flatnonzero(labels == cluster))))
        for field, values in fields.items()
        for cluster in np.unique(labels).tolist()
    ]
    contradictions = [
        found for field, values in fields.items() for found in _find_contradictions(field, values, labels, X)
    ]
    return ClaimsAudit(tuple(counts), tuple(sorted(contradictions, key=lambda one: (-one.strength, one.image))))


def list_claims(images: Sequence[ImageRecord]) -> dict[str, list[str]]:
    """Claimed camera (make and model) and software of each image, "" where it claims none."""
    return {
        CAMERA: [name_camera(image.claims) for image in images],
        SOFTWARE: [_tidy(image.claims.get("software", "")) for image in images],
    }


def name_camera(claims: Mapping[str, str]) -> str:
    """Make and model, the make once.

    >>> name_camera({"make": "Canon ", "model": "Canon EOS 5D"}), name_camera({"make": "LG", "model": "G4"})
    ('Canon EOS 5D', 'LG G4')
    """
    make, model = _tidy(claims.get("make", "")), _tidy(claims.get("model", ""))
    return model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()


def warn_of_claims(claims: ClaimsAudit | None, paths: Sequence[str]) -> tuple[str, ...]:
    """A sentence where files claim what their traces do not support."""
    listed = dict.fromkeys(one.image for one in claims.contradictions) if claims is not None else {}
    if not listed:
        return ()
    named = ", ".join(paths[image] for image in [*listed][:3]) + (", ..." if len(listed) > 3 else "")
    whose = (
        "1 file claims an origin that its" if len(listed) == 1 else f"{len(listed)} files claim an origin that their"
    )
    return (f"{whose} traces do not support: {named}; see the report's section on claims.",)


def _tidy(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())


def _shown(values: Sequence[str]) -> list[str]:
    """Each value as most files of its spellings write it."""
    spellings: dict[str, Counter[str]] = {}
    for value in values:
        spellings.setdefault(value.casefold(), Counter())[value] += 1
    best = {key: min(found, key=lambda word: (-found[word], word)) for key, found in spellings.items()}
    return [best[value.casefold()] for value in values]


def _rank(values: Sequence[str], members: Codes) -> list[tuple[str, int]]:
    counts = Counter(values[member] for member in members)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True)
class _Groups:
    """Files of one claim in one cluster, where there are at least two.

    Parameters
    ----------
    claims, clusters : integer arrays, shape (n_groups,)
    centres : float64 array, shape (n_groups, n_directions)
    sizes : float64 array, shape (n_groups,)
    of_image : integer array, shape (n_images,), the group of each image, -1 for none
    scatter : float64 array, shape (n_directions,), variance within groups, shrunken to its mean
    """

    claims: Codes
    clusters: Codes
    centres: Floats
    sizes: Floats
    of_image: Codes
    scatter: Floats


@dataclass(frozen=True)
class _Field:
    """One field of all images: claims as written, their codes and names, clusters, and groups of the same claim."""

    name: str
    values: Sequence[str]
    claims: Codes
    names: Sequence[str]
    labels: Codes
    groups: _Groups


def _find_contradictions(name: str, values: Sequence[str], labels: Codes, X: Floats) -> list[Contradiction]:
    names, claims = np.unique(np.array(_shown(values)), return_inverse=True)
    rows = X[:, : max(1, min(MOST_DIRECTIONS, len(X) // 5))]
    field = _Field(name, values, claims, names.tolist(), labels, _learn_groups(rows, claims, labels))
    if not len(field.groups.sizes):
        return []
    anywhere = _weigh_anywhere(rows, field.groups.scatter)
    step = max(1, MOST_AT_ONCE // field.groups.centres.size)
    found: list[Contradiction] = []
    for start in range(0, len(rows), step):
        numbers = np.arange(start, min(len(rows), start + step))
        densities = _weigh(rows[numbers], numbers, field)
        judged = zip(numbers.tolist(), densities, anywhere[numbers].tolist(), strict=True)
        found += [one for number, row, other in judged if (one := _judge(field, number, row, other)) is not None]
    return found


def _learn_groups(rows: Floats, claims: Codes, labels: Codes) -> _Groups:
    pairs, of_image, sizes = np.unique(
        np.column_stack([claims, labels]), axis=0, return_inverse=True, return_counts=True
    )
    of_image = of_image.reshape(-1)
    centres = average_parts(rows, of_image)
    scatter = ((rows - centres[of_image]) ** 2).sum(axis=0) / max(1, len(rows) - len(pairs))
    scatter = np.maximum((1 - SHRINKAGE) * scatter + SHRINKAGE * scatter.mean(), 1e-12)
    kept = np.flatnonzero((sizes >= FEWEST) & (pairs[:, 1] >= 0))
    place = np.full(len(pairs), -1)
    place[kept] = np.arange(len(kept))
    of_claims, of_clusters = pairs[kept].T
    return _Groups(of_claims, of_clusters, centres[kept], sizes[kept].astype(np.float64), place[of_image], scatter)


def _weigh(rows: Floats, numbers: Codes, field: _Field) -> Floats:
    """Logarithm of the density of each row in each group, times the group's share of its claim, without the row.

    Groups that have fewer than two other files are impossible.
    """
    groups = field.groups
    sizes = np.tile(groups.sizes, (len(rows), 1))
    inside = np.flatnonzero(groups.of_image[numbers] >= 0)
    own = groups.of_image[numbers][inside]
    sizes[inside, own] -= 1
    differences = rows[:, None, :] - groups.centres[None]
    differences[inside, own] *= (groups.sizes[own] / np.maximum(sizes[inside, own], 1))[:, None]  # centre without it
    squares = (differences**2 / groups.scatter).sum(axis=2) / (1 + 1 / np.maximum(sizes, 1))
    n_of_claim = np.bincount(field.claims)[groups.claims]
    n_others = n_of_claim - (groups.claims == field.claims[numbers][:, None])
    possible = sizes >= FEWEST
    shares = np.where(possible, sizes / np.maximum(n_others, 1), 1.0)
    return np.where(possible, _log_density(squares, rows.shape[1]) + np.log(shares), -np.inf)


def _weigh_anywhere(rows: Floats, scatter: Floats) -> Floats:
    """Logarithm of the density of each row among all, comparable with that in groups of this scatter."""
    spread = np.maximum(rows.var(axis=0), scatter)
    squares = ((rows - rows.mean(axis=0)) ** 2 / spread).sum(axis=1)
    volume = 0.5 * float(np.log(spread / scatter).sum())
    return _log_density(squares, rows.shape[1], degrees=DEGREES_ANYWHERE) - volume


def _log_density(squares: Floats, n_directions: int, *, degrees: float = DEGREES) -> Floats:
    """Of Student's t with unit scatter in so many directions."""
    constant = gammaln((degrees + n_directions) / 2) - gammaln(degrees / 2)
    constant -= 0.5 * n_directions * np.log(degrees * np.pi)
    return np.asarray(constant - 0.5 * (degrees + n_directions) * np.log1p(squares / degrees))


def _judge(field: _Field, number: int, densities: Floats, anywhere: float) -> Contradiction | None:
    """The contradiction of one file; None where there is none, it claims nothing, or it cannot be judged."""
    groups, claim = field.groups, int(field.claims[number])
    own = np.where(groups.claims == claim, densities, -np.inf)
    if not field.names[claim] or not np.isfinite(own).any():
        return None
    others = np.where(groups.claims == claim, -np.inf, densities)
    best = int(others.argmax())
    is_from_anywhere = anywhere >= others[best]
    strength = min(STRONGEST, (max(float(others[best]), anywhere) - float(own.max())) / np.log(10))
    if strength < LISTED:
        return None
    looks = None if is_from_anywhere else field.names[groups.claims[best]]
    usual = int(groups.clusters[np.where(np.isfinite(own), groups.sizes, 0).argmax()])
    cluster = int(field.labels[number])
    words = _put_into_words(field.name, usual, cluster, looks, strength)
    return Contradiction(
        number, field.name, field.values[number], cluster, usual, looks or "", round(strength, 2), words
    )


def _put_into_words(field: str, usual: int, cluster: int, looks: str | None, strength: float) -> str:
    times = f"about {float(f'{10**strength:.1g}'):,.0f} times" if strength < STRONGEST else "over a million times"
    where = f"cluster {cluster}" if cluster >= 0 else "no cluster"
    others = f"Other files that claim this {field} are most frequent in cluster {usual}."
    start = f"{others} Its traces ({where}) are {times} likelier"
    if looks is None:
        return f"{start} for an image from anywhere in the collection."
    return f"{start} among files that claim {looks or 'none'}."
