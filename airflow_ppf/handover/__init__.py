"""Passes views between tasks of one pipeline, through XCom records and shared Spark Connect sessions."""
