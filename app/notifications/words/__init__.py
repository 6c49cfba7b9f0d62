"""What is said about what: every sentence of every letter, as tables. No I/O."""
