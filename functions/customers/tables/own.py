"""Notices and copies of their data, which customers read, in the table `customers`."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from bank.store import Table, table_name

EXPORT, EXPORTS, NOTICE = "export#", "exports", "notice#"


class ExportRow(Table):
    """An export of a customer's own data. Whether its parts are there is for the bucket to say."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    requested_at = UnicodeAttribute()
    # The last instant that it can be fetched.
    until = UnicodeAttribute()
    # The session that asked for it, which alone may fetch it, and what the customer showed there.
    session_id = UnicodeAttribute()
    method = UnicodeAttribute()
    purge_at = NumberAttribute()

    @property
    def export_id(self) -> str:
        """`exp_...`: the folder of its parts."""
        return self.record.removeprefix(EXPORT)


class ExportsRow(Table):
    """Bound of a customer's exports: the newest, and how many more a business date allows."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=EXPORTS)
    newest = UnicodeAttribute()
    day = UnicodeAttribute()
    left = NumberAttribute()
    purge_at = NumberAttribute()


class NoticeRow(Table):
    """A notice of what was done in a customer's name; created with it and never changed until they leave."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    at = UnicodeAttribute()
    # The new device, and what its channel calls it.
    device_id = UnicodeAttribute(null=True)
    device_name = UnicodeAttribute(null=True)
    # The new phone, masked.
    phone_masked = UnicodeAttribute(null=True)
    # The phone that they had before, to which the message goes: as the profile had it.
    phone_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    purge_at = NumberAttribute()

    @property
    def notice_id(self) -> str:
        """`ntc_...`: stands behind the instant in the record, so that records sort by time."""
        return self.record.rpartition("#")[2]
