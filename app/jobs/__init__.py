"""Work for later: enqueued in the transaction of the change, run at least once, retried, scheduled.

A job is a row. Who wants to run it leases it (SKIP LOCKED on PostgreSQL, BEGIN IMMEDIATE on SQLite) and
deletes it when done; the lease of a worker that died runs out, and somebody else takes over. Handlers bear
to be repeated.

Decided once, by trying: a lease table of our own rather than DBOS 3.4. Measured in November 2026 on two
cores, empty jobs, each enqueued in a transaction of its own, SQLite (WAL, FULL) and PostgreSQL 15 (fsync
on):

                              DBOS 3.4 (SQLite / PostgreSQL)          here (two threads, same machine)
    enqueued and run          94 / 97 jobs a second                   408 / 285 jobs a second
    memory of a worker        +44 / +30 MB, up to 82 threads          +6 / +15 MB, 2 threads
    enqueue in our Session    yes, through a second client            yes
    two apps in one process   no: `DBOS()` answers the first one      yes
    a clock that tests turn   no: `time.time()` in 75 places          yes
    tables                    12, unprefixed, migrated by itself      1, ours to migrate

Its durable workflows of many steps are what we would pay for. What has two steps here enqueues the second
in the transaction of the first.
"""
