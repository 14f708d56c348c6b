-- Each check adds what it finds to `differences`, in the words of bank.ledger.verification, which asks the same of the
-- tables themselves.

-- Journals against entries.

INSERT INTO differences
SELECT 'entry', name, 'journal ' || coalesce(journal_id, '') || ' has no such leg', NULL
FROM told_there ANTI JOIN to_tell_there USING (journal_id, account_id, amount);

INSERT INTO differences
SELECT 'entry', name, 'differs from its journal', NULL
FROM told_there AS told JOIN to_tell_there AS leg USING (journal_id, account_id, amount)
WHERE (told.kind, told.reference, told.counterparty, told.booked_at)
    IS DISTINCT FROM (leg.kind, leg.reference, leg.counterparty, leg.booked_at);

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was booked twice', NULL
FROM told_there GROUP BY journal_id, account_id HAVING count(*) > 1;

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was never booked', CASE WHEN NOT contradicts THEN booked_at END
FROM unmet WHERE NOT (contradicts AND booked_at > getvariable('cut'));

-- Journals against the lines of the bank's own accounts.

INSERT INTO differences
SELECT 'posting', name, 'its line ' || coalesce(journal_id, '') || ' has no such leg', NULL
FROM lines_there ANTI JOIN to_line USING (journal_id, account_id, amount);

INSERT INTO differences
SELECT 'leg', journal_id, 'its leg on ' || account_id || ' was booked twice', NULL
FROM lines_there GROUP BY journal_id, account_id HAVING count(*) > 1;

INSERT INTO differences
SELECT 'posting', postings.name, 'differs from its lines', NULL
FROM postings LEFT JOIN (
    SELECT row_id, seq, count(*) AS records, sum(amount) AS amount FROM lines GROUP BY ALL
) AS summed USING (row_id, seq)
WHERE prefix = 'int' AND (summed.records, summed.amount) IS DISTINCT FROM (journal_count, postings.amount);

INSERT INTO differences
SELECT 'entry', told.name, 'differs from the posting that sums it up', NULL
FROM entries JOIN told ON told.name = entries.account_id || '#' || entries.entry_key
LEFT JOIN lines ON lines.account_id = entries.account_id AND lines.journal_id = entries.journal_id
WHERE entries.prefix = 'int' AND place <> 'p' AND (part, entries.seq, entries.amount, entries.after)
    IS DISTINCT FROM (lines.number, lines.seq, lines.amount, lines.after);

INSERT INTO differences
SELECT 'entry', account_id || '#' || entry_key, 'lies in another place than its journal''s', NULL
FROM entries WHERE place <> 'p' AND (entry_key IS DISTINCT FROM booked_at || '#' || journal_id
    OR NOT coalesce(place = 'e' || shard_of(journal_id, 8) OR place = 'e' || shard_of(journal_id, 32)
        -- Only accounts of several parts are read there, and have wide journals.
        AND (prefix = 'int' OR account_id IN (SELECT account_id FROM accounts WHERE parts > 1)), false));

-- The chain of steps of each row's balance. Its steps are written in order: a gap is not late.

INSERT INTO differences
SELECT 'posting', row_id || '#' || (before_seq + 1), 'this step of its balance is missing', NULL
FROM postings WHERE seq > before_seq + 1 AND booked_at <= getvariable('cut');

INSERT INTO differences
SELECT 'posting', coalesce(name, row_id), 'its chain of steps is broken here', NULL
FROM postings
WHERE NOT coalesce(seq > before_seq + 1 OR (seq, before) = (before_seq + 1, before_after), false)
    OR entry_key IS DISTINCT FROM
        booked_at || '#' || lpad(seq::VARCHAR, 12, '0') || CASE WHEN number > 0 THEN '~' || number ELSE '' END;

INSERT INTO differences
SELECT 'posting', name, 'overdraws the account: ' || after, NULL
FROM postings WHERE after < 0 AND prefix NOT IN ('int', 'clr');

INSERT INTO differences
SELECT 'posting', name, 'is one journal''s and counts more', NULL FROM postings
WHERE journal_id IS NOT NULL AND journal_count <> 1;

INSERT INTO differences
SELECT 'posting', name, 'is no journal''s and was not applied', NULL FROM postings
WHERE (journal_id IS NULL AND kind IS DISTINCT FROM 'applied') OR (journal_id IS NOT NULL AND prefix = 'int');

-- What has been walked before is still what it was, in a full pass.

INSERT INTO differences
SELECT 'account', row_id, 'its steps up to ' || last_seq || ' are not those that were walked', NULL
FROM walked LEFT JOIN (
    SELECT row_id, chained(array_agg(stepped ORDER BY entry_key), '') AS chain
    FROM postings JOIN walked USING (row_id) WHERE seq <= walked.last_seq GROUP BY row_id
) AS again USING (row_id)
WHERE walked.chain <> coalesce(again.chain, '');

-- Steps of shared accounts against the entries that make them up.

INSERT INTO differences
SELECT 'posting', name, 'differs from the entries that it sums up',
    -- A single journal's entry is written beside its posting, not with it.
    CASE WHEN entries IS NULL AND single THEN steps.booked_at END
FROM steps LEFT JOIN made_up USING (account_id, number, seq)
WHERE (entries, made_up.amount) IS DISTINCT FROM (journal_count, steps.amount);

INSERT INTO differences
SELECT 'posting', name, 'journal ' || journal_id || ' has no such leg', NULL
FROM steps ANTI JOIN made_up USING (account_id, number, seq) ANTI JOIN legs USING (journal_id, account_id)
WHERE single;

INSERT INTO differences
SELECT 'entry', coalesce(
        (SELECT min(own.name) FROM own WHERE own.account_id = steps.account_id AND own.part = steps.number
            AND own.seq = steps.seq AND NOT list_contains(list_append(starts, steps.after), own.after)
            AND NOT list_contains(list_append(ends, steps.before), own.before)),
        steps.name),
    'its balance is no step''s', NULL
FROM steps JOIN made_up USING (account_id, number, seq)
WHERE list_sort(list_append(starts, steps.after)) <> list_sort(list_append(ends, before));

INSERT INTO differences
SELECT 'posting', account_id || CASE WHEN number > 0 THEN '~' || number ELSE '' END || '#' || seq,
    'is missing, and entries are part of it', CASE WHEN seq > last_seq AND seq <= version THEN made_up.booked_at END
FROM made_up ANTI JOIN steps USING (account_id, number, seq)
LEFT JOIN rows_now USING (account_id, number);

INSERT INTO differences
SELECT 'entry', shared.name, 'differs from its own entry', NULL
FROM shared JOIN own USING (account_id, journal_id)
WHERE (shared.kind, shared.reference, shared.counterparty, shared.booked_at)
    IS DISTINCT FROM (own.kind, own.reference, own.counterparty, own.booked_at);

INSERT INTO differences
SELECT 'posting', name, 'what its rows paid is not what it tells of',
    CASE WHEN account_id IN (SELECT account_id FROM behind) THEN booked_at END
FROM split_debits WHERE booked_at <= getvariable('cut');

-- Rows against their last step.

INSERT INTO differences
SELECT 'account', account_id, 'its missing postings are not what its journals tell of', NULL
FROM behind LEFT JOIN (SELECT account_id, count(*) AS legs, sum(amount) AS amount FROM pieces GROUP BY account_id)
    AS told USING (account_id)
WHERE NOT fresh AND (told.amount IS DISTINCT FROM behind.amount OR account_id LIKE 'wal_%' AND legs <> steps);

INSERT INTO differences
SELECT 'account', row_id, 'stores ' || coalesce(balance, 0) || ', its postings give ' || last_after, NULL
FROM rows_now
WHERE version = last_seq AND (last_after, last_booked_at) IS DISTINCT FROM (balance, booked_at);

INSERT INTO differences
SELECT 'account', row_id, 'stores ' || coalesce(balance, 0) || ', its postings give ' || after, NULL
FROM rows_now JOIN postings USING (row_id)
WHERE version < last_seq AND seq = version AND (after, postings.booked_at) IS DISTINCT FROM (balance, rows_now.booked_at);

INSERT INTO differences
SELECT 'account', row_id, 'the posting of its step ' || coalesce(version, -1) || ' is missing',
    CASE WHEN prefix <> 'int' THEN booked_at END
FROM rows_now
WHERE coalesce(version, last_seq + 1) > last_seq AND (prefix <> 'int' OR booked_at <= getvariable('cut'));

INSERT INTO differences
SELECT 'account', row_id, 'stores step ' || version || ', its postings go on to ' || last_seq, NULL
FROM rows_now
WHERE version < walked_seq OR version < last_seq AND EXISTS (
    FROM postings WHERE postings.row_id = rows_now.row_id AND seq > version AND postings.booked_at <= getvariable('cut'));

INSERT INTO differences
SELECT DISTINCT 'account', row_id, 'is booked on, and is not there', NULL
FROM postings ANTI JOIN accounts USING (row_id) WHERE booked_at <= getvariable('cut');

INSERT INTO differences
SELECT DISTINCT 'account', account_id, 'journals name it, and it is not there', NULL
FROM legs ANTI JOIN accounts ON accounts.row_id = legs.account_id
WHERE booked_at <= getvariable('cut')
    -- One of the bank's own is opened by its first posting.
    AND (prefix <> 'int' OR account_id IN (SELECT account_id FROM lines));

INSERT INTO differences
SELECT 'account', row_id, 'is one in ' || coalesce(accounts.currency, '') || ', journals on it are in '
    || legs.currency, NULL
FROM legs JOIN accounts ON accounts.row_id = legs.account_id WHERE legs.currency IS DISTINCT FROM accounts.currency
GROUP BY ALL;

INSERT INTO differences
SELECT 'account', row_id, 'was booked on at ' || booked_at || ', which is to come', NULL
FROM rows_now WHERE booked_at > getvariable('latest');

INSERT INTO differences
SELECT 'account', row_id, 'available ' || coalesce(available, 0) || ' is not balance less holds, and credit limit', NULL
FROM rows_now WHERE available IS DISTINCT FROM balance - held + coalesce(credit_limit, 0);

INSERT INTO differences
SELECT 'account', row_id, 'is overdrawn: ' || available, NULL FROM rows_now WHERE available < 0 AND prefix <> 'int';

INSERT INTO differences
SELECT 'account', row_id, 'has a credit limit, ' || credit_limit || ': its kind has none', NULL
FROM rows_now WHERE coalesce(credit_limit, 0) <> 0 AND prefix <> 'clr';

INSERT INTO differences
SELECT 'account', row_id, 'is a ' || coalesce(kind, '') || ' account by its row, and not by its id', NULL
FROM rows_now WHERE (kind, prefix)
    NOT IN (('wallet', 'wal'), ('points', 'pts'), ('settlement', 'stl'), ('clearing', 'clr'), ('internal', 'int'))
    OR kind IS NULL;

-- Points, whose row says itself in which lots they are; below, it says what of them is reserved.

INSERT INTO differences
SELECT 'account', row_id, 'has ' || available || ' points available, its lots are ' || coalesce(lots, 'none'), NULL
FROM rows_now WHERE prefix = 'pts' AND available IS DISTINCT FROM sum_of_lots(coalesce(lots, ''), 1);

-- Rows that keep one balance together. Those of the bank's own accounts come as they are booked on.

INSERT INTO differences
SELECT 'account', part.row_id, 'is no part of its account', NULL
FROM rows_now AS part LEFT JOIN rows_now AS own ON own.row_id = part.account_id
WHERE part.number > 0 AND part.opened_at <= getvariable('cut')
    AND part.number >= CASE WHEN own.prefix = 'int' THEN getvariable('parts_of_internal') ELSE coalesce(own.parts, 1) END;

INSERT INTO differences
SELECT 'account', own.row_id, 'has ' || count(part.row_id) || ' of its ' || own.parts || ' parts', NULL
FROM rows_now AS own JOIN rows_now AS part USING (account_id)
WHERE own.number = 0 AND own.parts > 1 AND own.prefix <> 'int'
GROUP BY own.row_id, own.parts HAVING count(part.row_id) < own.parts;

-- Holds.

INSERT INTO differences
SELECT 'account', coalesce(rows_now.row_id, open.account_id),
    'holds ' || coalesce(held, 0) || ', its open holds add up to ' || coalesce(amount, 0), NULL
FROM rows_now FULL JOIN (
    SELECT account_id, sum(amount) AS amount FROM open_holds SEMI JOIN touched USING (account_id) GROUP BY account_id
) AS open ON open.account_id = rows_now.row_id
WHERE coalesce(held, 0) <> coalesce(amount, 0) + sum_of_lots(coalesce(lots, ''), 2);

INSERT INTO differences
SELECT 'hold', hold_id, 'what it captured and returned is not what it held', NULL
FROM holds LEFT JOIN legs
    ON legs.journal_id = holds.journal_id AND legs.account_id = holds.account_id AND legs.amount = -captured
WHERE captured + returned <> CASE WHEN status = 'held' THEN 0 ELSE holds.amount END
    OR least(captured, returned) < 0
    OR (captured > 0) IS DISTINCT FROM (status = 'captured')
    OR CASE WHEN holds.journal_id IS NULL THEN captured <> 0 ELSE legs.journal_id IS NULL END;

-- Standing of each: what a consumer has still to write is late for as long as a stream remembers.

CREATE TEMP TABLE judged AS
SELECT DISTINCT what, id, detail, since,
    CASE WHEN since IS NULL THEN 'corrupt' WHEN since > getvariable('lost_before') THEN 'late' ELSE 'lost' END AS standing
FROM differences WHERE since IS NULL OR since <= getvariable('cut');
