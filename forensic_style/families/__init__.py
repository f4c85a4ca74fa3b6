"""The catalogue of fingerprint families: one named family per file, listed here in the order of the columns."""

from __future__ import annotations

from forensic_style.errors import ParameterError
from forensic_style.families import (
    block_grid,
    colour_co_occurrence,
    demosaicing,
    depiction,
    jpeg_coefficients,
    jpeg_structure,
    linear_pattern,
    local_binary_patterns,
    noise,
    optics,
    resampling,
    self_description,
    sharpening,
    spam,
    spectrum,
    third_order,
    tone,
)
from forensic_style.family import FingerprintFamily

CATALOGUE: tuple[FingerprintFamily, ...] = (
    noise.FAMILY,
    linear_pattern.FAMILY,
    spam.FAMILY,
    third_order.FAMILY,
    colour_co_occurrence.FAMILY,
    demosaicing.FAMILY,
    spectrum.FAMILY,
    self_description.FAMILY,
    local_binary_patterns.FAMILY,
    depiction.FAMILY,
    optics.FAMILY,
    block_grid.FAMILY,
    jpeg_coefficients.FAMILY,
    resampling.FAMILY,
    sharpening.FAMILY,
    tone.FAMILY,
    jpeg_structure.FAMILY,
)


def choose_families(names: list[str] | None = None, *, axis: str = "all") -> tuple[FingerprintFamily, ...]:
    """Look families up by name and axis, in the catalogue's order.

    Parameters
    ----------
    names : names from the catalogue, or None for all of them
    axis : "all", "acquisition" or "processing"

    Raises
    ------
    ParameterError
        for a name that is not in the catalogue, another axis, or where nothing is left.
    """
    known = [family.name for family in CATALOGUE]
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise ParameterError(f"There is no family {unknown[0]!r}. Choose from: {', '.join(known)}.")
    if axis not in ("all", "acquisition", "processing"):
        raise ParameterError(f"The axis must be all, acquisition or processing. Got {axis!r} instead.")
    chosen = tuple(
        family for family in CATALOGUE if (names is None or family.name in names) and axis in ("all", family.axis)
    )
    if not chosen:
        raise ParameterError(
            f"None of the families {', '.join(names or known)} belongs to the axis {axis!r}. "
            "Name others, or leave one of the two options out."
        )
    return chosen
