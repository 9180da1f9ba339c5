"""Benchmarks of time and memory; the targets are in README.md."""
