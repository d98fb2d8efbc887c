"""The tree of a taxonomy's leaves, with kind, git state and number of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from core.taxonomy.authoring.leaf_folders import Counts, Entry, entries_in, leaves_below
from core.taxonomy.layout.tree import FOUNDATIONAL
from widgets.glyphs import Glyphs
from widgets.tree.git_state import SIGNS

OPEN_ALL = 60
"""Up to this number of leaves, the whole tree is open at first and while a filter is on."""

CHUNK = 150
"""Entries of a folder that are added at once; 2,000 would take 0.1 s."""

CHUNK_SECONDS = 0.01
"""Pause between two chunks, for keys and drawing."""

TOP = PurePosixPath()

PART = "taxonomy-tree--"


class TaxonomyTree(Tree[Entry]):
    """Fills folders when they are opened."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"{PART}{name}" for name in ("error", "warning", "quiet", "modified", "staged", "untracked")
    }

    DEFAULT_CSS = """
    TaxonomyTree {
        padding: 0 1;
        background: $surface;
        scrollbar-size: 0 1;
        overflow-x: hidden;
        .taxonomy-tree--error { color: $text-error; }
        .taxonomy-tree--warning { color: $text-warning; }
        .taxonomy-tree--quiet { color: $foreground-muted; }
        .taxonomy-tree--modified { color: $text-warning; }
        .taxonomy-tree--staged { color: $text-success; }
        .taxonomy-tree--untracked { color: $text-accent; }
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
        """The user chose a leaf to open."""

        def __init__(self, path: PurePosixPath) -> None:
            super().__init__()
            self.path = path

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(Text(""), id=id)  # for a str, Textual would load its emoji table
        self._glyphs = glyphs
        self._kinds = {
            "knowledge": glyphs.knowledge,
            "compositional_skills": glyphs.skill,
            FOUNDATIONAL: glyphs.foundational,
        }
        self._files: tuple[PurePosixPath, ...] = ()
        self._counts: dict[PurePosixPath, Counts] = {}
        self._states: Mapping[PurePosixPath, str] = {}
        self._leaves: Counter[PurePosixPath] = Counter()
        """The number of leaves below each folder."""
        self._unsaved: PurePosixPath | None = None
        self._all_opened = False
        self._adding = 0
        """Number of folders to which entries are still being added."""
        self._shown = 0
        """Counts calls that showed other files; pending entries of earlier ones are dropped."""
        self.show_root = False
        self.guide_depth = 2
        self.show_guides = False

    @property
    def near(self) -> str:
        """The folder around the cursor, as the start of a path; empty if there is none."""
        entry = self.cursor_node.data if self.cursor_node else None
        if entry is None:
            return ""
        folder = entry.path if entry.is_folder else entry.path.parent.parent
        return f"{folder}/" if folder != TOP else ""

    def set_files(self, files: Sequence[PurePosixPath], *, open_all: bool = False) -> None:
        """Show these leaves; open folders stay open."""
        if tuple(files) == self._files and open_all == self._all_opened:
            return
        changed = set(files) ^ set(self._files)
        line = self.cursor_line
        at = self.cursor_node.data.path if self.cursor_node and self.cursor_node.data else None
        opened = self._opened()
        begun = bool(self._files)
        self._files, self._leaves = tuple(files), leaves_below(files)
        if begun and not open_all and not self._all_opened and len(changed) <= CHUNK and not self._adding:
            self._change(self.root, TOP, changed, opened)
        else:
            self._shown += 1
            self._adding = line = 0
            self.root.remove_children()
            few = len(files) <= OPEN_ALL
            self._fill(self.root, TOP, None if few and (open_all or not opened) else opened)
        self._all_opened = open_all
        self.root.expand()
        near = self.get_node_at_line(max(0, min(line, self.last_line)))  # also gives the new nodes their lines
        found = next((node for node in self._nodes_below(self.root) if node.data and node.data.path == at), near)
        if found is not None:
            self.move_cursor(found)

    def _opened(self) -> set[PurePosixPath]:
        """The open folders, and the folders above that are merged with them into one entry."""
        nodes = {node.data.path: node for node in self._nodes_below(self.root) if node.data}
        opened = {path for path, node in nodes.items() if node.is_expanded}
        for path in list(opened):
            for folder in path.parents:
                if folder in nodes:
                    break
                opened.add(folder)
        return opened

    def _change(
        self,
        node: TreeNode[Entry],
        folder: PurePosixPath,
        changed: Iterable[PurePosixPath],
        opened: set[PurePosixPath],
    ) -> None:
        """Update the changed entries of a filled folder; everything else is kept."""
        entries = entries_in(folder, self._files)
        for child in list(node.children):
            if child.data not in entries:
                child.remove()
        have = {child.data.path: child for child in node.children if child.data}
        for number, entry in enumerate(entries):
            known = have.get(entry.path)
            if known is None:
                self._add_one(node, entry, opened, number)
            elif known.children and any(entry.path in file.parents for file in changed):
                self._change(known, entry.path, changed, opened)

    def show_file(self, file: PurePosixPath) -> None:
        """Move the cursor to a leaf, opening its folders."""
        node = self.root
        while True:
            below = [child for child in node.children if child.data is not None]
            found = next((child for child in below if child.data and child.data.path == file), None)
            if found is not None:
                self.call_after_refresh(self.move_cursor, found)
                return
            found = next((child for child in below if child.data and child.data.path in file.parents), None)
            if found is None:
                return
            if not found.children and found.data is not None:
                self._fill(found, found.data.path, set())
            found.expand()
            node = found

    def set_counts(self, counts: Mapping[PurePosixPath, Counts]) -> None:
        """Set the number of findings of some files; the others keep theirs."""
        for path, found in counts.items():
            change = found - self._counts.get(path, Counts())
            if change != Counts():
                for at in (path, *path.parents):
                    self._counts[at] = self._counts.get(at, Counts()) + change
        self._redraw()

    def counts_of(self, path: PurePosixPath) -> Counts:
        """The number of findings of a file, or below a folder."""
        return self._counts.get(path, Counts())

    def set_states(self, states: Mapping[PurePosixPath, str]) -> None:
        """Set the git state of each changed leaf's file."""
        if states != self._states:
            self._states = dict(states)
            self._redraw()

    def set_unsaved(self, file: PurePosixPath | None) -> None:
        """Mark a leaf whose text is not saved."""
        self._unsaved = file
        self._redraw()

    def _redraw(self) -> None:
        self.notify_style_update()  # drops the cached lines
        self.refresh()

    def _fill(self, node: TreeNode[Entry], folder: PurePosixPath, opened: set[PurePosixPath] | None) -> None:
        """Add the entries of a folder; `opened` are the folders to fill as well, None means all."""
        self._add(node, entries_in(folder, self._files), opened, self._shown)

    def _add(
        self, node: TreeNode[Entry], entries: Sequence[Entry], opened: set[PurePosixPath] | None, shown: int
    ) -> None:
        for entry in entries[:CHUNK]:
            self._add_one(node, entry, opened)
        if len(entries) > CHUNK:
            self._adding += 1
            self.set_timer(CHUNK_SECONDS, partial(self._add_rest, node, entries[CHUNK:], opened, shown))

    def _add_rest(
        self, node: TreeNode[Entry], entries: Sequence[Entry], opened: set[PurePosixPath] | None, shown: int
    ) -> None:
        if shown == self._shown:
            self._adding -= 1
            self._add(node, entries, opened, shown)

    def _add_one(
        self, node: TreeNode[Entry], entry: Entry, opened: set[PurePosixPath] | None, number: int | None = None
    ) -> None:
        """Add an entry as the node's child at an index, or else as its last."""
        before = number if number is not None and number < len(node.children) else None
        if not entry.is_folder:
            node.add_leaf(entry.name, entry, before=before)
            return
        child = node.add(entry.name, entry, before=before)
        if opened is None or entry.path in opened:
            self._fill(child, entry.path, opened)
            child.expand()

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

    def get_label_width(self, node: TreeNode[Entry]) -> int:
        """The width of the name: nothing scrolls sideways, and rendering 2,000 labels would take 40 ms."""
        return len(node.data.name) + 2 if node.data else 0

    def _depth(self, node: TreeNode[Entry]) -> int:
        """The number of the tree's folders around the node."""
        depth = 0
        while node.parent is not None and node.parent is not self.root:
            node, depth = node.parent, depth + 1
        return depth

    def render_label(self, node: TreeNode[Entry], base_style: Style, style: Style) -> Text:
        entry = node.data
        if entry is None:
            return Text("")
        glyphs = self._glyphs
        if entry.is_folder:
            symbol = glyphs.folder_open if node.is_expanded else glyphs.folder_closed
        else:
            symbol = self._kinds.get(entry.path.parts[0], glyphs.file)
        counts = self.counts_of(entry.path)
        quiet = self.get_component_rich_style("taxonomy-tree--quiet", partial=True)
        marks = Text()
        if entry.is_folder:
            marks.append(f" {self._leaves[entry.path]}", base_style + quiet)
        if entry.path == self._unsaved:
            style_of = self.get_component_rich_style("taxonomy-tree--warning", partial=True)
            marks.append(f" {glyphs.changed}", base_style + style_of)
        state = self._states.get(entry.path, "clean")
        if state in SIGNS:
            part = state if state in ("staged", "untracked") else "modified"
            marks.append(f" {SIGNS[state]}", base_style + self.get_component_rich_style(PART + part, partial=True))
        if counts.errors:
            error = self.get_component_rich_style("taxonomy-tree--error", partial=True)
            marks.append(f" {glyphs.error}{counts.errors}", base_style + error)
        if counts.warnings:
            warning = self.get_component_rich_style("taxonomy-tree--warning", partial=True)
            marks.append(f" {glyphs.warning}{counts.warnings}", base_style + warning)
        if counts.gaps:
            marks.append(f" {glyphs.status['queued']}{counts.gaps}", base_style + quiet)
        room = max(8, self.size.width - self._depth(node) * self.guide_depth - len(symbol) - 1 - len(marks))
        # The end of a chain of folders is the most informative; the counts stay visible.
        name = entry.name if len(entry.name) <= room else glyphs.ellipsis + entry.name[1 - room :]
        return Text.assemble((f"{symbol} ", base_style + quiet), (name, style), marks)
