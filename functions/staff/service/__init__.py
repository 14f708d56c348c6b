"""Use cases of the staff room: units, roles, members, logins."""
