"""Verification of the ledger over exports of its tables: a full pass, or from checkpoint to checkpoint.

    python -m infra.books export FOLDER                 write a stage's tables as DynamoDB's own export does
    python -m infra.books verify FOLDER [--kept FILE]   compare what an export holds, print the report

On AWS the export is DynamoDB's (`aws dynamodb export-table-to-point-in-time`), of each of the four tables to
one instant, or of what changed between two: it costs the tables no capacity, and nobody who writes the ledger
writes it.
"""
