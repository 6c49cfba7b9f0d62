"""The calendar and the lifecycle of one listing in plain Python: hours are numbers, promises are rows of a list.

It shares no code with the application, and it is slow and simple on purpose: what is free is found by looking at every
hour. Each method does what the application is to do (domain.md §4 and §5) and answers how it is to answer: OK, or the
code of a refusal. Each file adds a part of the law to the one before: calendar, asking, loans, changes, queue, clocks,
series.
"""

from tests.proofs.model.series import Series as Model

__all__ = ["Model"]
