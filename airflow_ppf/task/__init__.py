"""The run of one task: its identity, its arguments, whether it resumes, and how it ends."""
