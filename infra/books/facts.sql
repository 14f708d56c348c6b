-- What journals, entries and postings tell, apart from each other: the sides that checks.sql compares.

-- Each leg of each sound journal, with what an entry on its account has to say.
CREATE TABLE legs AS
SELECT journal_id, kind, reference, currency, booked_at, marked_on, leg.account AS account_id, leg.amount AS amount,
    split_part(leg.account, '_', 1) AS prefix,
    CASE WHEN leg.amount < 0 THEN first_credit ELSE first_debit END AS counterparty
FROM (SELECT *, unnest(parsed) AS leg FROM read_journals);

-- Each step of each row's balance, with the step before it.
CREATE TABLE postings AS
SELECT *, coalesce(TRY_CAST(nullif(split_part(row_id, '~', 2), '') AS INTEGER), 0) AS number,
    row_id || '#' || seq AS name,
    coalesce(lag(seq) OVER steps, 0) AS last_seq,
    coalesce(lag(after) OVER steps, 0) AS last_after
FROM entries WHERE place = 'p'
WINDOW steps AS (PARTITION BY row_id ORDER BY entry_key);

-- Each journal that a posting of the bank's own accounts sums up, with the balance of the row after it.
CREATE TABLE lines AS
SELECT row_id, account_id, number, seq, name, booked_at, journal_count, amount AS total, line ->> 0 AS journal_id,
    TRY_CAST(line ->> 1 AS HUGEINT) AS amount,
    before + sum(TRY_CAST(line ->> 1 AS HUGEINT)) OVER (PARTITION BY row_id, entry_key ORDER BY place) AS after
FROM (
    SELECT * EXCLUDE (place), unnest(parsed) AS line, generate_subscripts(parsed, 1) AS place
    FROM (SELECT *, CASE WHEN json_valid(lines) THEN json_extract(lines, '$[*]') END AS parsed
          FROM postings WHERE prefix = 'int')
);

-- Entries journal by journal. On a wallet its postings are these.
CREATE VIEW own AS SELECT *, account_id || '#' || entry_key AS name FROM entries WHERE place <> 'p';

CREATE VIEW told AS
SELECT account_id, journal_id, amount, kind, reference, counterparty, booked_at, name FROM own
UNION ALL
SELECT account_id, journal_id, amount, kind, reference, counterparty, booked_at, name
FROM postings WHERE prefix = 'wal';

CREATE VIEW to_tell AS
SELECT account_id, journal_id, amount, kind, reference, counterparty, booked_at
FROM legs WHERE prefix <> 'int' OR marked_on = account_id;

-- Sums by day and hash shard do not depend on order. The salt is made anew for each pass, so that nobody can look
-- for records in advance whose hashes make up for each other.
CREATE MACRO hashed(fields) AS sha256(getvariable('salt') || fields);
CREATE MACRO fold(hash, part) AS sum(('0x' || substr(hash, 1 + 15 * part, 15))::UBIGINT);
CREATE MACRO shard_sums(side) AS TABLE
SELECT day, shard, count(*) AS records, sum(amount) AS amount,
    fold(hash, 0) AS h0, fold(hash, 1) AS h1, fold(hash, 2) AS h2, fold(hash, 3) AS h3
FROM (
    SELECT substr(booked_at, 1, 10) AS day, shard_of(coalesce(journal_id, ''), 256) AS shard, amount,
        hashed(concat_ws(chr(31), account_id, coalesce(journal_id, ''), amount, kind, coalesce(reference, ''),
            coalesce(counterparty, ''), booked_at)) AS hash
    FROM query_table(side)
)
GROUP BY day, shard;

CREATE TABLE differing AS
SELECT coalesce(ours.day, theirs.day) AS day, coalesce(ours.shard, theirs.shard) AS shard
FROM shard_sums('to_tell') AS ours FULL JOIN shard_sums('told') AS theirs USING (day, shard)
WHERE (ours.records, ours.amount, ours.h0, ours.h1, ours.h2, ours.h3)
    IS DISTINCT FROM (theirs.records, theirs.amount, theirs.h0, theirs.h1, theirs.h2, theirs.h3);

-- The records of differing shards alone.
CREATE MACRO of_differing(side) AS TABLE
SELECT records.* FROM query_table(side) AS records
JOIN differing ON differing.day = substr(booked_at, 1, 10)
    AND differing.shard = shard_of(coalesce(journal_id, ''), 256);

-- Lines have no booking time of their journal: their shards are of all days.
CREATE TABLE differing_lines AS
WITH ours AS (
    SELECT shard_of(journal_id, 4096) AS shard, count(*) AS records,
        fold(hashed(concat_ws(chr(31), account_id, journal_id, amount)), 0) AS h0,
        fold(hashed(concat_ws(chr(31), account_id, journal_id, amount)), 1) AS h1
    FROM legs WHERE prefix = 'int' GROUP BY shard
), theirs AS (
    SELECT shard_of(journal_id, 4096) AS shard, count(*) AS records,
        fold(hashed(concat_ws(chr(31), account_id, journal_id, amount)), 0) AS h0,
        fold(hashed(concat_ws(chr(31), account_id, journal_id, amount)), 1) AS h1
    FROM lines GROUP BY shard
)
SELECT coalesce(ours.shard, theirs.shard) AS shard FROM ours FULL JOIN theirs USING (shard)
WHERE (ours.records, ours.h0, ours.h1) IS DISTINCT FROM (theirs.records, theirs.h0, theirs.h1);

-- Steps of shared accounts (postings), and entries that make each up. A debit that several rows paid is of no step.
CREATE VIEW shares AS
SELECT postings.* FROM postings JOIN own
    ON own.account_id = postings.account_id AND own.journal_id = postings.journal_id AND own.seq = 0
WHERE postings.prefix IN ('stl', 'clr');

CREATE VIEW steps AS
SELECT account_id, number, seq, name, amount, before, after, journal_count, booked_at, journal_id IS NOT NULL AS single
FROM postings ANTI JOIN shares USING (row_id, entry_key) WHERE prefix IN ('stl', 'clr');

CREATE TABLE made_up AS
SELECT account_id, part AS number, seq, count(*) AS entries, sum(amount) AS amount, min(booked_at) AS booked_at,
    array_agg(before) AS starts, array_agg(after) AS ends, min(name) AS name
FROM own WHERE prefix IN ('stl', 'clr') AND seq > 0 GROUP BY ALL;
