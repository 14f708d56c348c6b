"""The full pass of the ledger's verification: over an export of its tables, in DuckDB.

    python -m infra.books export FOLDER      write the tables of a stage as DynamoDB's own export does
    python -m infra.books verify FOLDER      compare them with each other, print the report

On AWS the export is DynamoDB's (`aws dynamodb export-table-to-point-in-time`), of each of the four tables to
one instant: it costs the tables no capacity and is written by nobody who writes the ledger.
"""
