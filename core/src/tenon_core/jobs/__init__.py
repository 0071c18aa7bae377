"""Durable background work: jobs that are enqueued with the business transaction.

`runs` is the record of every run, `queue` puts runs in, `execute` is the path on which each is
executed, `worker` executes them with DBOS, `schedules` starts them by the clock, `captured`
serves tests.
"""
