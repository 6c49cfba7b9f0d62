"""Work for later: enqueued in the transaction of the change, run at least once, retried, scheduled."""
