"""A believable small town, the same from the same seed."""
