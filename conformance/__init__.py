"""Holds every implementation against the goldens and against the others."""
