"""Chinese names in pinyin: where the surname ends, and how it is read.

A character is read as anyascii gives it (Unihan's first reading), a surname as those who bear it read it:
after the Hundred Family Surnames and Xiandai Hanyu Cidian. Libraries of pinyin know compound surnames at
best, for 40 MB of memory. Who wrote the Latin form may have taken the common reading (Ceng for 曾), so that
one stands behind the others. ü is u here: passports write LYU, identity cards LV.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from anyascii import anyascii

SURNAMES: dict[str, tuple[str, ...]] = {
    surname: tuple(readings.split("/"))
    for row in (
        "区 ou, 區 ou, 单 shan, 單 shan, 卜 bu, 召 shao, 员 yun, 員 yun, 仇 qiu, 六 lu, 句 gou, 折 she",
        "朴 piao, 乐 yue, 樂 yue, 乜 nie, 盖 ge, 蓋 ge, 秘 bi, 种 chong, 重 chong, 适 kuo, 长 chang",
        "降 xiang, 洗 xian, 曾 zeng, 查 zha, 解 xie, 覃 qin, 翟 zhai, 缪 miao, 繆 miao, 牟 mu, 黑 he",
        "柏 bai/bo, 宓 mi/fu, 番 pan, 薄 bo, 繁 po, 粘 nian, 藏 zang, 贠 yun, 貟 yun, 郇 xun, 莘 xin",
        "都 du, 隗 kui/wei, 郗 xi/chi, 郄 qie/xi, 能 nai, 谌 chen/shen, 諶 chen/shen, 祭 zhai, 钭 tou",
        "蔚 yu/wei, 颉 xie, 尉 wei/yu, 万俟 moqi, 萬俟 moqi, 尉迟 yuchi, 尉遲 yuchi, 单于 chanyu",
        "單于 chanyu, 澹台 tantai, 澹臺 tantai, 拓跋 tuoba, 乐正 yuezheng, 樂正 yuezheng",
    )
    for surname, readings in (pair.split() for pair in row.split(", "))
}
_DOUBLE = """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 司空 司寇 东方 東方 东郭 皇甫 公孙 公孫 公冶 公羊 慕容
    令狐 夏侯 长孙 長孫 鲜于 鮮于 宇文 淳于 太史 申屠 钟离 鍾離 闻人 濮阳 濮陽 赫连 赫連 轩辕 軒轅
    呼延 端木 百里 南宫 南宮 西门 独孤 獨孤 谷梁 宰父 亓官 颛孙 漆雕 巫马 完颜 纳兰 納蘭 左丘 梁丘 羊舌
"""
DOUBLE_SURNAMES = {surname for surname in (*SURNAMES, *_DOUBLE.split()) if len(surname) == 2}
# The surnames of nine in ten, most borne first: in Latin letters, one of them makes a name Chinese.
_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
    "汤康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
)
UMLAUT = re.compile(r"(?<=[ln])(?:yu|v)")


def pinyin(characters: str) -> tuple[list[str], tuple[str, ...]]:
    """Surname and given name as two words, other runs as one; and other readings of the surname."""
    if not 2 <= len(characters) <= 4:
        return [_common(characters)], ()
    size = 2 if characters[:2] in DOUBLE_SURNAMES and len(characters) > 2 else 1
    surname, given = characters[:size], characters[size:]
    first, *others = dict.fromkeys((*SURNAMES.get(surname, ()), _common(surname)))
    return [first, _common(given)], tuple(others)


def _common(characters: str) -> str:
    return "".join(map(_reading, characters))


@lru_cache(maxsize=8192)
def _reading(character: str) -> str:
    return anyascii(character).lower().strip()


def without_umlaut(word: str) -> str:
    """LYU, LV and LU are one syllable: as anyascii reads characters."""
    return UMLAUT.sub("u", word)


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    return frozenset(without_umlaut(_reading(chr(code))) for code in range(0x4E00, 0x9FA6))


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    return frozenset(pinyin(surname + "一")[0][0] for surname in (*_COMMON, *DOUBLE_SURNAMES))


def is_syllable(word: str) -> bool:
    """Tell if a word is one syllable of pinyin."""
    return without_umlaut(word) in _syllables()


def is_pinyin(words: Sequence[str]) -> bool:
    """Tell if words in Latin letters are a Chinese name: a surname, and syllables of pinyin."""
    plain = list(map(without_umlaut, words))
    return 2 <= len(plain) <= 4 and not _surnames().isdisjoint(plain) and all(map(_is_syllables, plain))


@lru_cache(maxsize=8192)
def _is_syllables(word: str) -> bool:
    """Tell if a word is one syllable or two."""
    known = _syllables()
    return word in known or any(word[:at] in known and word[at:] in known for at in range(1, len(word)))
