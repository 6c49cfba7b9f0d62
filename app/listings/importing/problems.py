"""Why a whole file cannot be imported. What is wrong with one row is a `Reason` beside its line."""

from app.kernel.problems import Problem
from app.kernel.text import message


class ImportNotPossible(Problem):
    """422: the mapping or the file as a whole cannot be used; nothing was read from it."""

    slug = "import-not-possible"
    title = message("This file cannot be imported.")
    status = 422
