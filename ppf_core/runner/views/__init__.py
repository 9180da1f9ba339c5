"""Tracks the temp views that components create, replace and drop."""
