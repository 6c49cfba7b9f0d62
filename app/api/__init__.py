"""How every JSON endpoint behaves. Knows FastAPI, knows no domain."""
