"""Checks of the sources that linters of the languages do not know."""
