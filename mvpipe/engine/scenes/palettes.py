"""The shipped palettes: colours from dark to bright, and the words that ask for them."""

from __future__ import annotations

from mvpipe.model.catalogue import PaletteCard
from mvpipe.model.timeline import Palette


def _card(
    name: str, colours: str, words: str, *, warmth: float, brightness: float
) -> PaletteCard:
    return PaletteCard(
        palette=Palette(name=name, colours=tuple(colours.split())),
        words=tuple(word.strip() for word in words.split(",")),
        warmth=warmth,
        brightness=brightness,
    )


PALETTES: tuple[PaletteCard, ...] = (
    _card(
        "midnight-neon",
        "#05030f #1b0f4b #5a18b8 #e0218a #ff7ac6 #fff0fb",
        "midnight neon, neon, cyberpunk, night city, nightclub, club, "
        "霓虹, 赛博朋克, 夜店, 都市夜",
        warmth=0.45,
        brightness=0.45,
    ),
    _card(
        "synthwave",
        "#0a0420 #35106b #b3157e #ff4d5e #ffb347 #fff3c4",
        "synthwave, retro, 80s, eighties, vaporwave, outrun, "
        "复古, 合成器浪潮, 蒸汽波, 八十年代",
        warmth=0.7,
        brightness=0.55,
    ),
    _card(
        "sunrise",
        "#140a26 #4b1d52 #b8405e #f5824f #ffc873 #fff6dc",
        "sunrise, dawn, morning, sunset, dusk, golden hour, warm, "
        "日出, 日落, 黎明, 黄昏, 温暖, 暖色",
        warmth=0.85,
        brightness=0.65,
    ),
    _card(
        "deep-ocean",
        "#01060f #04254a #065a82 #1597b0 #7fe0d8 #f0fffb",
        "deep ocean, ocean, sea, water, underwater, blue, 深海, 海洋, 大海, 水下, 蓝色",
        warmth=0.15,
        brightness=0.45,
    ),
    _card(
        "ember",
        "#080303 #340a08 #8f1d0e #e2500f #ffab3d #fff1cf",
        "ember, fire, flame, lava, burning, red, furious, angry, "
        "余烬, 火焰, 火, 熔岩, 燃烧, 红色, 愤怒",
        warmth=1.0,
        brightness=0.45,
    ),
    _card(
        "aurora",
        "#03050f #1c1350 #4a2a94 #0d8a8c #3ee89a #edfff2",
        "aurora, northern lights, polar, emerald, 极光, 北极光, 翡翠",
        warmth=0.25,
        brightness=0.5,
    ),
    _card(
        "rose-gold",
        "#170a12 #4d1d33 #a14a5f #dd8d83 #f6c7a8 #fff5ea",
        "rose gold, rose, romantic, love, tender, pink, wedding, "
        "玫瑰金, 玫瑰, 浪漫, 爱情, 温柔, 粉色",
        warmth=0.8,
        brightness=0.65,
    ),
    _card(
        "monochrome",
        "#050506 #1f2024 #56585f #9b9da3 #d6d7da #ffffff",
        "monochrome, black and white, grayscale, greyscale, minimal, 黑白, 单色, 灰度, 极简",
        warmth=0.5,
        brightness=0.5,
    ),
    _card(
        "acid",
        "#060a04 #123a12 #2f8f1e #8fe01c #e4ff3d #fdffe0",
        "acid, toxic, rave, techno, green, lime, slime, 酸性, 迷幻, 锐舞, 荧光绿, 绿色",
        warmth=0.4,
        brightness=0.6,
    ),
    _card(
        "forest",
        "#050b08 #12302a #2d6a4f #74a663 #d2c976 #fbf7dc",
        "forest, woods, nature, moss, earthy, organic, folk, acoustic, "
        "森林, 自然, 大自然, 民谣, 苔藓",
        warmth=0.45,
        brightness=0.45,
    ),
    _card(
        "ice",
        "#050b18 #14345c #3f7fb5 #8ec6e6 #d3eef8 #ffffff",
        "ice, winter, snow, frozen, cold, crystal, frost, 冰, 冬天, 雪, 寒冷, 冷色, 水晶",
        warmth=0.1,
        brightness=0.75,
    ),
    _card(
        "candy",
        "#1a0b2e #5b2a86 #d6479c #ff8fa3 #8be8e5 #fffbe8",
        "candy, pop, kawaii, cute, playful, happy, sweet, colourful, colorful, "
        "糖果, 流行, 可爱, 欢快, 快乐, 甜, 多彩",
        warmth=0.6,
        brightness=0.8,
    ),
    _card(
        "noir",
        "#030304 #12141b #31363f #7d3b36 #cfae8c #f6ede0",
        "noir, film noir, dark, moody, gloomy, mystery, gothic, "
        "黑色电影, 黑暗, 阴郁, 神秘, 哥特, 暗",
        warmth=0.5,
        brightness=0.2,
    ),
    _card(
        "cosmos",
        "#04030d #171149 #3b2fa8 #8d4de0 #f08bd2 #fff4e6",
        "cosmos, space, galaxy, universe, stars, cosmic, purple, violet, "
        "宇宙, 太空, 星空, 银河, 星系, 紫色",
        warmth=0.4,
        brightness=0.45,
    ),
    _card(
        "gold",
        "#0a0703 #2e1d08 #7a4d12 #c9922e #f5d77a #fffbe6",
        "gold, golden, luxury, champagne, brass, jazz, hip hop, "
        "金色, 黄金, 奢华, 香槟, 爵士, 嘻哈",
        warmth=0.9,
        brightness=0.5,
    ),
    _card(
        "lagoon",
        "#041018 #0b4f6c #01a7a7 #5fe0b7 #ffd98e #fff8ea",
        "lagoon, tropical, summer, beach, island, fresh, turquoise, teal, "
        "热带, 夏天, 海滩, 海岛, 清新, 青色",
        warmth=0.5,
        brightness=0.7,
    ),
    _card(
        "dusk",
        "#0b0a1c #262652 #565a94 #a98ab8 #e8bfae #fdf3e6",
        "dusk rain, pastel, dreamy, dream, soft, calm, lofi, lo-fi, melancholy, sad, "
        "梦幻, 柔和, 平静, 忧伤, 悲伤, 低保真, 粉彩",
        warmth=0.5,
        brightness=0.6,
    ),
    _card(
        "blood-moon",
        "#060208 #2a0818 #6e0d25 #b8232f #ec6a5a #ffe6d6",
        "blood moon, blood, crimson, metal, horror, heavy, dramatic, "
        "血月, 血, 金属, 恐怖, 沉重, 戏剧",
        warmth=0.85,
        brightness=0.3,
    ),
)
