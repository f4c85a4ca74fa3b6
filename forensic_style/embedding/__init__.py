"""Features of a pretrained network as a table like that of fingerprints."""

from forensic_style.embedding.features import embed
from forensic_style.embedding.layers import list_layers
from forensic_style.embedding.preprocessing import Preprocessing
from forensic_style.embedding.records import Layer

__all__ = ["Layer", "Preprocessing", "embed", "list_layers"]
