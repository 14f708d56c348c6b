-- An export of the ledger's tables in DynamoDB's JSON, read once each. $folder holds one folder a table.
-- What is missing or of another type reads as NULL, so that a check finds it instead of dying of it.

-- As bank.ids.shard, and bank.ledger.domain.Leg.immediate.
CREATE MACRO shard_of(key, count) AS ('0x' || substr(sha256(key), 1, 8))::UINTEGER % count;
CREATE MACRO immediate(account, amount) AS
    account LIKE 'wal_%' OR (amount < 0 AND (account LIKE 'stl_%' OR account LIKE 'clr_%'));

CREATE TABLE accounts AS
SELECT
    Item.account_id.S AS row_id,
    split_part(row_id, '~', 1) AS account_id,
    coalesce(TRY_CAST(nullif(split_part(row_id, '~', 2), '') AS INTEGER), 0) AS number,
    split_part(row_id, '_', 1) AS prefix,
    Item.kind.S AS kind,
    Item.currency.S AS currency,
    TRY_CAST(Item.balance.N AS HUGEINT) AS balance,
    TRY_CAST(Item.held.N AS HUGEINT) AS held,
    TRY_CAST(Item.available.N AS HUGEINT) AS available,
    TRY_CAST(Item.cl.N AS HUGEINT) AS credit_limit,
    TRY_CAST(Item.version.N AS BIGINT) AS version,
    Item.booked_at.S AS booked_at,
    Item.opened_at.S AS opened_at,
    TRY_CAST(Item.pt.N AS INTEGER) AS parts
FROM read_json(getvariable('folder') || '/ledger-accounts/**/data/*.json.gz', format = 'newline_delimited',
    columns = {Item: 'STRUCT(
    account_id STRUCT(S VARCHAR), kind STRUCT(S VARCHAR), currency STRUCT(S VARCHAR), balance STRUCT(N VARCHAR),
    held STRUCT(N VARCHAR), available STRUCT(N VARCHAR), cl STRUCT(N VARCHAR), version STRUCT(N VARCHAR),
    booked_at STRUCT(S VARCHAR), opened_at STRUCT(S VARCHAR), pt STRUCT(N VARCHAR))'});

CREATE TABLE journals AS
SELECT
    Item.journal_id.S AS journal_id,
    Item.kind.S AS kind,
    Item.reference.S AS reference,
    Item.currency.S AS currency,
    Item.legs.S AS legs,
    Item.booked_at.S AS booked_at,
    Item.made_by.S AS made_by,
    Item.digest.S AS digest
FROM read_json(getvariable('folder') || '/ledger-journals/**/data/*.json.gz', format = 'newline_delimited',
    columns = {Item: 'STRUCT(
    journal_id STRUCT(S VARCHAR), kind STRUCT(S VARCHAR), reference STRUCT(S VARCHAR), currency STRUCT(S VARCHAR),
    legs STRUCT(S VARCHAR), booked_at STRUCT(S VARCHAR), made_by STRUCT(S VARCHAR), digest STRUCT(S VARCHAR))'});

CREATE TABLE entries AS
SELECT
    Item.account_shard.S AS shard,
    split_part(shard, '#', 1) AS row_id,
    split_part(row_id, '~', 1) AS account_id,
    split_part(shard, '#', 2) AS place,
    split_part(shard, '_', 1) AS prefix,
    Item.entry_key.S AS entry_key,
    Item.journal_id.S AS journal_id,
    Item.kind.S AS kind,
    Item.reference.S AS reference,
    Item.counterparty.S AS counterparty,
    TRY_CAST(Item.amount.N AS HUGEINT) AS amount,
    TRY_CAST(Item.balance_after.N AS HUGEINT) AS after,
    after - amount AS before,
    Item.booked_at.S AS booked_at,
    TRY_CAST(Item.seq.N AS BIGINT) AS seq,
    coalesce(TRY_CAST(Item.part.N AS INTEGER), 0) AS part,
    coalesce(TRY_CAST(Item.journal_count.N AS BIGINT), 1) AS journal_count,
    Item.lines.S AS lines
FROM read_json(getvariable('folder') || '/ledger-entries/**/data/*.json.gz', format = 'newline_delimited',
    columns = {Item: 'STRUCT(
    account_shard STRUCT(S VARCHAR), entry_key STRUCT(S VARCHAR), journal_id STRUCT(S VARCHAR), kind STRUCT(S VARCHAR),
    reference STRUCT(S VARCHAR), counterparty STRUCT(S VARCHAR), amount STRUCT(N VARCHAR),
    balance_after STRUCT(N VARCHAR), booked_at STRUCT(S VARCHAR), seq STRUCT(N VARCHAR), part STRUCT(N VARCHAR),
    journal_count STRUCT(N VARCHAR), lines STRUCT(S VARCHAR))'});

CREATE TABLE holds AS
SELECT
    Item.hold_id.S AS hold_id,
    Item.account_id.S AS account_id,
    TRY_CAST(Item.amount.N AS HUGEINT) AS amount,
    Item.currency.S AS currency,
    Item.status.S AS status,
    coalesce(TRY_CAST(Item.captured.N AS HUGEINT), 0) AS captured,
    coalesce(TRY_CAST(Item.returned.N AS HUGEINT), 0) AS returned,
    Item.day.S AS day,
    Item.expires_at.S AS expires_at,
    Item.reference.S AS reference,
    Item.payee_account_id.S AS payee_account_id,
    Item.journal_id.S AS journal_id,
    Item.digest.S AS digest,
    Item.open_shard.S AS open_shard
FROM read_json(getvariable('folder') || '/ledger-holds/**/data/*.json.gz', format = 'newline_delimited',
    columns = {Item: 'STRUCT(
    hold_id STRUCT(S VARCHAR), account_id STRUCT(S VARCHAR), amount STRUCT(N VARCHAR), currency STRUCT(S VARCHAR),
    status STRUCT(S VARCHAR), captured STRUCT(N VARCHAR), returned STRUCT(N VARCHAR), day STRUCT(S VARCHAR),
    expires_at STRUCT(S VARCHAR), reference STRUCT(S VARCHAR), payee_account_id STRUCT(S VARCHAR),
    journal_id STRUCT(S VARCHAR), digest STRUCT(S VARCHAR), open_shard STRUCT(S VARCHAR))'});

-- What does not agree: what kind of thing, which one, and why.
CREATE TABLE differences (what VARCHAR, id VARCHAR, detail VARCHAR);

-- Journals with what follows from their legs. `digested` is what their digest is of, as bank.ids.digest writes it.
CREATE VIEW read_journals AS
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
        || ',"reference":' || to_json(reference) || '}' AS digested
FROM split;

-- SQL finds those that may have been altered; the kernel, which made the digest, says which were.
CREATE VIEW doubtful_journals AS
SELECT journal_id, kind, reference, currency, legs, booked_at, made_by, digest
FROM read_journals WHERE NOT coalesce(balanced AND sha256(digested) = digest, false);

CREATE VIEW doubtful_holds AS
SELECT * FROM holds WHERE sha256('[' || concat_ws(',', to_json(hold_id), to_json(account_id), amount, to_json(currency),
    to_json(day), to_json(expires_at), to_json(reference), to_json(nullif(payee_account_id, ''))) || ']')
    IS DISTINCT FROM digest
    OR (status = 'held') IS DISTINCT FROM (open_shard IS NOT NULL)
    OR open_shard IS DISTINCT FROM 'open#' || split_part(reference, '_', 1) || '#' || shard_of(hold_id, 8);
