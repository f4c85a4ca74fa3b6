"""What is read and what is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from forensic_style.errors import ParameterError

DAMAGED_NOTE = ", measured all the same"  # in the note of a damaged file, after the reason


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """Limits for hostile and overlong files, and what to do with damaged ones.

    Parameters
    ----------
    most_pixels : checked against the header, before anything is allocated
    most_bytes : of a file
    seconds : from the start of reading a file to the end of its decoding
    damaged : "skip" truncated and damaged files, or "measure" what can be decoded of them, with a note
    """

    most_pixels: int = 500_000_000
    most_bytes: int = 4_000_000_000
    seconds: float = 120.0
    damaged: Literal["skip", "measure"] = "skip"

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for name in ("most_pixels", "most_bytes", "seconds"):
            value = getattr(self, name)
            if not value > 0 or not math.isfinite(value):
                raise ParameterError(f"{name} of ReadingRules must be above 0 and finite. Got {value!r} instead.")
        if self.damaged not in ("skip", "measure"):
            raise ParameterError(f"damaged must be skip or measure. Got {self.damaged!r} instead.")
