"""Colours by name, and palettes made from them."""

from __future__ import annotations

import math

from mvpipe.model.timeline import Palette

COLOURS: dict[str, tuple[str, str]] = {
    "red": ("#e0322f", "红色 红"),
    "crimson": ("#b3122f", "深红"),
    "scarlet": ("#f0341c", "猩红"),
    "orange": ("#f5842a", "橙色 橘色 橙"),
    "amber": ("#f0a030", "琥珀色 琥珀"),
    "gold": ("#e5b84a", "金色"),
    "golden": ("#e5b84a", "金黄色 金黄"),
    "yellow": ("#f4d53a", "黄色"),
    "lime": ("#a8e02c", "青柠色"),
    "green": ("#34b45a", "绿色 绿"),
    "emerald": ("#12a06c", "翡翠绿 祖母绿"),
    "mint": ("#8fe3c0", "薄荷绿"),
    "teal": ("#1f9d9a", "青色 蓝绿色"),
    "turquoise": ("#36c9c0", "绿松石色"),
    "cyan": ("#27c8e8", "天青色"),
    "blue": ("#2f6fe0", "蓝色 蓝"),
    "navy": ("#22387a", "深蓝色 深蓝 藏青"),
    "indigo": ("#4338b8", "靛蓝 靛色"),
    "violet": ("#7a45d8", "紫罗兰色 紫罗兰"),
    "purple": ("#8a3fd0", "紫色 紫"),
    "lavender": ("#b39ddb", "薰衣草色"),
    "magenta": ("#e02fb0", "洋红色 洋红 品红"),
    "pink": ("#f277b0", "粉红色 粉红 粉色"),
    "rose": ("#e4587e", "玫瑰色 玫红色 玫红"),
    "brown": ("#8a5a36", "棕色 褐色"),
    "beige": ("#d8c4a0", "米色"),
    "silver": ("#b8c0c8", "银色"),
    "grey": ("#8a8f98", "灰色"),
    "gray": ("#8a8f98", "灰"),
    "white": ("#ffffff", "白色"),
    "black": ("#101014", "黑色"),
}


def mix(one: str, other: str, *, share: float) -> str:
    """Return the colour that is `share` of the way from one `#rrggbb` to the other."""
    pairs = zip(channels(one), channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luma(colour: str) -> float:
    """Return how bright a colour looks, from 0 to 1, by the weights of bt709."""
    red, green, blue = channels(colour)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def made_of(names: tuple[str, ...], colours: tuple[str, ...]) -> Palette:
    """Return a palette from near black through these colours to a pale light.

    The colours are sorted from dark to bright, as palettes are; at least one is needed.
    """
    ordered = sorted(dict.fromkeys(colours), key=luma)
    dark, light = ordered[0], ordered[-1]
    steps = [mix("#050508", dark, share=0.12), mix("#08080e", dark, share=0.5), *ordered]
    return Palette(
        name=" and ".join(dict.fromkeys(names)),
        colours=(*steps, mix(light, "#ffffff", share=0.75)),
    )


def kinship(one: Palette, other: Palette) -> float:
    """Return how alike two palettes' hues are: 1 the same, 0 a quarter turn apart, -1 opposite.

    Hue is the direction on the plane of red against green and yellow against blue (Hering's
    opponent colours), each colour weighing as much as it is colourful. Grey is like nothing.
    """
    (a, b), (c, d) = _opponents(one), _opponents(other)
    lengths = math.hypot(a, b) * math.hypot(c, d)
    return (a * c + b * d) / lengths if lengths else 0.0


def _opponents(palette: Palette) -> tuple[float, float]:
    each = [channels(colour) for colour in palette.colours]
    return sum(r - g for r, g, _ in each), sum((r + g) / 2 - b for r, g, b in each)


def colourfulness(palette: Palette) -> float:
    """Return how far a palette's most colourful colour is from grey, from 0 to 1."""
    return max(max(channels(c)) - min(channels(c)) for c in palette.colours) / 255
