"""Plans a run: which components it selects, runs, restores, replays or skips."""
