"""The command line for operators: one module per noun."""
