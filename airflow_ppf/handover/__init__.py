"""Hand-over of views between the tasks of a pipeline, by XCom and shared Spark Connect sessions."""
