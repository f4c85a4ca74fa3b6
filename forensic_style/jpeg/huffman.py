"""The Huffman tables of Annex K (ITU-T T.81), which encoders write that do not optimize."""

from __future__ import annotations

import numpy as np

_DC = bytes(range(12))
_LUMA_AC = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728"
    "292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889"
    "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2"
    "e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
_CHROMA_AC = bytes.fromhex(
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a26"
    "2728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a828384858687"
    "88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9da"
    "e2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
)
ANNEX_K_HUFFMAN = {
    ("dc", bytes.fromhex("00010501010101010100000000000000"), _DC),  # Table K.3
    ("dc", bytes.fromhex("00030101010101010101010000000000"), _DC),  # Table K.4
    ("ac", bytes.fromhex("0002010303020403050504040000017d"), _LUMA_AC),  # Table K.5
    ("ac", bytes.fromhex("00020102040403040705040400010277"), _CHROMA_AC),  # Table K.6
}
"""Kind, number of codes of 1 to 16 bits, symbols in the order of their codes."""

_SHARES = 1 << np.arange(15, -1, -1)
_LARGEST_DC_SYMBOL = 16  # only a lossless process of 16 bits needs it


def is_standard(kind: str, counts: bytes, symbols: bytes) -> bool:
    """Whether a table is one of the two of its kind in Annex K."""
    return (kind, counts, symbols) in ANNEX_K_HUFFMAN


def is_prefix_code(kind: str, counts: bytes, symbols: bytes) -> bool:
    """Whether the codes fit: none the beginning of another, none all ones (C.2), no symbol beyond its kind's.

    A code of `n` bits takes the share 2 ** (16 - n) of 65536; a code of all ones would be the last share.

    >>> is_prefix_code("dc", bytes([1, 1] + 14 * [0]), bytes([0, 1]))
    True
    >>> is_prefix_code("dc", bytes([2] + 15 * [0]), bytes([0, 1]))
    False
    """
    share = int(np.frombuffer(counts, np.uint8) @ _SHARES)
    return share < 1 << 16 and len(symbols) <= 256 and (kind == "ac" or max(symbols, default=0) <= _LARGEST_DC_SYMBOL)
