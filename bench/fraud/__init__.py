"""How the starter rules do on labelled card transactions: `python -m bench.fraud`."""
