"""Precision and recall of the starter rules on labelled card transactions: `python -m bench.fraud`."""
