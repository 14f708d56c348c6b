"""The staff room's tables: members of staff, their login names, custom roles; the tree is the kernel's."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import clock
from bank.access.principal import Ownership
from bank.access.staff import credentials_digest
from bank.credentials import lockout
from bank.credentials.totp import Enrolled
from bank.store import Table, table_name
from staff.domain.roles import Grant, Role

INVITED, ACTIVE, SUSPENDED = "invited", "active", "suspended"
ROLES = "bank"


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The members of a unit."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_id = UnicodeAttribute(hash_key=True)
    staff_id = UnicodeAttribute(range_key=True)


class MemberRow(Enrolled):
    """A member of staff.

    Invited, they have `initial_hash` (of the enrolment secret) until they have enrolled, and what they enrol
    in `pending_*` until they have logged in, both until `initial_until`; active, `password_hash` and
    `totp_secret` (sealed, as is the pending one, for this record). `version` counts every change that a login
    or a change of roles must not overlook.
    """

    class Meta:
        table_name = table_name("staff")

    staff_id = UnicodeAttribute(hash_key=True)
    login_name = UnicodeAttribute()
    display_name = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    # Sealed. Enrolment secrets go there and nowhere else.
    phone = BinaryAttribute(null=True, legacy_encoding=False)
    status = UnicodeAttribute()
    status_reason = UnicodeAttribute(null=True)
    version = NumberAttribute(default=0)
    grants: JSONAttribute = JSONAttribute(null=True)
    initial_hash = UnicodeAttribute(null=True)
    initial_until = UnicodeAttribute(null=True)
    pending_hash = UnicodeAttribute(null=True)
    pending_totp = BinaryAttribute(null=True, legacy_encoding=False)
    password_hash = UnicodeAttribute(null=True)
    totp_secret = BinaryAttribute(null=True, legacy_encoding=False)
    created_at = UnicodeAttribute()
    # Stays when what it gave has ended or was taken away.
    glass_broken_at = UnicodeAttribute(null=True)
    by_unit = ByUnit()

    @property
    def roles(self) -> list[Grant]:
        """The roles they have, each for a unit; not those whose time is over."""
        given, now = [Grant(**grant) for grant in self.grants or ()], clock.instant()
        return [grant for grant in given if grant.stands(now)]

    def may_enrol(self) -> bool:
        """Return whether they are invited, and the time that they have for it is not over."""
        return self.status == INVITED and clock.instant() < (self.initial_until or "")

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(unit_id=self.unit_id)

    @property
    def credentials_digest(self) -> str:
        """Digest of all that they are let in by; salts and sealing make it no help in guessing any."""
        return credentials_digest(self.serialize())


class LoginNameRow(Table):
    """Owner of a login name, which makes it unique."""

    class Meta:
        table_name = table_name("staff-logins")

    login_name = UnicodeAttribute(hash_key=True)
    staff_id = UnicodeAttribute()


class TriesRow(lockout.TriesRow):
    """Failures in a row at logging in as somebody, whether there is such a member or not, or in a session."""

    class Meta:
        table_name = table_name("staff-challenges")

    challenge = UnicodeAttribute(hash_key=True)


class DeviceRow(Table):
    """A device that a member has logged in from, beside the tries. Its secret is kept as a digest.

    `credentials`: digest of the password hash that it came with.
    """

    class Meta:
        table_name = table_name("staff-challenges")

    challenge = UnicodeAttribute(hash_key=True)
    secret_digest = UnicodeAttribute()
    credentials = UnicodeAttribute()
    purge_at = NumberAttribute()

    @property
    def device_id(self) -> str:
        """`dev_...`."""
        return self.challenge.rpartition("#")[2]


class CustomRoleRow(Table):
    """A role that the head office has made. Its permissions never change: what was given stays what it is."""

    class Meta:
        table_name = table_name("staff-roles")

    register = UnicodeAttribute(hash_key=True, default=ROLES)
    role_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    permissions = UnicodeSetAttribute()
    retired = BooleanAttribute(default=False)
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()

    def to_domain(self) -> Role:
        """The role as the rules know it."""
        return Role(self.role_id, self.name, frozenset(self.permissions), retired=bool(self.retired))


class TreeVersionRow(Table):
    """Version of the organisation's tree. Every change is conditioned on it: they come one by one."""

    class Meta:
        table_name = table_name("organisation")

    tree = UnicodeAttribute(hash_key=True, default="bank#version")
    unit_id = UnicodeAttribute(range_key=True, default="-")
    version = NumberAttribute(default=0)


VERSION = (TreeVersionRow, "bank#version", "-")
