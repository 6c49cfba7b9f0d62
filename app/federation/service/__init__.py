"""Use cases of the federation, by phase: identity, pairing, publishing, feeds, consuming, lending, asking."""
