-- What is kept between passes: each account's checkpoint, and what waited for something that had not been written.

CREATE TABLE IF NOT EXISTS kept_until (instant VARCHAR);

-- A row as it was, with the last posting that was walked (step, balance, time) and a digest of all up to it.
CREATE TABLE IF NOT EXISTS kept_accounts (
    row_id VARCHAR, account_id VARCHAR, number INTEGER, prefix VARCHAR, kind VARCHAR, currency VARCHAR, balance HUGEINT,
    held HUGEINT, available HUGEINT, credit_limit HUGEINT, version BIGINT, booked_at VARCHAR, opened_at VARCHAR,
    parts INTEGER, last_seq BIGINT, last_after HUGEINT, last_booked_at VARCHAR, chain VARCHAR);

-- Of before there were points.
ALTER TABLE kept_accounts ADD COLUMN IF NOT EXISTS lots VARCHAR;

-- Open holds; those that have ended never change again.
CREATE TABLE IF NOT EXISTS kept_holds (hold_id VARCHAR, account_id VARCHAR, amount HUGEINT);

-- Legs that nothing told of yet.
CREATE TABLE IF NOT EXISTS kept_legs (
    journal_id VARCHAR, kind VARCHAR, reference VARCHAR, currency VARCHAR, booked_at VARCHAR, marked_on VARCHAR,
    account_id VARCHAR, amount HUGEINT, prefix VARCHAR, counterparty VARCHAR);

-- Entries of steps that have no posting yet, and postings of steps that have no entry yet.
CREATE TABLE IF NOT EXISTS kept_entries (
    shard VARCHAR, row_id VARCHAR, account_id VARCHAR, number INTEGER, place VARCHAR, prefix VARCHAR, entry_key VARCHAR,
    journal_id VARCHAR, kind VARCHAR, reference VARCHAR, counterparty VARCHAR, amount HUGEINT, after HUGEINT,
    before HUGEINT, booked_at VARCHAR, seq BIGINT, part INTEGER, journal_count BIGINT, lines VARCHAR);
