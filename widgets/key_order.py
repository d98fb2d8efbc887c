"""Keys in the order in which they were typed.

Textual looks a binding up when a key has gone through all widgets, by which time the widget that is typed in may have
taken the next letters: on a slow line `a backspace b` would leave nothing. A widget to type in therefore does what its
own bindings say when the key passes it.
"""

from __future__ import annotations

from functools import cache

from textual import events
from textual.binding import Binding
from textual.widget import Widget


@cache
def own_actions(kind: type[Widget]) -> dict[str, str]:
    """The action of each key that a class of widgets and its bases bind, the nearest class first."""
    actions: dict[str, str] = {}
    for base in kind.__mro__:
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            if not binding.priority:
                actions.setdefault(binding.key, binding.action)
    return actions


async def act_in_order(widget: Widget, event: events.Key) -> None:
    """Do now what the widget's own bindings say of a key, and keep the key from going further."""
    action = own_actions(type(widget)).get(event.key)
    if action is not None:
        event.stop()
        event.prevent_default()
        await widget.run_action(action)
