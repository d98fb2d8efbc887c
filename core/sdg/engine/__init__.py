"""Taking rows through a pipeline: requests, replies kept on disk, progress."""
