"""The rules of customers: pure functions, without AWS, clock or randomness."""
