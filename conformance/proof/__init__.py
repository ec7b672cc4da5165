"""A proof for users: their strategy, their data, their exceptions, and which part is to blame."""
