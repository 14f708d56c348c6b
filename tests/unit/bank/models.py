"""Models of these tests, over tables that exist: two kinds of rows in one, records of requests in another."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow


class Order(Table):
    """The first kind of row of a table with a sort key."""

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    amount = NumberAttribute()


class Remark(Table):
    """The second kind."""

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute()


class Job(IdempotentRow):
    """A record of a request, by hash key alone, with a counter that starts at `left`."""

    class Meta:
        table_name = table_name("movements")

    movement_id = UnicodeAttribute(hash_key=True)
    left = NumberAttribute(default=0)
