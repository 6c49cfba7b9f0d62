"""depot: where a neighbourhood keeps what it can share: things, rooms, know-how and time.

Residents and organisations list what they offer or need, request it for a stretch of time, hand it over and
bring it back. Every region runs its own instance; instances federate their listings over HTTP. The house has
floors (see `[tool.importlinter]` in pyproject.toml): look down, never up.
"""

__version__ = "0.1.0"
