"""vLLM as a back end: its interpreter, its command line, chat templates, and why it ended."""
