"""What it costs: time and memory, measured side by side; `make bench` runs them."""
