"""English inflection by table and rule: verb forms, plurals, and stems to compare words by."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from core.quickstart.extractive.language.lexicon import DOUBLING, STOPWORDS

Form = Literal["base", "present", "past", "participle", "gerund"]


class VerbForm(NamedTuple):
    """One reading of a word as a verb."""

    base: str
    form: Form


_IRREGULAR: Final = """
arise arose arisen|awake awoke awoken|bear bore borne|beat beat beaten|become became become|begin began begun
bend bent bent|bind bound bound|bite bit bitten|bleed bled bled|blow blew blown|break broke broken|breed bred bred
bring brought brought|build built built|burn burnt burnt|burst burst burst|buy bought bought|cast cast cast
catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost|creep crept crept|cut cut cut
deal dealt dealt|dig dug dug|draw drew drawn|dream dreamt dreamt|drink drank drunk|drive drove driven|eat ate eaten
fall fell fallen|feed fed fed|feel felt felt|fight fought fought|find found found|flee fled fled|fly flew flown
forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|get got got|give gave given|go went gone
grind ground ground|grow grew grown|hang hung hung|hear heard heard|hide hid hidden|hit hit hit|hold held held
keep kept kept|kneel knelt knelt|know knew known|lay laid laid|lead led led|lean leant leant|leap leapt leapt
learn learnt learnt|leave left left|lend lent lent|let let let|lie lay lain|light lit lit|lose lost lost
make made made|mean meant meant|meet met met|overcome overcame overcome|pay paid paid|put put put|read read read
rebuild rebuilt rebuilt|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said|see saw seen
seek sought sought|sell sold sold|send sent sent|set set set|shake shook shaken|shed shed shed|shine shone shone
shoot shot shot|show showed shown|shrink shrank shrunk|shut shut shut|sing sang sung|sink sank sunk|sit sat sat
sleep slept slept|slide slid slid|speak spoke spoken|spend spent spent|spin spun spun|split split split
spread spread spread|spring sprang sprung|stand stood stood|steal stole stolen|stick stuck stuck|strike struck struck
string strung strung|strive strove striven|swear swore sworn|sweep swept swept|swim swam swum|swing swung swung
take took taken|teach taught taught|tear tore torn|tell told told|think thought thought|throw threw thrown
understand understood understood|undertake undertook undertaken|wake woke woken|wear wore worn|weave wove woven
win won won|wind wound wound|withdraw withdrew withdrawn|withstand withstood withstood|write wrote written
have had had|do did done|sew sewed sewn|sow sowed sown|mow mowed mown|oversee oversaw overseen|outgrow outgrew outgrown
"""
"""base, past, past participle."""

_REGULAR: Final = """
abandon absorb accept accompany achieve act adapt add admit adopt adorn agree aid aim allocate allow amount announce
answer appear apply appoint approach approve argue arrange arrive ask assemble assign assist assume attach attack
attempt attend attract avoid award bake base bathe bear believe belong bleach block boast boil bolt border borrow
bother bottle bounce brew burn burrow bury calculate call calm campaign capture care carry carve cast cause
celebrate change charge chart chase check claim classify clean clear climb close coat collapse collect colour
combine command commemorate commission compare compete complete compose compress comprise confirm connect conserve
consider consist construct consult consume contain continue contribute control convert convince cook cool coordinate
copy correspond count cover crack create cross crush cultivate cure damage dance date deal decide declare decline
decorate decrease dedicate deepen define delay deliver demand demolish depart depend depict deposit derive descend
describe design designate destroy detect determine develop devise die differ dilute dip direct disappear discover
discuss display dissolve divert divide dominate donate double drain dress drill drop dry dump dye earn elect employ
empty enable enclose encounter encourage end endow engage enjoy enlarge ensure enter entertain equip erect escape
establish estimate examine excavate exceed exchange exhibit exist expand expect experience explain explode exploit
explore export express extend extract face fail famed farm fasten fear feature ferment ferry fetch fill film filter
finance finish fire fish fit fix flank flatten float flood flourish flow focus fold follow forage force forge form
found frame function fund gain gather generate glide govern graduate graze greet group grow guard guide hammer
handle hang happen harden harvest hatch haul head heat help hibernate hire hoist honour hoot host house hunt
hypothesise identify illustrate imagine import improve include incorporate increase indicate influence inform
inhabit inherit inject injure insert inspect inspire install intend interrupt introduce invade invent invest invite
involve isolate issue join judge jump kill knit knock label lack land last laugh launch lease lengthen level license
lift like limit line link list live load locate lock log look love lower maintain manage manufacture mark marry
match mature measure melt mend mention merge migrate mill mine mix modernise monitor mould moult mount move multiply
name nap need neighbour nest note notice number obey observe obtain occupy occur offer open operate oppose orbit
order organise originate outline own pack paint park pass patent pause peak perch perform photograph pick pile pipe
place plan plant play plough point polish pollinate possess pound pour power practise praise precede predict prefer
prepare present preserve press prevent print proceed process produce prohibit project promise promote propose
protect prove provide publish pull pump punish purchase push qualify quarry question raise range rank reach react
rebuild receive recognise recommend record recover recruit recycle reduce refer refine reflect refuse regain regard
register regulate release rely remain remember remind remove rename renew rent reopen repair repeat replace reply
report represent require rescue resemble resist rest restore result retain retire return reuse reveal review revive
reward rinse ripen roam roast rock roll rotate rule sail salt sample save scatter scrape screen seal search season
seat select separate serve settle shape share sharpen shelter shimmer shine ship shout sign signal signpost smell
smoke smooth soak soar soften solve sort sound span spark specialise spill splash spoil sponsor sprinkle sprout
squeeze stabilise stack staff stage stain stamp start state stay steam steer step stir stockpile stop store
strengthen stretch study submit succeed suffer suggest suit supervise supply support surround survey survive suspect
suspend symbolise tally tan tap taste tend test thank thicken thrive tie toll touch tour tow trace trade train
transfer transform translate transmit transport trap travel treat trigger trim triple try tunnel turn twinkle twist
unite unload unveil use value vanish vary visit vote wait walk want warm warn wash watch water weigh welcome widen
witness wonder work worship wrap yield
"""

_IRREGULAR_PLURALS: Final = {
    "men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "geese": "goose", "people": "person", "leaves": "leaf", "knives": "knife", "lives": "life", "wolves": "wolf",
    "shelves": "shelf", "halves": "half", "loaves": "loaf", "calves": "calf", "hooves": "hoof", "roofs": "roof",
    "axes": "axe", "radii": "radius", "nuclei": "nucleus", "criteria": "criterion", "oxen": "ox",
}  # fmt: skip
_NOT_PLURAL: Final = ("ss", "us", "is", "ous")


def past(base: str) -> str:
    """The simple past: `past("buy") == "bought"`."""
    return _part(base, 0) or _add_ed(base)


def participle(base: str) -> str:
    """The past participle."""
    return _part(base, 1) or _add_ed(base)


def _part(base: str, which: int) -> str:
    """An irregular part, of a verb with a prefix ("redraw") too."""
    if base in _PARTS:
        return _PARTS[base][which]
    prefixed = re.fullmatch(r"(re|out|over|under|un|mis)(\w{3,})", base)
    return prefixed[1] + _PARTS[prefixed[2]][which] if prefixed and prefixed[2] in _PARTS else ""


def present(base: str) -> str:
    """The third person singular."""
    if base == "have":
        return "has"
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ies"
    return base + "s"


def gerund(base: str) -> str:
    """The -ing form."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "ye", "oe")):
        return base[:-1] + "ing"
    return _doubled(base) + "ing"


def _doubled(base: str) -> str:
    short = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprt]", base) and base in _PARTS
    return base + base[-1] if base in DOUBLING or short else base


def _add_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ied"
    return _doubled(base) + "ed"


_PARTS: Final = {
    base: (past_form, participle_form)
    for base, past_form, participle_form in (entry.split() for entry in re.split(r"[|\n]", _IRREGULAR) if entry.strip())
}


def _table() -> dict[str, list[VerbForm]]:
    table: dict[str, list[VerbForm]] = {}
    for base in [*_PARTS, *dict.fromkeys(_REGULAR.split())]:
        forms: list[tuple[str, Form]] = [
            (base, "base"), (present(base), "present"), (past(base), "past"), (participle(base), "participle"),
            (gerund(base), "gerund"),
        ]  # fmt: skip
        for word, form in forms:
            readings = table.setdefault(word, [])
            if VerbForm(base, form) not in readings:
                readings.append(VerbForm(base, form))
    return table


_TABLE: Final = _table()


@lru_cache(maxsize=8192)
def readings(word: str) -> tuple[VerbForm, ...]:
    """What the word can be as a verb; the most likely first. An unknown -ed word is a verb too."""
    lower = word.lower()
    if lower in _TABLE:
        return tuple(_TABLE[lower])
    prefixed = re.fullmatch(r"(re|out|over|under|un|mis|dis)-?(\w{3,})", lower)
    if prefixed and prefixed[2] in _TABLE:
        return tuple(VerbForm(prefixed[1] + form.base, form.form) for form in _TABLE[prefixed[2]])
    if re.fullmatch(r"[a-z]{3,}ed", lower) and not lower.endswith(("eed", "infrared", "hundred", "sacred", "kindred")):
        base = _base_of_ed(lower)
        return (VerbForm(base, "past"), VerbForm(base, "participle"))
    hyphenated = lower.rpartition("-")
    if hyphenated[1] and hyphenated[2] in _TABLE:
        return tuple(form for form in _TABLE[hyphenated[2]] if form.form == "participle")
    return ()


def _base_of_ed(word: str) -> str:
    stem_ = word[:-2]
    if stem_.endswith("i"):
        return stem_[:-1] + "y"
    if re.search(r"([bdgmnprt])\1$", stem_):
        return stem_[:-1]
    if re.search(r"(?:[^aeiou](?:at|it|iv|ut|id|ud|ur|ir|od|op|ok)|[vcuz]|[^s]s|[rdn]g|is|[^aeiou]l|ag)$", stem_):
        return stem_ + "e"
    return stem_


def is_plural(word: str) -> bool:
    """Whether a noun looks plural."""
    lower = word.lower()
    if lower in _IRREGULAR_PLURALS or re.fullmatch(r"[a-z]{3,}(?:men|women)", lower):
        return True
    return len(lower) > 3 and lower.endswith("s") and not lower.endswith(_NOT_PLURAL)


def singular(word: str) -> str:
    """The singular of a noun; the word itself where it is none."""
    lower = word.lower()
    if lower in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[lower]
    if re.fullmatch(r"[a-z]{3,}men", lower):
        return word[:-2] + "an"
    if not is_plural(word):
        return word
    if lower.endswith("ies") and len(lower) > 4:
        return word[:-3] + "y"
    if lower.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]


_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\W_]+", re.UNICODE)


def words(text: str) -> list[str]:
    """Words and numbers of a text, in order, as written."""
    return _WORD.findall(text)


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """What two forms of a word have in common: "charted" and "charting", "mills" and "mill's", "built" and "builds"."""
    lower = re.sub(r"['’]s?$", "", word.lower())
    for form in readings(lower):
        lower = form.base
        break
    else:
        lower = singular(lower)
    for suffix in ("ation", "ing", "ment", "ly", "ed", "er", "or", "est"):
        if lower.endswith(suffix) and len(lower) - len(suffix) >= 4:
            lower = lower[: -len(suffix)]
            break
    return lower[:-1] if lower.endswith("e") and len(lower) > 3 else lower


def content_words(text: str) -> list[str]:
    """The words of a text that carry its meaning, numbers and names among them."""
    return [word for word in words(text) if word.lower() not in STOPWORDS and (len(word) > 1 or word.isdigit())]


def content_stems(text: str) -> list[str]:
    """Their stems, in order, without repeats."""
    return list(dict.fromkeys(stem(word) for word in content_words(text)))
