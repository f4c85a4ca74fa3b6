"""How clusters are told apart without colour: a shape and a colour each, and always the number beside them."""

from __future__ import annotations

from dataclasses import dataclass

N_COLOURS = 7  # .k0 to .k6 in style.css, after Okabe and Ito, darkened or lightened to 3:1 on the page
SHAPES = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",  # circle
    "M-4-4H4V4H-4Z",  # square
    "M0-5L5 4H-5Z",  # triangle
    "M0-5.6L5.6 0L0 5.6L-5.6 0Z",  # diamond
    "M0 5L5-4H-5Z",  # triangle downwards
    "M-1.8-5H1.8V-1.8H5V1.8H1.8V5H-1.8V1.8H-5V-1.8H-1.8Z",  # plus
    "M0-5.4L5.2-1.7L3.2 4.4H-3.2L-5.2-1.7Z",  # pentagon
    "M-5-2.8L-2.8-5L0-2.2L2.8-5L5-2.8L2.2 0L5 2.8L2.8 5L0 2.2L-2.8 5L-5 2.8L-2.2 0Z",  # cross
)


OUTSIDE = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0ZM-2.4 0a2.4 2.4 0 1 1 4.8 0a2.4 2.4 0 1 1-4.8 0Z"  # ring


@dataclass(frozen=True, slots=True)
class Mark:
    """A cluster's sign: its number, colour class and shape. 7 colours times 8 shapes: 56 before one returns.

    The number -1 stands for no cluster: a grey ring.
    """

    cluster: int

    @property
    def name(self) -> str:
        """The number, or "none"."""
        return str(self.cluster) if self.cluster >= 0 else "none"

    @property
    def words(self) -> str:
        """The same where it stands alone."""
        return f"cluster {self.cluster}" if self.cluster >= 0 else "no cluster"

    @property
    def colour(self) -> str:
        """Class of the stylesheet."""
        return f"k{self.cluster % N_COLOURS}" if self.cluster >= 0 else "outside"

    @property
    def shape(self) -> str:
        """Id of the drawn shape."""
        return f"shape-{self.cluster % len(SHAPES)}" if self.cluster >= 0 else "shape-outside"
