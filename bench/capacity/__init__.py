"""The capacity model: how many payments a second the bank's keys carry, and which breaks first.

DynamoDB limits a key, not a bank: 1,000 write and 3,000 read units a second for all that shares a partition
key ("Best practices for designing and using partition keys effectively"), and one transaction at a time on an
item ("TransactWriteItems", TransactionConflict). What the real handlers use of each key is traced (`trace`,
`load`) and played against those limits at a rate (`simulator`).
"""
