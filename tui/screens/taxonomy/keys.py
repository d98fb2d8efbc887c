"""The keys of the Taxonomy pane; those of its editors and lists stand with these."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("ctrl+s", "save_leaf", "Save", id="taxonomy.save-leaf", tooltip="Write the text to its file."),
    Binding(
        "f2",
        "show_attribution",
        "Attribution",
        show=False,
        id="taxonomy.show-attribution",
        tooltip="Edit the leaf's attribution.txt: whose work it is made from, and under which license.",
    ),
    Binding(
        "f6",
        "show_documents",
        "Docs",
        priority=True,  # the editor would select a line
        key_display="F6",
        id="taxonomy.show-documents",
        tooltip="Show the leaf's documents, or go between them and the text.",
    ),
    Binding(
        "f7",
        "fix_problem",
        "Fix",
        show=False,
        priority=True,  # the editor would select all
        key_display="F7",
        id="taxonomy.fix-problem",
        tooltip="Mend the problem under the cursor, if that is mechanical.",
    ),
    Binding(
        "f8",
        "go_to_problem(1)",
        "Problem",
        key_display="F8",
        id="taxonomy.next-problem",
        tooltip="Go to the next problem, through all leaves.",
    ),
    # Many terminals tell F20 for shift+F8.
    Binding(
        "shift+f8,f20",
        "go_to_problem(-1)",
        "Problem before",
        show=False,
        key_display="shift+F8",
        id="taxonomy.previous-problem",
        tooltip="Go to the problem before.",
    ),
    Binding(
        "f9",
        "draft_pairs",
        "Draft pairs",
        show=False,
        id="taxonomy.draft-pairs",
        tooltip="Let a model draft pairs for the context at the cursor; you take or leave each.",
    ),
    Binding(
        "f3",
        "fix_all",
        "Fix all",
        show=False,
        id="taxonomy.fix-all",
        tooltip="Mend all that is mechanical in the leaf: spaces, indentation, the end of the file.",
    ),
    Binding(
        "f4",
        "edit_outside",
        "Other editor",
        show=False,
        id="taxonomy.edit-outside",
        tooltip="Save, and edit the leaf with the program that EDITOR names.",
    ),
    Binding(
        "ctrl+g",
        "show_git",
        "Git",
        id="taxonomy.show-git",
        tooltip="The leaf's state and diff in git; stage it, commit it.",
    ),
    Binding("n", "make_leaf", "New", id="taxonomy.make-leaf", tooltip="Make a new leaf."),
    Binding("e", "edit_leaf", "Edit", id="taxonomy.edit-leaf", tooltip="Go to the open leaf's text."),
    Binding(
        "slash",
        "filter_leaves",
        "Filter",
        id="taxonomy.filter-leaves",
        tooltip="Show only leaves that contain a text.",
    ),
    Binding(
        "escape",
        "leave_problems",
        "Back",
        id="taxonomy.leave-problems",
        tooltip="Go from the problems back to the text, or to the tree.",
    ),
    Binding("r", "read_tree", "Refresh", show=False, id="taxonomy.read-tree", tooltip="Look for leaves again."),
]
