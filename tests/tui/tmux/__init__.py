"""The installed command on a terminal: in tmux, as a user sees it."""
