-- The items of an export as typed columns. What is missing or of another type is NULL, so that a check finds it
-- instead of dying of it.

-- As bank.ids.shard, and bank.ledger.domain.Leg.immediate.
CREATE TEMP MACRO shard_of(key, count) AS ('0x' || substr(sha256(key), 1, 8))::UINTEGER % count;
CREATE TEMP MACRO immediate(account, amount) AS
    account LIKE 'wal_%' OR account LIKE 'pts_%' OR (amount < 0 AND (account LIKE 'stl_%' OR account LIKE 'clr_%'));
-- The sum of packed lots (bank.ledger.lots): those that are free, or reserved.
CREATE TEMP MACRO sum_of_lots(lots, part) AS
    coalesce(list_sum(list_transform(regexp_extract_all(split_part(lots, '|', part), ':(-?\d+)', 1),
        lambda points: points::HUGEINT)), 0);
CREATE TEMP MACRO number_of(row_id) AS
    coalesce(TRY_CAST(nullif(split_part(row_id, '~', 2), '') AS INTEGER), 0);

CREATE TEMP TABLE new_accounts AS
SELECT
    image.account_id.S AS row_id,
    split_part(row_id, '~', 1) AS account_id,
    number_of(row_id) AS number,
    split_part(row_id, '_', 1) AS prefix,
    image.kind.S AS kind,
    image.currency.S AS currency,
    TRY_CAST(image.balance.N AS HUGEINT) AS balance,
    TRY_CAST(image.held.N AS HUGEINT) AS held,
    TRY_CAST(image.available.N AS HUGEINT) AS available,
    TRY_CAST(image.cl.N AS HUGEINT) AS credit_limit,
    TRY_CAST(image.version.N AS BIGINT) AS version,
    image.booked_at.S AS booked_at,
    image.opened_at.S AS opened_at,
    TRY_CAST(image.pt.N AS INTEGER) AS parts,
    image.lt.S AS lots
FROM raw_accounts WHERE image IS NOT NULL;

-- All rows, as they are now.
CREATE TEMP VIEW accounts AS
SELECT * FROM new_accounts
UNION ALL
SELECT * EXCLUDE (last_seq, last_after, last_booked_at, chain) FROM kept_accounts
ANTI JOIN (SELECT coalesce(image, before).account_id.S AS row_id FROM raw_accounts) USING (row_id);

-- Journals and entries are written once: one that was there before is no new one, and must be as it was.
CREATE TEMP TABLE journals AS
SELECT
    image.journal_id.S AS journal_id,
    image.kind.S AS kind,
    image.reference.S AS reference,
    image.currency.S AS currency,
    image.legs.S AS legs,
    image.booked_at.S AS booked_at,
    image.made_by.S AS made_by,
    image.wide.BOOL = 'true' AS wide,
    image.digest.S AS digest
FROM raw_journals WHERE before IS NULL;

CREATE TEMP TABLE entries AS
SELECT
    image.account_shard.S AS shard,
    split_part(shard, '#', 1) AS row_id,
    split_part(row_id, '~', 1) AS account_id,
    number_of(row_id) AS number,
    split_part(shard, '#', 2) AS place,
    split_part(shard, '_', 1) AS prefix,
    image.entry_key.S AS entry_key,
    image.journal_id.S AS journal_id,
    image.kind.S AS kind,
    image.reference.S AS reference,
    image.counterparty.S AS counterparty,
    TRY_CAST(image.amount.N AS HUGEINT) AS amount,
    TRY_CAST(image.balance_after.N AS HUGEINT) AS after,
    after - amount AS before,
    image.booked_at.S AS booked_at,
    TRY_CAST(image.seq.N AS BIGINT) AS seq,
    coalesce(TRY_CAST(image.part.N AS INTEGER), 0) AS part,
    coalesce(TRY_CAST(image.journal_count.N AS BIGINT), 1) AS journal_count,
    image.lines.S AS lines
FROM raw_entries WHERE raw_entries.before IS NULL;

CREATE TEMP TABLE holds AS
SELECT
    image.hold_id.S AS hold_id,
    image.account_id.S AS account_id,
    TRY_CAST(image.amount.N AS HUGEINT) AS amount,
    image.currency.S AS currency,
    image.status.S AS status,
    coalesce(TRY_CAST(image.captured.N AS HUGEINT), 0) AS captured,
    coalesce(TRY_CAST(image.returned.N AS HUGEINT), 0) AS returned,
    image.day.S AS day,
    image.expires_at.S AS expires_at,
    image.reference.S AS reference,
    image.payee_account_id.S AS payee_account_id,
    image.journal_id.S AS journal_id,
    image.digest.S AS digest,
    image.open_shard.S AS open_shard
FROM raw_holds WHERE image IS NOT NULL;

CREATE TEMP VIEW open_holds AS
SELECT hold_id, account_id, amount FROM holds WHERE status = 'held'
UNION ALL
FROM kept_holds ANTI JOIN (SELECT coalesce(image, before).hold_id.S AS hold_id FROM raw_holds) USING (hold_id);

-- What does not agree: what kind of thing, which one, and why. `since`: it is missing, and follows from something
-- of that instant through a stream, so that it may be late.
CREATE TEMP TABLE differences (what VARCHAR, id VARCHAR, detail VARCHAR, since VARCHAR);

-- What was done to items that were there before.

INSERT INTO differences
SELECT 'journal', before.journal_id.S, 'was altered or removed after it was booked', NULL
FROM raw_journals WHERE before IS NOT NULL AND image IS DISTINCT FROM before;

INSERT INTO differences
SELECT 'entry', split_part(before.account_shard.S, '#', 1) || '#'
        || CASE WHEN before.account_shard.S LIKE '%#p' THEN before.seq.N ELSE before.entry_key.S END,
    'was altered or removed after it was written', NULL
FROM raw_entries WHERE before IS NOT NULL AND image IS DISTINCT FROM before;

INSERT INTO differences
SELECT 'hold', before.hold_id.S, 'was altered after it had ended, or removed', NULL
FROM raw_holds WHERE before IS NOT NULL AND image IS DISTINCT FROM before
    AND (image IS NULL OR before.status.S <> 'held');

INSERT INTO differences
SELECT 'account', before.account_id.S, 'was removed', NULL FROM raw_accounts WHERE image IS NULL;

INSERT INTO differences
SELECT 'account', before.account_id.S, 'is in another currency, of another kind or opened another time than it was', NULL
FROM raw_accounts WHERE before IS NOT NULL AND image IS NOT NULL
    AND (image.currency.S, image.kind.S, image.opened_at.S)
        IS DISTINCT FROM (before.currency.S, before.kind.S, before.opened_at.S);

-- An export's files may not be read twice, nor those of two exports together.

INSERT INTO differences
SELECT 'journal', journal_id, 'is there twice', NULL FROM journals GROUP BY journal_id HAVING count(*) > 1;
INSERT INTO differences
SELECT 'account', row_id, 'is there twice', NULL FROM new_accounts GROUP BY row_id HAVING count(*) > 1;
INSERT INTO differences
SELECT 'entry', shard || '#' || entry_key, 'is there twice', NULL
FROM entries GROUP BY shard, entry_key HAVING count(*) > 1;

-- Journals with what follows from their legs. `digested` is what their digest is of, as bank.ids.digest writes it.
CREATE TEMP VIEW read_journals AS
WITH split AS (
    SELECT *, CASE WHEN json_valid(legs) THEN list_transform(
        json_extract(legs, '$[*]'), lambda leg: {account: leg ->> 0, amount: TRY_CAST(leg ->> 1 AS HUGEINT)}
    ) END AS parsed
    FROM journals
)
SELECT *,
    list_filter(parsed, lambda leg: leg.amount < 0)[1].account AS first_debit,
    list_filter(parsed, lambda leg: leg.amount > 0)[1].account AS first_credit,
    list_filter(parsed, lambda leg: NOT immediate(leg.account, leg.amount))[1].account AS marked_on,
    coalesce(list_sum(list_transform(parsed, lambda leg: leg.amount)), 1) = 0
        AND len(parsed) BETWEEN 2 AND 40
        AND len(list_distinct(list_transform(parsed, lambda leg: leg.account))) = len(parsed)
        AND len(list_filter(parsed, lambda leg: coalesce(leg.amount, 0) = 0 OR leg.account LIKE '%~%')) = 0
        AS balanced,
    '{"booked_at":' || to_json(booked_at) || ',"currency":' || to_json(currency)
        || ',"journal_id":' || to_json(journal_id) || ',"kind":' || to_json(kind)
        || ',"legs":' || replace(legs, ', ', ',')
        || CASE WHEN coalesce(made_by, '') <> '' THEN ',"made_by":' || to_json(made_by) ELSE '' END
        || ',"reference":' || to_json(reference) || CASE WHEN wide THEN ',"wide":true' ELSE '' END || '}' AS digested
FROM split;

-- SQL finds those that may have been altered; the kernel, which made the digest, says which were.
CREATE TEMP VIEW doubtful_journals AS
SELECT journal_id, kind, reference, currency, legs, booked_at, made_by, wide, digest
FROM read_journals WHERE NOT coalesce(balanced AND sha256(digested) = digest, false);

CREATE TEMP VIEW doubtful_holds AS
SELECT * FROM holds WHERE sha256('[' || concat_ws(',', to_json(hold_id), to_json(account_id), amount, to_json(currency),
    to_json(day), to_json(expires_at), to_json(reference), to_json(nullif(payee_account_id, ''))) || ']')
    IS DISTINCT FROM digest
    OR (status = 'held') IS DISTINCT FROM (open_shard IS NOT NULL)
    OR open_shard IS DISTINCT FROM 'open#' || split_part(reference, '_', 1) || '#' || shard_of(hold_id, 8);
