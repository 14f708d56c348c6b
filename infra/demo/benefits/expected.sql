-- What has to come of the demo, from the purchases alone: one row for each figure (product, figure, amount).
-- Money is in minor units. Parameters are those of `infra.demo.benefits.plan`.
with lines as (
    select row_number() over () as line, string_split_regex(trim(text), '\s+') as part
    from read_csv($path, columns = {'text': 'varchar'}, header = false, delim = '|', quote = '', escape = '')
),
purchases as (
    select line, part[2]::int as customer, part[3] as day, (part[5]::decimal(12, 2) * 100)::bigint as cents
    from lines
),
sample as (
    select customer from purchases group by customer
    having count(*) between $fewest and $most and min(cents) > 0 and sum(cents) <= $spent
    order by customer limit $customers
),
visits as (
    select *, row_number() over (partition by customer order by day, line) as visit
    from purchases where customer in (from sample)
),
discounted as (
    select *, visit > 1 and cents >= $step_1
        and count(*) filter (visit > 1 and cents >= $step_1)
            over (partition by customer order by visit) <= $coupons_each as used
    from visits
),
priced as (
    select *, case when not used then 0 when cents >= $step_3 then $off_3 when cents >= $step_2 then $off_2
        else $off_1 end as discount,
        count(*) filter (used) over (order by line) as number
    from discounted
),
refunded as (
    select *, case when not used or number % $half_every > 0 then 0 when number % $whole_every > 0 then cents // 2
        else cents end as refund
    from priced
),
-- A part of a discount is that of the price, rounded half up.
returned as (
    select *, (2 * discount * refund + cents) // (2 * cents) as discount_back from refunded
),
-- The head office's share is by largest remainder, what goes back of it by what each bore.
borne as (
    select *, discount * $head_office // 10000
        + (discount * $head_office % 10000 >= discount * $merchant % 10000 and discount * $head_office % 10000 > 0)::int
        as head from returned
),
shared as (
    select *, (cents * $fee + 5000) // 10000 as fee, case when discount = 0 then 0 else discount_back * head // discount
        + (discount_back * head % discount >= discount_back * (discount - head) % discount
            and discount_back * head % discount > 0)::int end as head_back
    from borne
),
tiers as (
    select customer, max(cents // 100) filter (visit = 1) as first_points from shared group by customer
),
-- Earned and taken back is by what customers pay and get in money.
points as (
    select customer, first_points, visit, cents - discount as paid, refund - discount_back as back,
        case when visit > 1 and first_points >= $gold_from then paid // 100 * $gold_percent // 100
        else paid // 100 end as earned
    from shared join tiers using (customer)
),
kept as (select *, (2 * earned * (paid - back) + paid) // (2 * paid) as held from points),
totals as (
    select coalesce(sum(held), 0) as issued,
        count(*) filter (visit = 1 and first_points >= $gold_from) as gold,
        $redeemed * count(*) filter (visit = 1 and first_points >= $redeemed) as spent
    from kept
),
ranked as (
    select customer, row_number() over (order by customer) as rank
    from (select distinct customer from purchases) order by customer limit $claimants
),
claims as (
    select coalesce(sum(case when rank <= $first then $claims_first else $claims_each end), 0) as asked from ranked
),
coupons as (
    select count(distinct customer) * $coupons_each as issued,
        count(*) filter (used and refund < cents) as redeemed,
        coalesce(sum(head - head_back), 0) as head_office,
        coalesce(sum(discount - discount_back - head + head_back), 0) as merchant,
        coalesce(sum(cents - refund - discount + discount_back), 0) as customers,
        -- A fee is of the order's value, and goes back with refunds like a discount.
        coalesce(sum(fee - (2 * fee * refund + cents) // (2 * cents)), 0) as fees
    from shared
)
select unnest([
    {'product': 'coupon', 'figure': 'issued', 'amount': issued},
    {'product': 'coupon', 'figure': 'held', 'amount': 0},
    {'product': 'coupon', 'figure': 'redeemed', 'amount': redeemed},
    {'product': 'coupon', 'figure': 'expired', 'amount': issued - redeemed},
    {'product': 'coupon', 'figure': 'left', 'amount': $stock - issued},
    {'product': 'coupon', 'figure': 'budget left', 'amount': $stock * $off_3 - head_office - merchant},
    {'product': 'coupon', 'figure': 'borne by head office', 'amount': head_office},
    {'product': 'coupon', 'figure': 'borne by merchant', 'amount': merchant},
    {'product': 'coupon', 'figure': 'paid by customers', 'amount': customers},
    {'product': 'coupon', 'figure': 'fees', 'amount': fees},
    {'product': 'coupon', 'figure': 'for the merchant', 'amount': customers + head_office - fees}
], recursive := true) from coupons
union all
select unnest([
    {'product': 'points', 'figure': 'issued', 'amount': issued},
    {'product': 'points', 'figure': 'held', 'amount': issued - spent},
    {'product': 'points', 'figure': 'redeemed', 'amount': spent},
    {'product': 'points', 'figure': 'expired', 'amount': 0},
    {'product': 'points', 'figure': 'in the second tier', 'amount': gold}
], recursive := true) from totals
union all
select unnest([
    {'product': 'pool', 'figure': 'claims', 'amount': asked},
    {'product': 'pool', 'figure': 'issued', 'amount': least($codes, asked)},
    {'product': 'pool', 'figure': 'held', 'amount': least($codes, asked)},
    {'product': 'pool', 'figure': 'redeemed', 'amount': 0},
    {'product': 'pool', 'figure': 'expired', 'amount': 0},
    {'product': 'pool', 'figure': 'left', 'amount': $codes - least($codes, asked)},
    {'product': 'pool', 'figure': 'refused', 'amount': asked - least($codes, asked)}
], recursive := true) from claims
