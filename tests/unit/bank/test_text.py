"""What of a text shows, and characters that stand for others."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import text

# Controls and line ends; zero width and direction.
UNSEEN = st.characters(categories=["Cc", "Zl", "Zp"]) | st.sampled_from(
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202d\u202e\u2060\u2064\u2066\u2069\u206f\ufeff\ufffb"
)
BLANKS = ["\u0020", "\u00a0", "\u2003", "\u2800", "\u3000"]
FILLERS = ["\u034f", "\u115f", "\u1160", "\u17b4", "\u3164", "\uffa0", "\U000e0041"]


@pytest.mark.parametrize(
    "whole",
    [
        "Lucky Records",
        "幸运 唱片\u3000上海",
        "Café Zoë",
        "a\u0301",
        "\u062e\u0627\u0646\u0647\u200c\u0647\u0627",
        "\u0915\u094d\u200d\u0937",
        "❤\ufe0f",
        "❤\ufe0f\u200d🔥 1\ufe0f\u20e3",
        "葛\U000e0100城",
        "\U0003158e",
    ],
)
def test_what_shows_is_taken_as_it_is(whole: str) -> None:
    assert text.shown(whole) == whole


@given(UNSEEN, st.text("ab信", max_size=3), st.text("ab信", max_size=3))
def test_what_never_shows_is_refused_wherever_it_stands(hidden: str, before: str, after: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(hidden):04X}"):
        text.shown(before + hidden + after)


@pytest.mark.parametrize("filler", FILLERS)
def test_a_filler_is_refused_alone_and_within(filler: str) -> None:
    for whole in (filler, f"a{filler}b", f"{filler}信"):
        with pytest.raises(ValueError, match="invisible"):
            text.shown(whole)


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_of_any_width_stands_between_others_alone(blank: str) -> None:
    assert text.shown(f"a{blank}b") == f"a{blank}b"
    for whole in (blank, f"{blank}a", f"a{blank}", blank * 25 + "a"):
        with pytest.raises(ValueError, match="blank"):
            text.shown(whole)


@pytest.mark.parametrize(
    "whole", ["\ufe0f", "\u200d", "ad\u200dmin", "信\u200d", "信\u200d\u200d信", "信 \u200c信"]
)
def test_a_joiner_goes_with_a_character_that_may_need_it(whole: str) -> None:
    with pytest.raises(ValueError, match="invisible"):
        text.shown(whole)


@given(st.text(max_size=6))
def test_trimming_takes_off_the_ends_what_does_not_show_and_nothing_else(whole: str) -> None:
    kept = text.trimmed(whole)

    assert kept in whole
    assert text.trimmed(kept) == kept
    assert text.trimmed(f"\ufeff\u3000 {whole}\u200b\t ") == kept


def test_radicals_stand_for_their_characters() -> None:
    assert text.ideographs("\u2f69\u2f63") == "白生"
    assert text.ideographs("\u2ea0\u2ed3\u2ee2\u2ee9\u2ef0\u2ef3") == "民长马黄龙龟"
    assert text.ideographs("白生 a\u0301 \uff11") == "白生 a\u0301 \uff11"


@given(st.characters(min_codepoint=0x2E81, max_codepoint=0x2FD5, categories=["So"]))
def test_each_radical_but_one_is_a_character(radical: str) -> None:
    character = text.ideographs(radical)
    assert unicodedata.name(character).startswith("CJK UNIFIED")
    assert unicodedata.normalize("NFKC", radical) in (radical, character)
