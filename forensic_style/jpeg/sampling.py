"""Names of chroma sampling."""

from __future__ import annotations

_SAMPLINGS = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
    (4, 2): "4:1:0",
}


def name_sampling(factors: list[tuple[int, int]]) -> str:
    """Name the sampling factors, horizontal and vertical, of all components.

    Returns
    -------
    "4:2:0" and the like where the chroma components, and luma and black if there is a fourth, have the same factors;
    "grey" for one component; all factors as in "2x2,1x2,1x1" for what has no name; "" for no components.

    >>> name_sampling([(2, 2), (1, 1), (1, 1)]), name_sampling([(2, 2), (1, 2), (1, 1)])
    ('4:2:0', '2x2,1x2,1x1')
    """
    if len(factors) < 2:
        return "grey" if factors else ""
    (width, height), (chroma_width, chroma_height) = factors[:2]
    is_usual = factors[2:] in ([factors[1]], [factors[1], factors[0]])
    if is_usual and width % chroma_width == 0 and height % chroma_height == 0:
        ratio = (width // chroma_width, height // chroma_height)
        if ratio in _SAMPLINGS:
            return _SAMPLINGS[ratio]
    return ",".join(f"{horizontal}x{vertical}" for horizontal, vertical in factors)
