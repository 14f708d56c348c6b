-- Move the checkpoints on. Only a pass that found nothing wrong does.

CREATE TEMP TABLE waiting AS
SELECT * EXCLUDE (name) FROM own
WHERE (account_id, part, seq) IN (
        SELECT (account_id, number, seq) FROM made_up ANTI JOIN steps USING (account_id, number, seq))
    OR seq = 0 AND (account_id, journal_id) IN (SELECT (account_id, journal_id) FROM split_debits)
UNION ALL
SELECT * EXCLUDE (name) FROM shared
WHERE name IN (SELECT steps.name FROM steps ANTI JOIN made_up USING (account_id, number, seq))
    OR (account_id, journal_id) IN (SELECT (account_id, journal_id) FROM split_debits);

CREATE TEMP TABLE open_now AS FROM open_holds;

DELETE FROM kept_accounts WHERE row_id IN (SELECT row_id FROM rows_now);
INSERT INTO kept_accounts BY NAME SELECT * EXCLUDE (walked_seq) FROM rows_now;
DELETE FROM kept_holds;
INSERT INTO kept_holds FROM open_now;
DELETE FROM kept_legs;
INSERT INTO kept_legs SELECT * EXCLUDE (contradicts) FROM unmet;
DELETE FROM kept_entries;
INSERT INTO kept_entries FROM waiting;
DELETE FROM kept_until;
INSERT INTO kept_until VALUES (getvariable('until'));
