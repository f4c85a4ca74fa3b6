"""What the content explains: removed beside the unknown style, unless the two cannot be told apart."""
