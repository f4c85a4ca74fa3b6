"""Fingerprints that outlive the process that measures them: a journal of single images, and Parquet parts."""

from forensic_style.store.codec import decode_outcome, encode_outcome
from forensic_style.store.folder import FingerprintStore

__all__ = ["FingerprintStore", "decode_outcome", "encode_outcome"]
