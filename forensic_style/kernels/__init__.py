"""Pure Numba functions on arrays, one theme per file.

Every file stands alone (the cache does not notice edits in other files), takes C-contiguous planes and returns new
arrays. No kernel validates, allocates per pixel, prints or raises: the families hand them only planes of at least their
smallest shape.
"""
