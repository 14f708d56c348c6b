"""The kernel: what every room of Perkbank stands on. See docs/architecture.md."""

import gc

# A cold start makes hundreds of thousands of objects that stay: collecting among them, over and over, finds
# nothing and takes a quarter of its CPU. Afterwards a request makes few, and collections are rare and short.
gc.set_threshold(500_000, 10, 10)

from bank.config import config  # noqa: E402

if config.test_clock:
    # On stages of developers and tests alone: before anybody asks what time it is.
    from bank import testclock

    testclock.install(config.test_clock)
