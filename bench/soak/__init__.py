"""The soak: a mixed load over HTTP for as long as is asked, with faults, and the books looked at afterwards.

What each answer says is added up beside the bank (`load`), while functions are killed, throttled and kept
from their streams (`faults`). Every request that did something is sent again, most meanwhile (`again`).
At the end all balances are compared with those sums (`ending`).
"""
