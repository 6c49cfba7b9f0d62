"""`python -m app …` is `depot …`."""

from app.cli import main

main()
