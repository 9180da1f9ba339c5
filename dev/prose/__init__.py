"""Rules of the project's written English, and the texts that they apply to."""
