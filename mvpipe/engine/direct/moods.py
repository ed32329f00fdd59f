"""Moods and genres: the words that name them and what they lean a picture towards."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.engine.direct.wishes import Quality

Leans = tuple[tuple[Quality, float], ...]


@dataclass(frozen=True, slots=True)
class Mood:
    """One mood.

    `words` name it, the first in English and the last in Chinese for replies. `leans` are steps
    as in `Adjust`. `palettes` and `scenes` are names or words that suit it, best first, looked
    up in whatever catalogue there is.
    """

    words: tuple[str, ...]
    leans: Leans
    palettes: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The mood's English name, which is also its key."""
        return self.words[0]


def _mood(
    words: str, leans: dict[Quality, float], palettes: str = "", scenes: str = ""
) -> Mood:
    split = tuple(word.strip() for word in words.split(","))
    return Mood(split, tuple(leans.items()), tuple(palettes.split()), tuple(scenes.split()))


MOODS: tuple[Mood, ...] = (
    _mood(
        "dreamy, dreamlike, dreamier, ethereal, dream pop, shoegaze, hazy, floaty, "
        "floating, 朦胧, 如梦, 梦境, 空灵, 梦幻",
        {
            Quality.ENERGY: -0.8,
            Quality.SATURATION: -0.2,
            Quality.BRIGHTNESS: 0.3,
            Quality.CONTRAST: -0.4,
            Quality.MOTION: -0.4,
        },
        "dream pastel lavender violet pink aurora",
        "aurora nebula ink ocean horizon",
    ),
    _mood(
        "neon, neon lights, neon light, glowing neon, 霓虹灯, 霓虹",
        {Quality.SATURATION: 0.8, Quality.CONTRAST: 0.4, Quality.BRIGHTNESS: -0.2},
        "neon cyber electric magenta synthwave",
        "tunnel skyline horizon",
    ),
    _mood(
        "cyberpunk, cyber punk, blade runner, dystopian, dystopia, futuristic, "
        "sci-fi, sci fi, future, 未来感, 未来, 科幻, 赛博, 赛博朋克",
        {
            Quality.SATURATION: 0.6,
            Quality.CONTRAST: 0.6,
            Quality.BRIGHTNESS: -0.6,
            Quality.ENERGY: 0.4,
            Quality.GRAIN: 0.3,
        },
        "cyber neon electric magenta synthwave",
        "skyline rain tunnel horizon",
    ),
    _mood(
        "synthwave, retrowave, vaporwave, outrun, retro, eighties, 80s, 1980s, "
        "复古, 蒸汽波, 合成波",
        {Quality.SATURATION: 0.6, Quality.GRAIN: 0.3, Quality.WARMTH: 0.3},
        "synthwave sunset neon magenta",
        "horizon skyline tunnel",
    ),
    _mood(
        "vintage, nostalgic, nostalgia, old film, film look, analog, analogue, "
        "70s, 90s, vhs, lofi, lo-fi, lo fi, 胶片感, 胶片, 怀念, 怀旧",
        {
            Quality.SATURATION: -0.6,
            Quality.GRAIN: 1.2,
            Quality.WARMTH: 0.8,
            Quality.ENERGY: -0.5,
            Quality.CONTRAST: -0.2,
        },
        "sepia amber dusk earth gold",
        "image horizon mountains rain",
    ),
    _mood(
        "melancholic, melancholy, sad, sadness, sorrowful, heartbroken, "
        "heartbreak, lonely, loneliness, blue mood, moody, wistful, tearful, 悲伤, "
        "伤感, 孤独, 寂寞, 难过, 忧伤, 忧郁",
        {
            Quality.ENERGY: -1.0,
            Quality.SATURATION: -0.7,
            Quality.BRIGHTNESS: -0.5,
            Quality.WARMTH: -0.7,
            Quality.MOTION: -0.4,
        },
        "rain slate steel blue dusk ice",
        "rain ink nebula ocean",
    ),
    _mood(
        "furious, angry, anger, rage, aggressive, violent, brutal, fierce, savage, "
        "wild, raging, metal, hardcore, punk, 狂暴, 暴怒, 狂野, 激烈, 凶猛, 愤怒",
        {
            Quality.ENERGY: 1.6,
            Quality.CONTRAST: 0.8,
            Quality.BRIGHTNESS: -0.4,
            Quality.WARMTH: 0.6,
            Quality.REACTION: 0.8,
        },
        "fire ember blood red lava",
        "tunnel fireworks particles voronoi",
    ),
    _mood(
        "summer, summery, sunny, tropical, beach, holiday, sunshine, 阳光, 海滩, "
        "热带, 夏日, 夏天",
        {
            Quality.BRIGHTNESS: 0.8,
            Quality.SATURATION: 0.5,
            Quality.WARMTH: 0.9,
            Quality.ENERGY: 0.3,
        },
        "summer sunset sunrise gold tropical",
        "ocean horizon mountains",
    ),
    _mood(
        "winter, wintry, icy, frozen, frosty, arctic, snowy, 冰雪, 寒冷, 冰冷, 冬日, 冬天",
        {Quality.WARMTH: -1.2, Quality.BRIGHTNESS: 0.3, Quality.SATURATION: -0.5},
        "ice frost winter aurora arctic",
        "aurora mountains particles",
    ),
    _mood(
        "autumn, autumnal, autumn leaves, 秋日, 秋天",
        {
            Quality.WARMTH: 0.9,
            Quality.BRIGHTNESS: -0.1,
            Quality.SATURATION: -0.1,
            Quality.ENERGY: -0.3,
        },
        "ember amber earth gold",
        "mountains image horizon",
    ),
    _mood(
        "spring, springtime, blossom, 樱花, 春日, 春天",
        {Quality.BRIGHTNESS: 0.7, Quality.SATURATION: 0.2, Quality.WARMTH: 0.2},
        "pastel blossom pink mint green",
        "ink aurora mountains",
    ),
    _mood(
        "cosy, cozy, homely, intimate, candlelit, snug, warm mood, 温馨, 舒适, 惬意, 治愈",
        {
            Quality.ENERGY: -0.8,
            Quality.WARMTH: 1.0,
            Quality.BRIGHTNESS: 0.1,
            Quality.CONTRAST: -0.3,
        },
        "amber candle gold sunset ember",
        "rain ink nebula horizon",
    ),
    _mood(
        "epic, grand, majestic, monumental, heroic, cinematic, dramatic, anthem, "
        "anthemic, orchestral, 宏大, 震撼, 壮丽, 恢弘, 电影感, 史诗",
        {Quality.ENERGY: 0.6, Quality.CONTRAST: 0.6, Quality.VIGNETTE: 0.5},
        "gold ember sunrise aurora",
        "mountains horizon nebula aurora",
    ),
    _mood(
        "romantic, love, loving, tender, sensual, sweet, wedding, valentine, 爱情, "
        "甜蜜, 温柔, 浪漫",
        {
            Quality.WARMTH: 0.7,
            Quality.ENERGY: -0.5,
            Quality.BRIGHTNESS: 0.2,
            Quality.CONTRAST: -0.2,
        },
        "rose pink blossom sunset violet",
        "ink aurora nebula",
    ),
    _mood(
        "happy, joyful, joy, cheerful, uplifting, upbeat, playful, fun, feel-good, "
        "feel good, festive, party, bubbly, 开心, 快乐, 欢乐, 欢快, 派对, 活泼",
        {
            Quality.ENERGY: 0.7,
            Quality.BRIGHTNESS: 0.8,
            Quality.SATURATION: 0.6,
            Quality.WARMTH: 0.5,
        },
        "candy summer rainbow sunrise gold",
        "particles fireworks kaleidoscope bars",
    ),
    _mood(
        "psychedelic, trippy, hallucinogenic, acid, surreal, kaleidoscopic, "
        "超现实, 致幻, 迷离, 迷幻",
        {Quality.SATURATION: 1.0, Quality.MOTION: 0.8, Quality.REACTION: 0.3},
        "acid rainbow candy neon",
        "kaleidoscope ink tunnel metaballs",
    ),
    _mood(
        "eerie, spooky, creepy, horror, haunting, haunted, sinister, ominous, "
        "gothic, goth, scary, halloween, 阴森, 诡异, 哥特, 惊悚, 恐怖",
        {
            Quality.BRIGHTNESS: -1.0,
            Quality.SATURATION: -0.7,
            Quality.CONTRAST: 0.5,
            Quality.GRAIN: 0.6,
            Quality.VIGNETTE: 0.8,
        },
        "blood mono midnight slate toxic",
        "ink rain tunnel voronoi",
    ),
    _mood(
        "mysterious, mystic, mystical, enigmatic, occult, magic, magical, "
        "enchanted, fantasy, fairytale, 魔幻, 奇幻, 魔法, 神秘",
        {Quality.BRIGHTNESS: -0.4, Quality.ENERGY: -0.3, Quality.VIGNETTE: 0.4},
        "violet midnight aurora indigo",
        "nebula ink aurora",
    ),
    _mood(
        "cosmic, space, outer space, galaxy, galactic, interstellar, universe, "
        "astral, celestial, starry, planets, 银河, 星空, 星系, 太空, 宇宙",
        {Quality.BRIGHTNESS: -0.3, Quality.MOTION: 0.2},
        "cosmic midnight violet indigo nebula",
        "nebula starwarp stars tunnel particles",
    ),
    _mood(
        "night, at night, nighttime, night time, midnight, nocturnal, late night, "
        "late-night, moonlit, moonlight, 午夜, 深夜, 月光, 夜晚, 夜景, 夜色, 夜",
        {Quality.BRIGHTNESS: -0.6, Quality.WARMTH: -0.3},
        "midnight night indigo blue",
        "skyline nebula aurora",
    ),
    _mood(
        "sunset, dusk, golden hour, twilight, evening, 黄昏, 傍晚, 夕阳, 晚霞, 日落",
        {Quality.WARMTH: 1.0, Quality.BRIGHTNESS: 0.1, Quality.SATURATION: 0.3},
        "sunset dusk ember amber",
        "horizon ocean mountains",
    ),
    _mood(
        "sunrise, dawn, daybreak, morning, 黎明, 清晨, 早晨, 朝阳, 日出",
        {Quality.WARMTH: 0.6, Quality.BRIGHTNESS: 0.7},
        "sunrise dawn gold pastel",
        "horizon mountains aurora",
    ),
    _mood(
        "hypnotic, meditative, ambient, trance, zen, meditation, mesmerising, "
        "mesmerizing, spa, yoga, sleep, sleepy, 禅意, 冥想, 催眠, 氛围, 助眠",
        {Quality.ENERGY: -1.2, Quality.MOTION: -0.5, Quality.CONTRAST: -0.2},
        "teal indigo aurora ice",
        "aurora nebula ink ocean",
    ),
    _mood(
        "techno, rave, club, clubby, edm, dnb, drum and bass, drum & bass, "
        "dubstep, house, big room, trap, bass music, dance music, electronic, "
        "夜店, 电子, 电音",
        {
            Quality.ENERGY: 1.0,
            Quality.REACTION: 0.4,
            Quality.SATURATION: 0.3,
            Quality.CONTRAST: 0.4,
        },
        "electric neon acid cyber",
        "tunnel bars scope spectrum",
    ),
    _mood(
        "hip hop, hip-hop, hiphop, rap, street, urban, drill, 嘻哈, 说唱, 街头",
        {Quality.CONTRAST: 0.6, Quality.BRIGHTNESS: -0.3, Quality.ENERGY: 0.3},
        "mono gold midnight ember",
        "skyline bars vinyl tunnel",
    ),
    _mood(
        "rock, indie, grunge, alternative, garage, gritty, raw, dirty, rough, 粗粝, 独立, 摇滚",
        {
            Quality.GRAIN: 1.0,
            Quality.CONTRAST: 0.6,
            Quality.SATURATION: -0.3,
            Quality.ENERGY: 0.4,
        },
        "ember mono earth blood",
        "collage scope bars particles",
    ),
    _mood(
        "jazz, jazzy, soul, soulful, blues, lounge, smoky, smooth, 灵魂乐, 蓝调, 爵士",
        {
            Quality.ENERGY: -0.5,
            Quality.WARMTH: 0.6,
            Quality.BRIGHTNESS: -0.4,
            Quality.GRAIN: 0.4,
        },
        "amber gold midnight ember",
        "vinyl rain skyline ink",
    ),
    _mood(
        "folk, acoustic, country, organic, natural, earthy, nature, pastoral, "
        "大自然, 自然, 乡村, 民谣",
        {Quality.WARMTH: 0.5, Quality.ENERGY: -0.5, Quality.SATURATION: -0.2},
        "earth forest green amber",
        "mountains ocean horizon",
    ),
    _mood(
        "classical, piano, elegant, elegance, refined, graceful, luxurious, "
        "luxury, classy, sophisticated, 高雅, 古典, 钢琴, 典雅, 高级感, 高级, 优雅",
        {Quality.ENERGY: -0.6, Quality.SATURATION: -0.4, Quality.CONTRAST: 0.2},
        "gold mono pearl ivory",
        "ink aurora lissajous",
    ),
    _mood(
        "hopeful, hope, optimistic, inspiring, inspirational, motivational, "
        "triumphant, 励志, 积极, 希望",
        {Quality.BRIGHTNESS: 0.6, Quality.WARMTH: 0.5, Quality.ENERGY: 0.2},
        "sunrise gold dawn",
        "horizon mountains aurora",
    ),
    _mood(
        "underwater, oceanic, aquatic, submerged, deep sea, 水下, 深海, 海底",
        {Quality.WARMTH: -0.8, Quality.ENERGY: -0.4, Quality.MOTION: -0.2},
        "ocean teal blue ice",
        "ocean ink nebula",
    ),
    _mood(
        "pop, kpop, k-pop, j-pop, jpop, bubblegum, kawaii, cute, 流行, 少女感, 少女, 可爱",
        {Quality.BRIGHTNESS: 0.6, Quality.SATURATION: 0.6, Quality.ENERGY: 0.4},
        "candy pink pastel rainbow",
        "kaleidoscope particles metaballs bars",
    ),
    _mood(
        "minimal, minimalist, minimalistic, clean, simple, abstract, geometric, "
        "抽象, 几何, 简约, 简洁, 极简",
        {Quality.SATURATION: -0.4, Quality.ENERGY: -0.3, Quality.GRAIN: -0.5},
        "mono slate ice pearl",
        "lissajous scope horizon aurora",
    ),
    _mood(
        "noir, film noir, 黑色电影",
        {
            Quality.SATURATION: -2.4,
            Quality.CONTRAST: 1.0,
            Quality.BRIGHTNESS: -0.6,
            Quality.GRAIN: 0.8,
        },
        "mono slate",
        "rain skyline ink",
    ),
    _mood(
        "glitchy, glitch, digital, matrix, hacker, computer, 数码, 数字, 故障风, 故障",
        {Quality.CONTRAST: 0.5, Quality.MOTION: 0.5, Quality.REACTION: 0.5},
        "toxic cyber matrix electric green",
        "voronoi tunnel bars scope",
    ),
    _mood(
        "tense, tension, suspenseful, nervous, anxious, urgent, thriller, 悬疑, "
        "焦虑, 紧迫, 紧张",
        {
            Quality.ENERGY: 0.5,
            Quality.CONTRAST: 0.6,
            Quality.BRIGHTNESS: -0.5,
            Quality.WARMTH: -0.4,
        },
        "steel slate toxic blood",
        "tunnel voronoi ink",
    ),
    _mood(
        "peaceful, serene, tranquil, soothing, relaxing, relaxed, chill, chilled, "
        "chillout, laid-back, laid back, mellow, restful, 舒缓, 放松, 安静, 平静, "
        "宁静",
        {Quality.ENERGY: -1.0, Quality.MOTION: -0.4, Quality.CONTRAST: -0.2},
        "teal aurora pastel ice",
        "aurora ocean ink nebula",
    ),
    _mood(
        "fiery, fire, flames, burning, on fire, lava, 火热, 燃烧, 火焰",
        {
            Quality.WARMTH: 1.3,
            Quality.ENERGY: 0.6,
            Quality.SATURATION: 0.5,
            Quality.CONTRAST: 0.3,
        },
        "fire ember lava red",
        "particles ink fireworks tunnel",
    ),
)

BY_NAME: dict[str, Mood] = {mood.name: mood for mood in MOODS}
