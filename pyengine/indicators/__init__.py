"""Indicators, each with a batch and a streaming form that agree bit for bit."""
