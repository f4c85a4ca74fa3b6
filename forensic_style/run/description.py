"""What run.json holds: how a result was made, and what was found."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from forensic_style.provenance import LIBRARIES, digest_images, find_version
from forensic_style.result import ClusterResult
from forensic_style.search.axes import list_axes
from forensic_style.table import FamilyRecord, FingerprintTable

FORMAT_VERSION = 1


def describe_run(result: ClusterResult) -> dict[str, Any]:
    """What run.json holds: parameters, versions, input digest, evidence, timings, and the findings themselves."""
    return describe_table(result.table) | {
        "settings": result.settings,
        "clusters": [
            {
                "cluster": number,
                "n_images": size,
                "name": result.names[number],
                "confidence": round(float(result.confidences[result.labels == number].mean()), 4),
                "stability": round(float(result.stabilities[number]), 4),
                "traits": [asdict(trait) for trait in result.traits[number]],
            }
            for number, size in enumerate(result.sizes)
        ],
        "n_images_of_none": int((result.labels < 0).sum()),
        "sha256_of_labels": digest_labels(result.content, result.known),
        "numbers_considered": [asdict(number) for number in result.numbers],
        "splits_tested": [asdict(split) | {"accepted": split.accepted} for split in result.splits],
        "evidence": asdict(result.evidence) | {"score": result.evidence.score},
        "axes": None if result.axes is None else list_axes(result.axes),
        "families_shares": [asdict(share) for share in result.shares],
        "families_left_out": [asdict(share) for share in result.left_out],
        "joins": [asdict(join) for join in result.joins],
        "cards": [asdict(card) for card in result.cards],
        "audit": asdict(result.audit),
        "fragility": None if result.fragility is None else asdict(result.fragility),
        "warnings": result.warnings,
        "timings": result.timings,
    }


def describe_audit(result: ClusterResult) -> dict[str, Any]:
    """What audit.json holds: the audit, the paths of files that contradict their claims, all warnings of the result."""
    audit = asdict(result.audit) | {"warnings": result.warnings}
    for contradiction in audit["claims"]["contradictions"] if audit["claims"] else ():
        contradiction["path"] = result.table.images[contradiction["image"]].path
    return audit


def digest_labels(content: Sequence[str] | None, known: Sequence[str] | None) -> str:
    """SHA-256 of the content labels and known styles, by which a change of clusters.csv is noticed."""
    both = [None if labels is None else list(labels) for labels in (content, known)]
    return hashlib.sha256(json.dumps(both).encode()).hexdigest()


def describe_table(table: FingerprintTable) -> dict[str, Any]:
    """What run.json says of the fingerprints: versions, families, numbers, digest."""
    hashes = [image.sha256 for image in table.images]
    described = describe_fingerprints(table.families, hashes, n_skipped=len(table.skipped), n_windows=len(table.values))
    return described | ({"about": dict(table.about)} if table.about else {})


def describe_fingerprints(
    families: Iterable[FamilyRecord], hashes: Sequence[str], *, n_skipped: int, n_windows: int
) -> dict[str, Any]:
    """The same of fingerprints that are not in memory."""
    return {
        "version": FORMAT_VERSION,
        "forensic_style": find_version("forensic_style"),
        "python": platform.python_version(),
        "libraries": {name: find_version(name) for name in LIBRARIES},
        "families": {family.name: family.version for family in families},
        "input": {
            "n_images": len(hashes),
            "n_skipped": n_skipped,
            "n_windows": n_windows,
            "sha256_of_images": digest_images(hashes),
        },
    }
