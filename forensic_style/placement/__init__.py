"""New images -> clusters of a finished run, or none of them."""
