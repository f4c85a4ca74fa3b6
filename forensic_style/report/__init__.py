"""ClusterResult -> one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic_style.result import ClusterResult


def draw_report(result: ClusterResult) -> str:
    return "<html></html>"
