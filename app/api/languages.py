"""The reader's language, for endpoints whose answers hold sentences."""

from typing import Annotated

from fastapi import Depends, Request


async def _language(request: Request) -> str:
    language: str = request.state.language
    return language


Language = Annotated[str, Depends(_language)]
"""What the request's Accept-Language came to."""
