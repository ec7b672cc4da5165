"""Whose fault a difference is: root or consequence, and the smallest case that still shows it."""
