"""Queries that find the patterns, in DuckDB.

They run over the table `movements` (SCHEMA) and the view `legs`: each movement as its two accounts see it
(account_id, direction in|out, other). Amounts are minor units, instants UTC, days those of business in
Shanghai. Each answers rows of FINDING.
"""

from aml.domain.patterns.findings import Pattern

# The columns of a finding: record_ids is a list, in order of time.
FINDING = ("account_id", "currency", "since", "until", "amount", "movements", "record_ids", "parties")


SCHEMA = {
    "event_id": "VARCHAR",
    "record_id": "VARCHAR",
    "moved_at": "TIMESTAMP",
    "day": "DATE",
    "kind": "VARCHAR",
    "from_account": "VARCHAR",
    "to_account": "VARCHAR",
    "amount": "BIGINT",
    "currency": "VARCHAR",
    "cash": "BOOLEAN",
}


LEGS = """
CREATE VIEW legs AS
SELECT to_account AS account_id, 'in' AS direction, from_account AS other,
       * EXCLUDE (from_account, to_account)
FROM movements WHERE to_account <> ''
UNION ALL
SELECT from_account, 'out', to_account, * EXCLUDE (from_account, to_account)
FROM movements WHERE from_account <> ''
"""


# What a day's transfers of an account have to come to. Other currencies have no threshold and give NULL.
TRANSFER_THRESHOLD = """CASE currency
    WHEN 'CNY' THEN CASE WHEN account_id LIKE 'stl_%' THEN $large_transfer_business ELSE $large_transfer END
    WHEN 'USD' THEN CASE WHEN account_id LIKE 'stl_%' THEN $large_transfer_business_usd
                         ELSE $large_transfer_usd END
END"""
# Movements that are transfers by law; payments to merchants, and their refunds, are none.
TRANSFERS = "('transfer', 'deposit', 'withdrawal', 'payout')"


# Cash in or out of an account in one day (rule 091, amount against a regulatory threshold).
LARGE_CASH = """
SELECT account_id, currency, min(moved_at), max(moved_at), sum(amount), count(*),
       list(record_id ORDER BY moved_at, record_id), 1
FROM legs WHERE cash
GROUP BY account_id, direction, currency, day
HAVING sum(amount) >= CASE currency WHEN 'CNY' THEN $large_cash WHEN 'USD' THEN $large_cash_usd END
"""


# The same of transfers between accounts.
LARGE_TRANSFER = f"""
SELECT account_id, currency, min(moved_at), max(moved_at), sum(amount), count(*),
       list(record_id ORDER BY moved_at, record_id), count(DISTINCT other)
FROM legs WHERE NOT cash AND kind IN {TRANSFERS}
GROUP BY account_id, direction, currency, day
HAVING sum(amount) >= {TRANSFER_THRESHOLD}
"""


# Several movements within days, in one direction, each just under the threshold (rules 006 and 091).
STRUCTURING = f"""
WITH days AS (
    SELECT *,
           CASE WHEN NOT cash THEN {TRANSFER_THRESHOLD}
                ELSE CASE currency WHEN 'CNY' THEN $large_cash WHEN 'USD' THEN $large_cash_usd END
           END::BIGINT AS threshold
    FROM legs WHERE kind IN {TRANSFERS}
), under AS (
    SELECT *, day - lag(day, 1, day) OVER run > $structuring_days AS apart
    FROM days
    WHERE amount < threshold AND amount * 100 >= threshold * $just_under_percent
    WINDOW run AS (PARTITION BY account_id, direction, cash, currency ORDER BY moved_at, record_id)
), runs AS (
    SELECT *, sum(apart::INT) OVER (
        PARTITION BY account_id, direction, cash, currency ORDER BY moved_at, record_id
    ) AS run
    FROM under
), close AS (
    SELECT *, count(*) OVER (
        PARTITION BY account_id, direction, cash, currency, run ORDER BY day
        RANGE BETWEEN CURRENT ROW AND to_days($structuring_days::INT - 1) FOLLOWING
    ) AS within
    FROM runs
)
SELECT account_id, currency, min(moved_at), max(moved_at), sum(amount), count(*),
       list(record_id ORDER BY moved_at, record_id), count(DISTINCT other)
FROM close
GROUP BY account_id, direction, cash, currency, run
HAVING max(within) >= $structuring_count
"""


# Money from many goes on to many within hours (rules 016, 017: convergence, divergence; a mule).
FAN_IN_FAN_OUT = """
WITH ends AS (
    SELECT account_id, currency, moved_at AS until FROM legs WHERE direction = 'out' AND kind = 'transfer'
), through AS (
    SELECT e.account_id, e.currency, e.until,
           count(DISTINCT other) FILTER (WHERE direction = 'in') AS senders,
           count(DISTINCT other) FILTER (WHERE direction = 'out') AS receivers,
           coalesce(sum(amount) FILTER (WHERE direction = 'in'), 0) AS came,
           coalesce(sum(amount) FILTER (WHERE direction = 'out'), 0) AS went,
           min(moved_at) AS since, list(record_id ORDER BY moved_at, record_id) AS record_ids
    FROM ends e JOIN legs l ON l.account_id = e.account_id AND l.currency = e.currency AND l.kind = 'transfer'
         AND l.moved_at <= e.until AND l.moved_at > e.until - to_hours($fan_hours::INT)
    GROUP BY ALL
), found AS (
    SELECT *, row_number() OVER (
        PARTITION BY account_id, currency, since::DATE ORDER BY went DESC, until
    ) AS place
    FROM through
    WHERE senders >= $fan_senders AND receivers >= $fan_receivers AND came >= $fan_amount
          AND went * 100 >= came * $fan_passed_on_percent
)
SELECT account_id, currency, since, until, came, len(record_ids), record_ids, senders + receivers
FROM found WHERE place = 1
"""


# An account wakes after months and moves much at once (rules 003, 004 and 010: dormancy, increased activity).
DORMANT_BURST = """
WITH gaps AS (
    SELECT *, lag(moved_at) OVER (PARTITION BY account_id ORDER BY moved_at, record_id) AS before FROM legs
), wakes AS (
    SELECT account_id, moved_at AS woke FROM gaps WHERE moved_at - before >= to_days($dormant_days::INT)
)
SELECT w.account_id, l.currency, min(l.moved_at), max(l.moved_at), sum(l.amount), count(*),
       list(l.record_id ORDER BY l.moved_at, l.record_id), count(DISTINCT l.other)
FROM wakes w JOIN legs l ON l.account_id = w.account_id
     AND l.moved_at >= w.woke AND l.moved_at < w.woke + to_days($dormant_burst_days::INT)
GROUP BY w.account_id, w.woke, l.currency
HAVING count(*) >= $dormant_burst_count AND sum(l.amount) >= $dormant_burst_amount
"""


# Money comes back to where it started over two or three others, nearly whole (rule 027, mirroring).
ROUND_TRIP = """
WITH RECURSIVE steps AS (
    SELECT from_account AS start, to_account AS place, currency, moved_at AS since, moved_at AS until,
           amount AS first, amount AS least, [record_id] AS record_ids, [from_account, to_account] AS visited
    FROM movements WHERE kind = 'transfer' AND amount >= $round_trip_amount
    UNION ALL
    SELECT s.start, m.to_account, s.currency, s.since, m.moved_at, s.first, least(s.least, m.amount),
           list_append(s.record_ids, m.record_id), list_append(s.visited, m.to_account)
    FROM steps s JOIN movements m ON m.from_account = s.place AND m.currency = s.currency
         AND m.kind = 'transfer'
         AND m.moved_at > s.until AND m.moved_at <= s.since + to_days($round_trip_days::INT)
         AND m.amount <= s.first AND m.amount * 100 >= s.first * $round_trip_kept_percent
    WHERE s.place <> s.start AND len(s.record_ids) < 4
          AND (m.to_account = s.start OR NOT list_contains(s.visited, m.to_account))
)
SELECT start, currency, since, until, least, len(record_ids), record_ids, len(visited) - 1
FROM steps WHERE place = start AND len(record_ids) >= 3
QUALIFY row_number() OVER (PARTITION BY record_ids[1] ORDER BY until, record_ids) = 1
"""


QUERIES: dict[Pattern, str] = {
    Pattern.LARGE_CASH: LARGE_CASH,
    Pattern.LARGE_TRANSFER: LARGE_TRANSFER,
    Pattern.STRUCTURING: STRUCTURING,
    Pattern.FAN_IN_FAN_OUT: FAN_IN_FAN_OUT,
    Pattern.DORMANT_BURST: DORMANT_BURST,
    Pattern.ROUND_TRIP: ROUND_TRIP,
}
