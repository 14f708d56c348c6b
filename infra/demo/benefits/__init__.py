"""Benefits on real input: coupons, points and a pool, over the CDNOW purchases, compared with plain SQL."""
