from __future__ import annotations

import pytest

from core.serving.embedded.text_stream import TextStream


def pushed(pieces: list[str], stop: list[str]) -> tuple[list[str], bool]:
    stream = TextStream(lambda tokens: "".join(pieces[token] for token in tokens), stop)
    shown = []
    for token in range(len(pieces)):
        shown.append(stream.push(token))
        if stream.stopped:
            break
    shown.append(stream.finish())
    return shown, stream.stopped


def test_text_without_stop_strings_is_returned_at_once() -> None:
    assert pushed(["a", " b", " c"], []) == (["a", " b", " c", ""], False)


@pytest.mark.parametrize(
    "pieces",
    [["one", " END", " two"], ["one ", "E", "N", "D", "x"], ["one EN", "D two"], ["one E", "ND"]],
)
def test_stop_string_across_tokens_is_cut(pieces: list[str]) -> None:
    shown, stopped = pushed(pieces, ["END"])
    assert stopped
    assert "".join(shown) == "one "


def test_partial_stop_string_is_returned_at_the_end() -> None:
    assert pushed(["so EN", "Dless EN"], ["END."]) == (["so ", "ENDless ", "EN"], False)


def test_first_of_several_stop_strings_is_used() -> None:
    shown, stopped = pushed(["a b", " c d"], ["d", "c"])
    assert stopped
    assert "".join(shown) == "a b "


def test_character_of_several_tokens_is_complete() -> None:
    data = "né🙂!".encode()
    stream = TextStream(lambda tokens: bytes(tokens).decode(errors="replace"))
    shown = [stream.push(byte) for byte in data] + [stream.finish()]
    assert [piece for piece in shown if piece] == ["n", "é", "🙂", "!"]


def test_invalid_bytes_do_not_hold_the_text_back() -> None:
    stream = TextStream(lambda tokens: bytes(tokens).decode(errors="replace"))
    shown = [stream.push(0xFF) for _ in range(40)]
    assert any(shown)
    assert "".join([*shown, stream.finish()]) == "\ufffd" * 40


def test_tokenizer_marker_waits_for_the_next_token() -> None:
    """As the quickstart's tokenizer does: a capital is a mark and a small letter."""
    texts = ["the", "\ue000", " dome", "."]
    stream = TextStream(lambda tokens: "".join(texts[token] for token in tokens).replace("\ue000 d", " D"))
    assert [stream.push(token) for token in range(4)] == ["the", "", " Dome", "."]
