-- What journals, entries and postings tell, apart from each other: the sides that checks.sql compares.

-- Each leg of each sound journal, with what an entry on its account has to say; and those that waited.
CREATE TEMP TABLE legs AS
SELECT journal_id, kind, reference, currency, booked_at, marked_on, leg.account AS account_id, leg.amount AS amount,
    split_part(leg.account, '_', 1) AS prefix,
    CASE WHEN leg.amount < 0 THEN first_credit ELSE first_debit END AS counterparty
FROM (SELECT *, unnest(parsed) AS leg FROM read_journals)
UNION ALL
FROM kept_legs;

CREATE TEMP MACRO chained(hashes, begin) AS list_reduce(hashes, lambda chain, step: sha256(chain || step), begin);

-- Each step of each row's balance, with the step before it: from its checkpoint on.
CREATE TEMP TABLE postings AS
SELECT entries.*, entries.row_id || '#' || seq AS name,
    sha256(concat_ws(chr(31), seq, amount, after, entries.booked_at, coalesce(journal_id, ''), coalesce(lines, '')))
        AS stepped,
    coalesce(lag(seq) OVER steps, last_seq, 0) AS before_seq,
    coalesce(lag(after) OVER steps, last_after, 0) AS before_after
FROM entries LEFT JOIN kept_accounts ON kept_accounts.row_id = entries.row_id
WHERE place = 'p'
WINDOW steps AS (PARTITION BY entries.row_id ORDER BY entry_key);

-- The last step of each row that was booked on, and a digest of all of its chain up to it.
CREATE TEMP TABLE ends AS
SELECT row_id, max(seq) AS last_seq, arg_max(after, seq) AS last_after,
    arg_max(postings.booked_at, seq) AS last_booked_at,
    chained(array_agg(stepped ORDER BY entry_key), coalesce(any_value(chain), '')) AS chain
FROM postings LEFT JOIN (SELECT row_id, chain FROM kept_accounts) USING (row_id) GROUP BY row_id;

-- Each journal that a posting of the bank's own accounts sums up, with the balance of the row after it.
CREATE TEMP TABLE lines AS
SELECT row_id, account_id, number, seq, name, line ->> 0 AS journal_id, TRY_CAST(line ->> 1 AS HUGEINT) AS amount,
    before + sum(TRY_CAST(line ->> 1 AS HUGEINT)) OVER (PARTITION BY row_id, entry_key ORDER BY place) AS after
FROM (
    SELECT * EXCLUDE (place), unnest(parsed) AS line, generate_subscripts(parsed, 1) AS place
    FROM (SELECT *, CASE WHEN json_valid(lines) THEN json_extract(lines, '$[*]') END AS parsed
          FROM postings WHERE prefix = 'int')
);

-- Accounts that something was done to, all of their rows; with the last step of each.
CREATE TEMP TABLE touched AS
SELECT account_id FROM new_accounts UNION SELECT account_id FROM entries
UNION SELECT coalesce(image, before).account_id.S FROM raw_holds
UNION SELECT account_id FROM kept_accounts WHERE version IS DISTINCT FROM last_seq;

CREATE TEMP TABLE rows_now AS
SELECT accounts.*, coalesce(ends.last_seq, kept.last_seq, 0) AS last_seq,
    coalesce(ends.last_after, kept.last_after, 0) AS last_after,
    coalesce(ends.last_booked_at, kept.last_booked_at, '') AS last_booked_at,
    coalesce(ends.chain, kept.chain, '') AS chain, coalesce(kept.last_seq, 0) AS walked_seq
FROM accounts SEMI JOIN touched USING (account_id)
LEFT JOIN ends USING (row_id) LEFT JOIN kept_accounts AS kept USING (row_id);

-- Accounts whose last postings are missing, as while the consumer that writes them is behind: how many, of how much.
CREATE TEMP TABLE behind AS
SELECT account_id, sum(version - last_seq) AS steps, sum(balance - last_after) AS amount,
    bool_or(booked_at > getvariable('cut')) AS fresh
FROM rows_now WHERE version > last_seq AND prefix <> 'int' GROUP BY account_id;

-- Entries journal by journal, on a customer's account its postings: what tells of legs, against the legs to tell of.
CREATE TEMP VIEW told AS
SELECT account_id, journal_id, amount, kind, reference, counterparty, booked_at, prefix,
    CASE WHEN place = 'p' THEN row_id || '#' || seq ELSE account_id || '#' || entry_key END AS name
FROM entries WHERE place <> 'p' OR prefix IN ('wal', 'pts');

CREATE TEMP VIEW to_tell AS
SELECT account_id, journal_id, amount, kind, reference, counterparty, booked_at, prefix
FROM legs WHERE prefix <> 'int' OR marked_on = account_id;

-- Sums by day and hash shard do not depend on order. The salt is made anew for each pass, so that nobody can look
-- for records in advance whose hashes make up for each other.
CREATE TEMP MACRO fold(hash, part) AS sum(('0x' || substr(hash, 1 + 15 * part, 15))::UBIGINT);
CREATE TEMP MACRO shard_sums(side) AS TABLE
SELECT day, shard, count(*) AS records, sum(amount) AS amount,
    fold(hash, 0) AS h0, fold(hash, 1) AS h1, fold(hash, 2) AS h2, fold(hash, 3) AS h3
FROM (
    SELECT substr(booked_at, 1, 10) AS day, shard_of(coalesce(journal_id, ''), 256) AS shard, amount,
        sha256(getvariable('salt') || concat_ws(chr(31), account_id, coalesce(journal_id, ''), amount, kind,
            coalesce(reference, ''), coalesce(counterparty, ''), booked_at)) AS hash
    FROM query_table(side)
)
GROUP BY day, shard;

CREATE TEMP TABLE differing AS
SELECT coalesce(ours.day, theirs.day) AS day, coalesce(ours.shard, theirs.shard) AS shard
FROM shard_sums('to_tell') AS ours FULL JOIN shard_sums('told') AS theirs USING (day, shard)
WHERE (ours.records, ours.amount, ours.h0, ours.h1, ours.h2, ours.h3)
    IS DISTINCT FROM (theirs.records, theirs.amount, theirs.h0, theirs.h1, theirs.h2, theirs.h3);

-- The records of differing shards alone.
CREATE TEMP MACRO of_differing(side) AS TABLE
SELECT records.* FROM query_table(side) AS records
SEMI JOIN differing ON differing.day IS NOT DISTINCT FROM substr(booked_at, 1, 10)
    AND differing.shard = shard_of(coalesce(journal_id, ''), 256);

CREATE TEMP TABLE told_there AS FROM of_differing('told');
CREATE TEMP TABLE to_tell_there AS FROM of_differing('to_tell');

-- Lines have no booking time of their journal: their shards are of all days.
CREATE TEMP MACRO line_sums(side) AS TABLE
SELECT shard_of(coalesce(journal_id, ''), 4096) AS shard, count(*) AS records, fold(hash, 0) AS h0, fold(hash, 1) AS h1,
    fold(hash, 2) AS h2, fold(hash, 3) AS h3
FROM (SELECT journal_id, sha256(getvariable('salt') || concat_ws(chr(31), account_id, coalesce(journal_id, ''), amount))
      AS hash FROM query_table(side))
GROUP BY shard;
CREATE TEMP VIEW to_line AS SELECT * FROM legs WHERE prefix = 'int';

CREATE TEMP TABLE differing_lines AS
SELECT coalesce(ours.shard, theirs.shard) AS shard
FROM line_sums('to_line') AS ours FULL JOIN line_sums('lines') AS theirs USING (shard)
WHERE (ours.records, ours.h0, ours.h1, ours.h2, ours.h3)
    IS DISTINCT FROM (theirs.records, theirs.h0, theirs.h1, theirs.h2, theirs.h3);

CREATE TEMP TABLE lines_there AS
FROM lines SEMI JOIN differing_lines ON shard = shard_of(coalesce(journal_id, ''), 4096);

-- Steps of shared accounts, and entries that make each up. A debit that several rows paid is of no step.
CREATE TEMP VIEW own AS
SELECT *, account_id || '#' || entry_key AS name FROM (FROM entries UNION ALL FROM kept_entries) WHERE place <> 'p';

CREATE TEMP VIEW shared AS
SELECT *, row_id || '#' || seq AS name FROM (FROM entries UNION ALL FROM kept_entries)
WHERE place = 'p' AND prefix IN ('stl', 'clr');

CREATE TEMP VIEW shares AS
SELECT shared.* FROM shared JOIN own
    ON own.account_id = shared.account_id AND own.journal_id = shared.journal_id AND own.seq = 0;

CREATE TEMP TABLE steps AS
SELECT *, journal_id IS NOT NULL AS single FROM shared ANTI JOIN shares USING (row_id, entry_key);

CREATE TEMP TABLE made_up AS
SELECT account_id, part AS number, seq, count(*) AS entries, sum(amount) AS amount, min(booked_at) AS booked_at,
    array_agg(before) AS starts, array_agg(after) AS ends
FROM own WHERE prefix IN ('stl', 'clr') AND seq > 0 GROUP BY ALL;

CREATE TEMP TABLE split_debits AS
SELECT own.account_id, own.journal_id, own.name, own.booked_at, own.amount - coalesce(sum(shares.amount), 0) AS missing
FROM own LEFT JOIN shares USING (account_id, journal_id)
WHERE own.seq = 0 GROUP BY own.account_id, own.journal_id, own.name, own.booked_at, own.amount HAVING missing <> 0;

-- Legs that nothing tells of. A journal's deferred legs are booked in one transaction: one without the others
-- contradicts, all of them may be late. The others are told of by the last postings of their accounts.
CREATE TEMP TABLE unmet AS
WITH missing AS (
    FROM to_line SEMI JOIN differing_lines ON shard = shard_of(journal_id, 4096)
    ANTI JOIN lines_there USING (journal_id, account_id)
    UNION
    FROM legs SEMI JOIN to_tell_there USING (journal_id, account_id)
    ANTI JOIN told_there USING (journal_id, account_id)
), booked AS (
    SELECT journal_id FROM lines SEMI JOIN missing USING (journal_id)
    UNION
    SELECT told.journal_id FROM told SEMI JOIN missing USING (journal_id)
    WHERE told.prefix = 'int' OR told.prefix NOT IN ('wal', 'pts') AND told.amount > 0
)
SELECT missing.*, CASE
    WHEN NOT immediate(account_id, amount) THEN booked.journal_id IS NOT NULL
    -- Where there is the posting, its entry is written beside it.
    WHEN (journal_id, account_id) IN (SELECT (journal_id, account_id) FROM shared) THEN false
    ELSE account_id NOT IN (SELECT account_id FROM behind)
END AS contradicts
FROM missing LEFT JOIN booked USING (journal_id);

-- What the missing postings of an account would be made of.
CREATE TEMP VIEW pieces AS
SELECT account_id, amount FROM unmet
WHERE immediate(account_id, amount) AND (journal_id, account_id) NOT IN (
    SELECT (journal_id, account_id) FROM shared WHERE journal_id IS NOT NULL)
UNION ALL
SELECT account_id, amount FROM made_up ANTI JOIN steps USING (account_id, number, seq)
UNION ALL
SELECT account_id, missing FROM split_debits;
