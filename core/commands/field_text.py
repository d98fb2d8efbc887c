"""What a form says about its fields, in plain words."""

from __future__ import annotations

from core.commands.form import Field

LABELS = {"generate.model": "teacher model", "train.model_path": "student model path"}
"""Names that say whose model it is."""


def label_of(field: Field) -> str:
    """A field's name: the option without dashes, with the phase as words."""
    if known := LABELS.get(f"{field.section}.{field.name}"):
        return known
    name = field.label
    for number in (1, 2):
        name = name.replace(f"phased-phase{number}-", f"phase {number} ")
    return name.replace("phased-", "phases ").replace("-", " ")


def help_of(field: Field) -> str:
    """The option's help, with its unit and its limits."""
    row = field.row
    text, _, _ = row.help.partition(" Default: ")
    limits = []
    if row.unit:
        limits.append(row.unit)
    if row.above is not None:
        limits.append(f"more than {row.above:g}")
    elif row.minimum is not None:
        limits.append(f"at least {row.minimum:g}")
    if row.maximum is not None:
        limits.append(f"at most {row.maximum:g}")
    if row.choices and row.kind != "choice":
        limits.append(f"or {' or '.join(row.choices)}")
    if row.several:
        limits.append("several with spaces between them")
    return text + (f" ({', '.join(limits)})" if limits else "")
