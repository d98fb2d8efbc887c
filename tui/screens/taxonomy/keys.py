"""The keys of the Taxonomy pane; the keys of its editors and lists are declared there."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "escape",
        "leave_problems",
        "Back",
        id="taxonomy.leave-problems",
        tooltip="Return from the problems to the text, or to the tree.",
    ),
    Binding("ctrl+s", "save_leaf", "Save", id="taxonomy.save-leaf", tooltip="Write the text to its file."),
    Binding(
        "f2",
        "show_attribution",
        "Attribution",
        show=False,
        id="taxonomy.show-attribution",
        tooltip="Edit the leaf's attribution.txt: source, creators and license of the work it is based on.",
    ),
    Binding(
        "f7",
        "fix_problem",
        "Fix",
        show=False,
        priority=True,  # the editor would select all
        key_display="F7",
        id="taxonomy.fix-problem",
        tooltip="Fix the problem under the cursor, if it can be fixed automatically.",
    ),
    Binding(
        "f8",
        "go_to_problem(1)",
        "Problem",
        key_display="F8",
        id="taxonomy.next-problem",
        tooltip="Go to the next problem, through all leaves.",
    ),
    Binding(
        "f10",
        "explain_problem",
        "Explain",
        show=False,
        key_display="F10",
        id="taxonomy.explain-problem",
        tooltip="Show the whole message and hint of the problem at the cursor.",
    ),
    # Many terminals send F20 for shift+F8.
    Binding(
        "shift+f8,f20",
        "go_to_problem(-1)",
        "Previous problem",
        show=False,
        key_display="shift+F8",
        id="taxonomy.previous-problem",
        tooltip="Go to the previous problem.",
    ),
    Binding(
        "f9",
        "draft_pairs",
        "Draft pairs",
        show=False,
        id="taxonomy.draft-pairs",
        tooltip="Have a model draft pairs for the context at the cursor; you accept or skip each.",
    ),
    Binding(
        "f3",
        "fix_all",
        "Fix all",
        show=False,
        id="taxonomy.fix-all",
        tooltip="Fix all formatting in this leaf: spaces, indentation, the end of the file.",
    ),
    Binding(
        "f4",
        "edit_outside",
        "External editor",
        show=False,
        id="taxonomy.edit-outside",
        tooltip="Save, then edit the leaf in the program set in EDITOR.",
    ),
    Binding(
        "ctrl+g",
        "show_git",
        "Git",
        id="taxonomy.show-git",
        tooltip="Show the leaf's state and diff in git; stage and commit it.",
    ),
    Binding("n", "make_leaf", "New", id="taxonomy.make-leaf", tooltip="Create a leaf."),
    Binding("i", "edit_leaf", "Write", id="taxonomy.edit-leaf", tooltip="Go to the open leaf's text."),
    Binding(
        "slash",
        "filter_leaves",
        "Filter",
        id="taxonomy.filter-leaves",
        tooltip="Filter leaves by text.",
    ),
    Binding(
        "f6",
        "show_documents",
        "Docs",
        priority=True,  # the editor would select a line
        key_display="F6",
        id="taxonomy.show-documents",
        tooltip="Show the leaf's documents; if shown, switch between them and the text.",
    ),
    Binding("f5", "read_tree", "Refresh", show=False, id="taxonomy.read-tree", tooltip="Read the tree again."),
]
