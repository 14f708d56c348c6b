"""Words that mean something else than a name's own words: legal forms, titles, particles, numbers.

Legal forms after the ISO 20275 list of entity legal forms and what the OFAC list writes; titles and particles
after what the list's aliases carry. A phrase stands before its parts.
"""

import re


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


LEGAL_PHRASES: dict[tuple[str, ...], str] = {
    tuple(phrase.split()): form
    for form, phrases in {
        "llc": ("limited liability company", "sp z o o", "obshchestvo s ogranichennoy otvetstvennostyu"),
        "srl": ("societatea cu raspundere limitata", "societa a responsabilita limitata"),
        "jsc": (
            "joint stock company",
            "open joint stock company",
            "public joint stock company",
            "closed joint stock company",
            "private joint stock company",
            "aktsionernoe obshchestvo",
            "aktsionernoye obshchestvo",
        ),
        "ltd": ("pte ltd", "pty ltd", "co ltd", "private limited", "company limited", "corporation limited"),
        "sa": ("sociedad anonima", "societe anonyme"),
    }.items()
    for phrase in phrases
}

LEGAL_FORMS: dict[str, str] = {
    word: form
    for form, words in {
        "ltd": "ltd limited ltda ltee",
        "inc": "inc incorporated incorporation",
        "corp": "corp corporation",
        "co": "co company cie compagnie",
        "llc": "llc ooo too sarl gmbh gesmbh bv spzoo",
        "srl": "srl",
        "lp": "lp llp llp",
        "jsc": "jsc ojsc pjsc cjsc ao oao zao pao aktiengesellschaft ag ab as asa oyj oy",
        "sa": "sa saa spa nv se sab sas",
        "plc": "plc",
        "ltd_asia": "pte pty sdn bhd pvt kk tbk",
    }.items()
    for word in words.split()
}

TITLES = frozenset(
    _words(
        "mr mrs ms miss mister mme mlle herr frau dr prof professor sir lord sgt lt capt captain col colonel"
        " gen brig cmdr maj rev mullah maulavi mawlawi maulana ayatollah"
    )
)
SUFFIXES = frozenset(
    _words("jr jnr sr snr ii iii iv vii viii esq phd dphil edd mbbs dds dvm cpa msc bsc llb llm")
)
# Nothing of a person's name, wherever it stands.
NO_NAMES = TITLES | SUFFIXES
# Behind a name these are degrees, elsewhere they are names.
LAST_SUFFIXES = frozenset(_words("md mba rn cfa pmp"))
DEGREE = re.compile(r"\b(?:ph\.? ?d|m\.? ?sc|b\.? ?sc|ed\.? ?d|d\.? ?phil|ll\.? ?[bm])\b\.?", re.I)
ORDINAL = re.compile(r"\d*(?:1st|2nd|3rd|\dth)")
# What Chinese puts behind a name.
HONORIFIC = re.compile(
    r"(?<=[\u3400-\u9fff]{2})(?:先生|女士|小姐|太太|夫人|博士|教授|老师|老師|医生|醫生|经理|經理|同志)(?![\u3400-\u9fff])"
)

ARTICLES = frozenset(_words("al el ul ur ud"))
PARTICLES = ARTICLES.union(_words("ibn bint abu abou of the y e und et"))
# Small words and titles that are names as well (Ben, Du, Imam), where a comma says so; else they say nothing.
SMALL_NAMES = frozenset(
    _words(
        "bin ben de del della di da dos das du la le van von der den ter ten"
        " sheikh shaikh shaykh sheik qari imam hajji haji hajj haj general major hon eng"
    )
)

# The word after one of these is the father's, so that turning it round makes another person.
PATRONYMIC = frozenset(_words("bin ben ibn bint"))

# What an organisation does, which comes and goes with who writes its name.
DESCRIPTIONS = frozenset(
    _words(
        "group holding holdings concern consortium enterprise enterprises establishment international global"
        " general commercial industrial trading trade import export industry industries services service"
        " telecom telecommunications communications technology technologies systems engineering construction"
        " development investment investments management consulting logistics"
    )
)

STOP_WORDS = frozenset(_words("the and of for und et y de la le les du des da do"))

NUMBERS: dict[str, int] = {
    word: value
    for value, words in enumerate(
        _words(
            "zero,one first 1st,two second 2nd,three third 3rd,four fourth 4th,five fifth 5th,six sixth 6th,"
            "seven seventh 7th,eight eighth 8th,nine ninth 9th,ten tenth 10th,eleven,twelve,thirteen,"
            "fourteen,fifteen,sixteen,seventeen,eighteen,nineteen",
            ",",
        )
    )
    for word in words.split()
}
TENS: dict[str, int] = {
    word: value
    for value, word in zip(
        range(20, 100, 10), _words("twenty thirty forty fifty sixty seventy eighty ninety"), strict=True
    )
}
ROMAN: dict[str, int] = {
    roman: value
    for value, roman in enumerate(
        _words("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"), start=1
    )
}

# Spellings of one word that no distance of letters brings together, or that are borne by too many.
SPELLINGS: dict[str, tuple[str, ...]] = {
    word: (word, *spellings.split())
    for word, spellings in {
        "international": "intl",
        "national": "natl",
        "manufacturing": "mfg",
        "brothers": "bros",
        "muhammad": "mohd md muh mohammed mohammad mohamed mohamad muhammed muhamed muhamad mahomed",
        "lu": "lyu lv",
    }.items()
}
SYNONYMS: dict[str, str] = {spelling: word for word, spellings in SPELLINGS.items() for spelling in spellings}
# Capitals without a vowel that are words all the same.
NO_INITIALS = NO_NAMES | LAST_SUFFIXES | SYNONYMS.keys()

# Digits that stand for letters in names meant to slip through.
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "9": "g"})
