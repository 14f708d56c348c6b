"""Words that mean something else than a name's own words: legal forms, titles, particles, numbers.

Legal forms after the ISO 20275 list of entity legal forms and what the OFAC list writes; titles and particles
after what the list's aliases carry. A phrase stands before its parts.
"""


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
        "mr mrs ms miss dr prof sir lord sheikh shaikh shaykh sheik hajji haji hajj haj mullah maulavi"
        " mawlawi maulana qari imam ayatollah gen general col colonel maj major capt captain lt hon eng"
    )
)

PARTICLES = frozenset(
    _words(
        "al el ul ur ud bin ben ibn bint abu abou de del della di da dos das du la le van von der den ter ten"
        " of the y e und et"
    )
)

# The word after one of these is the father's, so that turning it round makes another person.
PATRONYMIC = frozenset(_words("bin ben ibn bint"))

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

# Spellings of one word that no distance of letters brings together.
SYNONYMS: dict[str, str] = {
    "intl": "international",
    "int'l": "international",
    "natl": "national",
    "mfg": "manufacturing",
    "bros": "brothers",
    "mohd": "muhammad",
    "md": "muhammad",
    "muh": "muhammad",
}

# Digits that stand for letters in names meant to slip through.
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "9": "g"})

# Surnames read otherwise than the character alone (as Unihan's first reading, which anyascii gives).
SURNAME_READINGS: dict[str, str] = {
    "单": "shan",
    "單": "shan",
    "曾": "zeng",
    "查": "zha",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "區": "ou",
    "朴": "piao",
    "任": "ren",
    "盖": "ge",
    "乐": "yue",
    "翟": "zhai",
    "葛": "ge",
    "尉": "wei",
    "缪": "miao",
    "洗": "xian",
    "冼": "xian",
    "覃": "qin",
    "种": "chong",
    "秘": "bi",
    "牟": "mou",
    "折": "she",
    "黑": "he",
    "员": "yun",
    "召": "shao",
    "纪": "ji",
}
DOUBLE_SURNAMES = frozenset(
    _words("欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 皇甫 尉迟 公孙 慕容 令狐 夏侯")
)
