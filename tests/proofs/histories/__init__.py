"""What may happen to one listing, step by step, beside the model: each file adds a subject to the one before."""
