"""From other people's CSV files to drafts of listings and organisations.

Pure: bytes and a column mapping in, drafts and named refusals out; nothing here knows a database. `mapping`
reads what a file's columns mean, `table` finds rows in bytes, `drafting` turns rows into drafts.
"""
