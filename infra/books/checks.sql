-- Each check adds what it finds to `differences`. What was booked after the variable `cut` may still be on its way.
-- In the same words as bank.ledger.verification, which asks the same of the tables themselves.

-- Journals against entries.

INSERT INTO differences
SELECT 'entry', told.name, 'journal ' || coalesce(told.journal_id, '') || ' has no such leg'
FROM of_differing('told') AS told ANTI JOIN legs USING (journal_id, account_id, amount);

INSERT INTO differences
SELECT 'entry', told.name, 'differs from its journal'
FROM of_differing('told') AS told JOIN legs USING (journal_id, account_id, amount)
WHERE (told.kind, told.reference, told.counterparty, told.booked_at)
    IS DISTINCT FROM (legs.kind, legs.reference, legs.counterparty, legs.booked_at);

INSERT INTO differences
SELECT 'entry', journal_id, 'its entry on ' || account_id || ' is missing'
FROM of_differing('to_tell') ANTI JOIN told USING (journal_id, account_id)
WHERE booked_at <= getvariable('cut');

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was booked twice'
FROM of_differing('told') GROUP BY journal_id, account_id HAVING count(*) > 1;

INSERT INTO differences
SELECT 'entry', name, 'is one of an account whose journals have none there'
FROM of_differing('told') AS told ANTI JOIN to_tell USING (journal_id, account_id)
WHERE account_id LIKE 'int_%';

-- Journals against the lines of the bank's own accounts.

INSERT INTO differences
SELECT 'posting', name, 'its line ' || coalesce(journal_id, '') || ' has no such leg'
FROM lines ANTI JOIN legs USING (journal_id, account_id, amount)
WHERE EXISTS (FROM differing_lines WHERE shard IS NOT DISTINCT FROM shard_of(journal_id, 4096));

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was never booked'
FROM legs ANTI JOIN lines USING (journal_id, account_id)
WHERE prefix = 'int' AND booked_at <= getvariable('cut')
    AND shard_of(journal_id, 4096) IN (SELECT shard FROM differing_lines WHERE shard IS NOT NULL);

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was booked twice'
FROM lines WHERE shard_of(journal_id, 4096) IN (SELECT shard FROM differing_lines WHERE shard IS NOT NULL)
GROUP BY journal_id, account_id HAVING count(*) > 1;

INSERT INTO differences
SELECT 'posting', postings.name, 'differs from its lines'
FROM postings LEFT JOIN (
    SELECT row_id, seq, count(*) AS records, sum(amount) AS amount FROM lines GROUP BY ALL
) AS summed USING (row_id, seq)
WHERE prefix = 'int' AND (summed.records, summed.amount) IS DISTINCT FROM (journal_count, postings.amount);

INSERT INTO differences
SELECT 'entry', own.name, 'differs from the posting that sums it up'
FROM own LEFT JOIN lines USING (account_id, journal_id)
WHERE own.prefix = 'int'
    AND (own.part, own.seq, own.amount, own.after) IS DISTINCT FROM (number, lines.seq, lines.amount, lines.after);

-- Where entries lie.

INSERT INTO differences
SELECT 'entry', name, 'lies in another place than its journal''s'
FROM own WHERE entry_key IS DISTINCT FROM booked_at || '#' || journal_id
    OR place IS DISTINCT FROM 'e' || shard_of(journal_id, 8);

-- The chain of steps of each row's balance.

INSERT INTO differences
SELECT 'posting', row_id || '#' || (last_seq + 1), 'this step of its balance is missing'
FROM postings WHERE seq > last_seq + 1 AND booked_at <= getvariable('cut');

INSERT INTO differences
SELECT 'posting', coalesce(name, row_id), 'its chain of steps is broken here'
FROM postings
WHERE NOT coalesce(seq > last_seq + 1 OR (seq, before) = (last_seq + 1, last_after), false)
    OR entry_key IS DISTINCT FROM
        booked_at || '#' || lpad(seq::VARCHAR, 12, '0') || CASE WHEN number > 0 THEN '~' || number ELSE '' END;

INSERT INTO differences
SELECT 'posting', name, 'overdraws the account: ' || after
FROM postings WHERE after < 0 AND prefix NOT IN ('int', 'clr');

INSERT INTO differences
SELECT 'posting', name, 'is one journal''s and counts more' FROM postings
WHERE journal_id IS NOT NULL AND journal_count <> 1;

INSERT INTO differences
SELECT 'posting', name, 'is no journal''s and was not applied' FROM postings
WHERE (journal_id IS NULL AND kind IS DISTINCT FROM 'applied') OR (journal_id IS NOT NULL AND prefix = 'int');

-- Steps of shared accounts against the entries that make them up.

INSERT INTO differences
SELECT 'posting', steps.name, 'differs from the entries that it sums up'
FROM steps LEFT JOIN made_up USING (account_id, number, seq)
WHERE (entries, made_up.amount) IS DISTINCT FROM (journal_count, steps.amount)
    -- A single journal's entry is written beside its posting, not with it.
    AND NOT (entries IS NULL AND single AND steps.booked_at > getvariable('cut'));

INSERT INTO differences
SELECT 'entry', coalesce(
        (SELECT min(own.name) FROM own WHERE own.account_id = steps.account_id AND own.part = steps.number
            AND own.seq = steps.seq AND NOT list_contains(list_append(starts, steps.after), own.after)
            AND NOT list_contains(list_append(ends, steps.before), own.before)),
        steps.name),
    'its balance is no step''s'
FROM steps JOIN made_up USING (account_id, number, seq)
WHERE list_sort(list_append(starts, steps.after)) <> list_sort(list_append(ends, before));

INSERT INTO differences
SELECT 'posting', account_id || CASE WHEN number > 0 THEN '~' || number ELSE '' END || '#' || seq,
    'is missing, and entries are part of it'
FROM made_up ANTI JOIN steps USING (account_id, number, seq) WHERE booked_at <= getvariable('cut');

INSERT INTO differences
SELECT 'entry', postings.name, 'differs from its own entry'
FROM postings JOIN own USING (account_id, journal_id)
WHERE postings.prefix IN ('stl', 'clr') AND (postings.kind, postings.reference, postings.counterparty, postings.booked_at)
    IS DISTINCT FROM (own.kind, own.reference, own.counterparty, own.booked_at);

INSERT INTO differences
SELECT 'posting', own.name, 'what its rows paid is not what it tells of'
FROM own LEFT JOIN shares USING (account_id, journal_id)
WHERE own.seq = 0 AND own.booked_at <= getvariable('cut')
GROUP BY own.name, own.amount HAVING sum(shares.amount) IS DISTINCT FROM own.amount;

-- Rows against their last step.

INSERT INTO differences
SELECT 'account', row_id, 'stores ' || coalesce(balance, 0) || ', its postings give ' || coalesce(after, 0)
FROM accounts LEFT JOIN postings USING (row_id)
WHERE postings.seq = version AND (after, postings.booked_at) IS DISTINCT FROM (balance, accounts.booked_at)
    OR version = 0 AND postings.seq IS NULL AND (balance <> 0 OR accounts.booked_at <> '');

INSERT INTO differences
SELECT 'account', row_id, 'the posting of its step ' || coalesce(version, -1) || ' is missing'
FROM accounts ANTI JOIN postings ON postings.row_id = accounts.row_id AND postings.seq = accounts.version
WHERE version IS DISTINCT FROM 0 AND coalesce(booked_at, '') <= getvariable('cut');

INSERT INTO differences
SELECT 'account', row_id, 'stores step ' || version || ', its postings go on to ' || max(seq)
FROM accounts JOIN postings USING (row_id)
WHERE seq > version AND postings.booked_at <= getvariable('cut') GROUP BY row_id, version;

INSERT INTO differences
SELECT DISTINCT 'account', row_id, 'is booked on, and is not there'
FROM postings ANTI JOIN accounts USING (row_id) WHERE booked_at <= getvariable('cut');

INSERT INTO differences
SELECT DISTINCT 'account', account_id, 'journals name it, and it is not there'
FROM legs ANTI JOIN accounts ON accounts.row_id = legs.account_id WHERE booked_at <= getvariable('cut');

INSERT INTO differences
SELECT 'account', row_id, 'is one in ' || coalesce(accounts.currency, '') || ', journals on it are in ' || legs.currency
FROM legs JOIN accounts ON accounts.row_id = legs.account_id WHERE legs.currency IS DISTINCT FROM accounts.currency
GROUP BY ALL;

INSERT INTO differences
SELECT 'account', row_id, 'was booked on at ' || booked_at || ', which is to come'
FROM accounts WHERE booked_at > getvariable('latest');

INSERT INTO differences
SELECT 'account', row_id, 'available ' || coalesce(available, 0) || ' is not balance less holds, and credit limit'
FROM accounts WHERE available IS DISTINCT FROM balance - held + coalesce(credit_limit, 0);

INSERT INTO differences
SELECT 'account', row_id, 'is overdrawn: ' || available FROM accounts WHERE available < 0 AND prefix <> 'int';

INSERT INTO differences
SELECT 'account', row_id, 'has a credit limit, ' || credit_limit || ': its kind has none'
FROM accounts WHERE coalesce(credit_limit, 0) <> 0 AND prefix <> 'clr';

INSERT INTO differences
SELECT 'account', row_id, 'is a ' || coalesce(kind, '') || ' account by its row, and not by its id'
FROM accounts WHERE (kind, prefix)
    NOT IN (('wallet', 'wal'), ('settlement', 'stl'), ('clearing', 'clr'), ('internal', 'int')) OR kind IS NULL;

-- Rows that keep one balance together. Those of the bank's own accounts come as they are booked on.

INSERT INTO differences
SELECT 'account', part.row_id, 'is no part of its account'
FROM accounts AS part LEFT JOIN accounts AS own ON own.row_id = part.account_id
WHERE part.number > 0 AND part.opened_at <= getvariable('cut')
    AND part.number >= CASE WHEN own.prefix = 'int' THEN getvariable('parts_of_internal') ELSE coalesce(own.parts, 1) END;

INSERT INTO differences
SELECT 'account', own.row_id, 'has ' || count(part.row_id) || ' of its ' || own.parts || ' parts'
FROM accounts AS own JOIN accounts AS part USING (account_id)
WHERE own.number = 0 AND own.parts > 1 AND own.prefix <> 'int'
GROUP BY own.row_id, own.parts HAVING count(part.row_id) < own.parts;

-- Holds.

INSERT INTO differences
SELECT 'account', coalesce(accounts.row_id, open.account_id),
    'holds ' || coalesce(held, 0) || ', its open holds add up to ' || coalesce(amount, 0)
FROM accounts FULL JOIN (SELECT account_id, sum(amount) AS amount FROM holds WHERE status = 'held' GROUP BY account_id)
    AS open ON open.account_id = accounts.row_id
WHERE coalesce(held, 0) <> coalesce(amount, 0);

INSERT INTO differences
SELECT 'hold', hold_id, 'what it captured and returned is not what it held'
FROM holds LEFT JOIN legs
    ON legs.journal_id = holds.journal_id AND legs.account_id = holds.account_id AND legs.amount = -captured
WHERE captured + returned <> CASE WHEN status = 'held' THEN 0 ELSE holds.amount END
    OR least(captured, returned) < 0
    OR (captured > 0) IS DISTINCT FROM (status = 'captured')
    OR CASE WHEN holds.journal_id IS NULL THEN captured <> 0 ELSE legs.journal_id IS NULL END;

-- An export's files may not be read twice, nor those of two exports together.

INSERT INTO differences SELECT 'journal', journal_id, 'is there twice' FROM journals GROUP BY ALL HAVING count(*) > 1;
INSERT INTO differences SELECT 'account', row_id, 'is there twice' FROM accounts GROUP BY row_id HAVING count(*) > 1;
INSERT INTO differences
SELECT 'entry', shard || '#' || entry_key, 'is there twice' FROM entries GROUP BY shard, entry_key HAVING count(*) > 1;
