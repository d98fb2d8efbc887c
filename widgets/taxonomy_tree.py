"""The tree of a taxonomy's leaves, with what each is and what lint says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from widgets.glyphs import Glyphs
from widgets.leaf_tree import Counts, Entry, entries_in

OPEN_ALL = 60
"""Up to so many leaves the whole tree is open at first."""

TOP = PurePosixPath()


class TaxonomyTree(Tree[Entry]):
    """Folders are filled when they are opened."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"taxonomy-tree--error", "taxonomy-tree--warning", "taxonomy-tree--quiet"}

    DEFAULT_CSS = """
    TaxonomyTree {
        padding: 0 1;
        background: $surface;
        scrollbar-size: 0 1;
        overflow-x: hidden;
        .taxonomy-tree--error { color: $text-error; }
        .taxonomy-tree--warning { color: $text-warning; }
        .taxonomy-tree--quiet { color: $foreground-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False, id="tree.down"),
        Binding("k", "cursor_up", show=False, id="tree.up"),
        Binding("right", "open_node", "Open", show=False, id="tree.open", tooltip="Open the folder."),
        Binding("left", "close_node", "Close", show=False, id="tree.close", tooltip="Close the folder, or go up."),
        Binding("enter", "select_cursor", "Open", show=False, id="tree.select", tooltip="Open the leaf or folder."),
        Binding("space", "toggle_node", "Toggle", show=False, id="tree.toggle", tooltip="Open or close the folder."),
    ]

    class LeafChosen(Message):
        """A leaf is to be opened."""

        def __init__(self, path: PurePosixPath) -> None:
            super().__init__()
            self.path = path

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__("", id=id)
        self._glyphs = glyphs
        self._files: tuple[PurePosixPath, ...] = ()
        self._counts: dict[PurePosixPath, Counts] = {}
        self.show_root = False
        self.guide_depth = 2
        self.show_guides = False

    def set_files(self, files: Sequence[PurePosixPath], *, open_all: bool = False) -> None:
        """Show these leaves' files; folders that were open stay so."""
        opened = {node.data.path for node in self._nodes_below(self.root) if node.is_expanded and node.data}
        at = self.cursor_node.data.path if self.cursor_node and self.cursor_node.data else None
        self._files = tuple(files)
        self.root.remove_children()
        self._fill(self.root, TOP, None if open_all or (not opened and len(files) <= OPEN_ALL) else opened)
        self.root.expand()
        first = self.get_node_at_line(0)  # asking for it also gives the new nodes their lines
        found = next((node for node in self._nodes_below(self.root) if node.data and node.data.path == at), first)
        if found is not None:
            self.move_cursor(found)

    def set_counts(self, counts: Mapping[PurePosixPath, Counts]) -> None:
        """What lint found in each file; those not told keep theirs."""
        totals = {path: found for path, found in self._counts.items() if path in self._files}
        totals.update(counts)
        self._counts = dict(totals)
        for path, found in totals.items():
            for parent in path.parents:
                self._counts[parent] = self._counts.get(parent, Counts()) + found
        self._draw_anew()

    def _draw_anew(self) -> None:
        self.notify_style_update()  # drops the lines that were drawn with the old counts
        self.refresh()

    def _fill(self, node: TreeNode[Entry], folder: PurePosixPath, opened: set[PurePosixPath] | None) -> None:
        """Add what a folder holds; `opened` names the folders to fill, too, None stands for all."""
        for entry in entries_in(folder, self._files):
            if entry.is_folder:
                child = node.add(entry.name, entry)
                if opened is None or entry.path in opened:
                    self._fill(child, entry.path, opened)
                    child.expand()
            else:
                node.add_leaf(entry.name, entry)

    def _nodes_below(self, node: TreeNode[Entry]) -> list[TreeNode[Entry]]:
        return [below for child in node.children for below in (child, *self._nodes_below(child))]

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Entry]) -> None:
        event.stop()
        if event.node.data is not None and not event.node.children:
            self._fill(event.node, event.node.data.path, set())

    def on_tree_node_selected(self, event: Tree.NodeSelected[Entry]) -> None:
        event.stop()
        if event.node.data is not None and not event.node.data.is_folder:
            self.post_message(self.LeafChosen(event.node.data.path))

    def action_open_node(self) -> None:
        if self.cursor_node is not None and self.cursor_node.allow_expand:
            self.cursor_node.expand()

    def action_close_node(self) -> None:
        node = self.cursor_node
        if node is not None and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node is not None and node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    def render_label(self, node: TreeNode[Entry], base_style: Style, style: Style) -> Text:
        entry = node.data
        if entry is None:
            return Text("")
        glyphs = self._glyphs
        if entry.is_folder:
            sign = glyphs.folder_open if node.is_expanded else glyphs.folder_closed
        elif entry.path.parts[0] == "knowledge":
            sign = glyphs.knowledge
        elif entry.path.parts[0] == "compositional_skills":
            sign = glyphs.skill
        else:
            sign = glyphs.file
        counts = self._counts.get(entry.path, Counts())
        quiet = self.get_component_rich_style("taxonomy-tree--quiet", partial=True)
        label = Text.assemble((f"{sign} ", base_style + quiet), (entry.name, style))
        if counts.errors:
            error = self.get_component_rich_style("taxonomy-tree--error", partial=True)
            label.append(f" {glyphs.error}{counts.errors}", base_style + error)
        if counts.warnings:
            warning = self.get_component_rich_style("taxonomy-tree--warning", partial=True)
            label.append(f" {glyphs.warning}{counts.warnings}", base_style + warning)
        return label
