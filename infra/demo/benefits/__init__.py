"""Benefits on real input: coupons, points and a pool, over the CDNOW purchases, compared with plain SQL."""

import infra.contract  # noqa: F401 (the rooms become importable)
