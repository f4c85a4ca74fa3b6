"""Fingerprints that outlive the process that measures them: a journal of single images, and Parquet parts."""

from forensic_style.store.codec import decode_outcome, encode_outcome
from forensic_style.store.folder import FingerprintStore
from forensic_style.store.source import StoreSource

__all__ = ["FingerprintStore", "StoreSource", "decode_outcome", "encode_outcome"]
