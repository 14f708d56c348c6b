"""What the staff room does, by what it does it with: units, roles, members, logins."""
