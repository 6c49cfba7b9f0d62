"""People, organisations, memberships, sessions and tokens."""
