"""The Taxonomy pane: the tree of leaves, the editor, documents, drafts and git."""
