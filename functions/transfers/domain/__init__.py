"""The rules of transfers and their batches: pure."""
