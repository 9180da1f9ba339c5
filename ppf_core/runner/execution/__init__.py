"""Executes a plan: scheduling, retries, cancellation and the call of one component."""
