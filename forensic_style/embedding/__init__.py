"""Features of a pretrained network as a table like that of fingerprints."""
