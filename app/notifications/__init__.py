"""Who wants to hear what, and how."""
