"""Windows of images -> the partition that deserves most to be called style, and how far to trust it."""
