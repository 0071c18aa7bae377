"""Approvals (审批): who has to agree before a record moves.

definitions  what a flow says             flows      storing, checking and choosing flows
snapshot     the record as submitted      assigning  who has to decide
stepping     from step to step            executing  making the move in the submitter's name
gating       where transitions come by    requests   submit, withdraw, resubmit
deciding     decide, add, hand on, return reading    inbox, history, one request
reminders    jobs                         routes     the API

Whoever has to decide sees the request with its snapshot and what changed since, less the fields
that she may not read; she gains no access to the record itself. So nothing has to be taken back
when the request ends, and an approval shows nobody more than what it asks her to decide.
"""
