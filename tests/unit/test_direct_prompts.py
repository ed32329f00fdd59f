"""What prompts must change: a table of sentences as musicians write them, in two languages.

A row is a prompt and claims about the timeline before and after it, joined by `;`:

    scene X @ part      some (in a new video) or all shots of the part show X
    no scene X          no shot shows X
    palette X @ part    the part has that palette
    QUALITY+ @ part     brightness, contrast, saturation, grain, vignette, motion or reaction rose
    cuts+ @ part        there are more shots; `cuts-` fewer; `every N` each shot lasts N beats
    warm+ / cold+       a palette of a warmer or colder kind
    aspect A            the shape
    title T A-B         a title with that text from A to B milliseconds, `*` for any
    look K=V            some title has that position, colour or scale
    titles N            so many titles
    level N             the song plays at N percent
    noflash             no shot begins with a flash
    says W              the reply holds these words; `quiet`: no complaints
    same                the timeline is as it was

Where every claim names a part, shots outside those parts must stay as they were.
"""

# ruff: noqa: E501 (a row of the table stays on one line)
from __future__ import annotations

import pytest

from mvpipe.model.timeline import Shot, Timeline, TransitionKind
from tests.direct_fixtures import CATALOGUE, say, titled

NEW = """
generate a music video with visuals that match the beat and mood of my track | quiet
generate a music video | quiet
create a video for my song | quiet
make me a music video please | quiet
I want a cool visualizer for this track | quiet
generate a dreamy video with aurora | scene aurora; quiet
neon city at night, cuts on the bar | scene skyline; palette neon; every 4; quiet
a calm video with rain on glass | scene rain; quiet
generate visuals in blue and orange | palette blue and orange; quiet
dark techno visuals, fast cuts | scene tunnel; quiet
generate a cyberpunk music video with heavy grain | palette neon; quiet
make a video with tunnel in the drops and aurora in the intro | scene tunnel @ drop; scene aurora @ intro; quiet
generate a video, no rain, no tunnel | no scene rain; no scene tunnel; quiet
generate a vertical video for TikTok | aspect 9:16; quiet
generate a square video with the title "Midnight" | aspect 1:1; title Midnight *; quiet
create a 9:16 clip of nebula | aspect 9:16; scene nebula; quiet
make a video of a dancing cat | says no 'dancing cat' here; says using '
generate a video with lip sync and my logo | says lip sync; says logo
generate a video with a dragon flying over a castle | says dragon; says castle
make a melancholic video, slow cuts, cold colours | quiet
generate an epic cinematic music video | quiet
only aurora, nothing else, dreamy | scene aurora; no scene tunnel; no scene nebula; quiet
generate a furious video with cuts on every beat | every 1; quiet
generate a cozy lofi video cut every two bars | every 8; quiet
produce a summer video with bright colors | quiet
generate a black and white video | saturation low; quiet
synthwave sunset with a neon grid | scene horizon; quiet
generate fireworks in the drops and a starry sky in the intro | scene particles @ drop
a trippy psychedelic video with lots of motion | quiet
generate a video in the ember palette | palette ember; quiet
create a video with aurora colours and the city skyline | palette aurora; scene skyline; quiet
generate a music video without flashing | noflash; quiet
generate a video with a title | title First Light *; quiet
generate a video that explodes on the drops | quiet
I'd like a hypnotic ambient video of a nebula | scene nebula; quiet
make an aggressive metal video in red and black | palette red and black; quiet
visuals for a lonely night drive through the city | scene skyline
generate a video with ocean waves | says ocean
生成一个音乐视频，配合节拍和情绪 | quiet
生成一个梦幻的视频，用极光 | scene aurora; quiet
制作一个赛博朋克风格的音乐视频 | palette neon; quiet
做一个竖屏视频，城市夜景 | aspect 9:16; scene skyline
生成一个黑白视频 | saturation low; quiet
生成视频，前奏用极光，副歌用隧道 | scene aurora @ intro; scene tunnel @ drop; quiet
生成一个会跳舞的猫的视频 | says 猫
生成一个有大象的视频 | says 大象
生成一个悲伤的视频，不要下雨 | no scene rain; quiet
帮我做一个快节奏的视频，每小节一切 | every 4; quiet
霓虹城市，每拍切换 | scene skyline; palette neon; every 1; quiet
生成史诗感的视频，标题“黎明” | title 黎明 *; quiet
创建一个适合抖音的视频 | aspect 9:16; quiet
生成一个金色的视频 | palette gold; quiet
制作一个温馨的视频，慢节奏 | quiet
"""

EDITS = """
make the second drop darker | brightness- @ drop 2; quiet
make the first drop brighter | brightness+ @ drop 1; quiet
darker | brightness-; quiet
make it brighter | brightness+; quiet
it's too dark | brightness+; quiet
not so bright | brightness-; quiet
a bit darker in the outro | brightness- @ outro 1; quiet
much more contrast in the drops | contrast+ @ drop; quiet
less saturated | saturation-; quiet
more colourful drops | saturation+ @ drop; quiet
add film grain | grain+; quiet
more grain in the verse | grain+ @ verse 1; quiet
remove the grain | quiet
make the intro calmer | motion- @ intro 1; quiet
calmer | motion-; reaction-; quiet
more energy in the second drop | motion+ @ drop 2; cuts+ @ drop 2; quiet
faster cuts | cuts+; quiet
slower cuts in the verse | cuts- @ verse 1; quiet
make the cuts faster in the second drop | cuts+ @ drop 2; quiet
cut on every bar | every 4; quiet
cut every two beats in the drops | every 2 @ drop; quiet
speed up the editing | cuts+; quiet
slow down | motion-; cuts-; quiet
stronger reaction to the beat | reaction+; quiet
softer reaction in the break | reaction- @ break 1; quiet
less flashing | noflash; quiet
no flashes please | noflash; quiet
more movement | motion+; quiet
less motion in the break | motion- @ break 1; quiet
use aurora in the intro | scene aurora @ intro 1; quiet
use tunnel in the second drop | scene tunnel @ drop 2; quiet
use rain in the break and outro | scene rain @ break 1; scene rain @ outro 1; quiet
show the nebula during the verse | scene nebula @ verse 1; quiet
replace the tunnel with particles | no scene tunnel; quiet
use aurora instead of tunnel | no scene tunnel; quiet
add more grain and vignette | grain+; vignette+; quiet
less grain and contrast | contrast-; quiet
把隧道换成星云 | no scene tunnel; quiet
no more tunnel | no scene tunnel; quiet
use the ember palette in the drops | palette ember @ drop; quiet
make the break blue | palette deep @ break 1; quiet
pastel colours in the intro | palette pastel @ intro 1; quiet
warmer | warm+; quiet
make the second drop colder | cold+ @ drop 2; quiet
make the verse dreamy | palette pastel @ verse 1; quiet
same but 9:16 | aspect 9:16; quiet
make it vertical | aspect 9:16; quiet
square please | aspect 1:1; quiet
change the aspect ratio to 1:1 | aspect 1:1; quiet
switch to portrait for TikTok | aspect 9:16; quiet
make it 4:5 | same; says 4:5
remove the title | titles 0; quiet
no titles | titles 0; quiet
delete all text | titles 0; quiet
add the title "First Light" for the first 3 seconds | title First Light 0-3000; quiet
add the title “Neon Rain” from 0:10 to 0:14 | title Neon Rain 10000-14000; quiet
add text 'The End' in the last 5 seconds | title The End last5; quiet
put "Hello" at the bottom from 5s to 8s | title Hello 5000-8000; look bottom; quiet
add a title that says Goodbye at 0:30 | title Goodbye 30000-33000; quiet
show "Drop it" in red at 1:00 for 2 seconds | title Drop it 60000-62000; look #e0322f; quiet
add a big title "HUGE" at the top | title HUGE 0-3000; look top; look 1.4; quiet
add the title "Midnight and Rain" | title Midnight and Rain 0-3000; quiet
change the title to "New Dawn" | title New Dawn 0-3000; titles 1; quiet
make the title bigger | look 1.4; titles 1; quiet
move the title to the lower left | look lower-left; titles 1; quiet
make the title gold | look #e5b84a; titles 1; quiet
make the first 10 seconds darker | brightness- @ 0-10000; quiet
from 0:20 to 0:30 use aurora | scene aurora @ 20000-30000; quiet
last 5 seconds calmer | motion- @ last 5; quiet
make the first half darker | brightness-; quiet
darker and slower in the intro | brightness- @ intro 1; motion- @ intro 1; quiet
make the second drop darker and faster | brightness- @ drop 2; motion+ @ drop 2; quiet
make the intro darker and the outro brighter | brightness- @ intro 1; brightness+ @ outro 1; quiet
make the drops darker, add the title "X", and make it vertical | brightness- @ drop; title X 0-3000; aspect 9:16; quiet
make the third drop darker | same; says no third drop
add a dancing cat | same; says dancing cat
add subtitles | same; says subtitle
turn the contrast down a bit | contrast-; quiet
raise the saturation | saturation+; quiet
too fast | motion-; quiet
black and white break | saturation- @ break 1; quiet
make the music quieter | level 75; quiet
set the music volume to 35% | level 35; quiet
everything in black and white except the intro | saturation-; says all but the intro; quiet
make it 30 seconds long | same; says length of 30 s
add the title "Red" at the top, colour red | title Red 0-3000; look top; look #e0322f; quiet
less dark in the chorus | brightness+ @ drop; quiet
把第二段副歌调暗一点 | brightness- @ drop 2; quiet
第二段高潮更暗 | brightness- @ drop 2; quiet
副歌更亮一些 | brightness+ @ drop; quiet
整体再亮一点 | brightness+; quiet
太暗了 | brightness+; quiet
前奏用极光 | scene aurora @ intro 1; quiet
在间奏使用下雨的场景 | scene rain @ break 1; quiet
去掉标题 | titles 0; quiet
不要标题 | titles 0; quiet
删除文字 | titles 0; quiet
添加标题“第一缕光”，前3秒 | title 第一缕光 0-3000; quiet
在最后5秒显示“谢谢” | title 谢谢 last5; quiet
加一个标题《夜行》，从10秒到15秒 | title 夜行 10000-15000; quiet
把标题改成“新的开始” | title 新的开始 0-3000; titles 1; quiet
改成竖屏 | aspect 9:16; quiet
换成方形画幅 | aspect 1:1; quiet
剪辑更快 | cuts+; quiet
剪辑慢一点 | cuts-; quiet
减少闪烁 | noflash; quiet
不要闪烁 | noflash; quiet
饱和度高一点 | saturation+; quiet
降低对比度 | contrast-; quiet
前10秒更暗 | brightness- @ 0-10000; quiet
结尾更平静 | motion- @ outro 1; quiet
每两小节切一次 | every 8; quiet
副歌用火的颜色 | palette ember @ drop; quiet
第二段副歌暗一点，并且快一点 | brightness- @ drop 2; motion+ @ drop 2; quiet
第三段副歌更亮 | same; says 第3段副歌
加一只跳舞的猫 | same; says 猫
除了副歌都调暗 | brightness-; says 除副歌外
音量调到35% | level 35; quiet
"""


def _rows(table: str) -> list[tuple[str, str]]:
    rows = (line.rpartition(" | ") for line in table.strip().splitlines())
    return [(prompt, claims) for prompt, _, claims in rows]


@pytest.mark.parametrize(("prompt", "claims"), _rows(NEW))
def test_a_prompt_makes_the_video_it_describes(prompt: str, claims: str) -> None:
    directed = say(prompt)

    wrong = [
        c for c in claims.split("; ") if not holds(c, None, directed.timeline, directed.reply)
    ]

    assert not wrong, f"{wrong}: {directed.reply}"


@pytest.mark.parametrize(("prompt", "claims"), _rows(EDITS))
def test_a_prompt_changes_what_it_names(prompt: str, claims: str) -> None:
    before = titled()
    directed = say(prompt, before)
    split = claims.split("; ")

    wrong = [c for c in split if not holds(c, before, directed.timeline, directed.reply)]

    assert not wrong, f"{wrong}: {directed.reply} {directed.changes}"
    assert _others_stay(split, before, directed.timeline), (
        f"{directed.reply} {directed.changes}"
    )


def holds(  # noqa: PLR0911 (one line a kind of claim)
    claim: str, before: Timeline | None, after: Timeline, reply: str
) -> bool:
    """Say whether one claim of the table is true."""
    head, _, part = claim.partition(" @ ")
    word, _, rest = head.partition(" ")
    shots = _in(part, after)
    old = _in(part, before) if before else ()
    match word:
        case "quiet":
            return not any(
                sign in reply
                for sign in ("Note:", "注意", "There is no", "has no", "没有", "Nothing")
            )
        case "says":
            return rest in reply
        case "same":
            return after == before
        case "aspect":
            return str(after.aspect) == rest
        case "level":
            return [round(sound.level * 100) for sound in after.sounds] == [int(rest)]
        case _ if word in {"title", "titles", "look"}:
            return _about_titles(word, rest, after)
        case _:
            return _about_shots(word, rest, before=before, old=old, shots=shots)


def _about_titles(word: str, rest: str, after: Timeline) -> bool:
    if word == "titles":
        return len(after.titles) == int(rest)
    if word == "look":
        return any(rest in (t.position, t.colour, str(t.scale)) for t in after.titles)
    text, _, when = rest.rpartition(" ")
    end = after.duration_ms
    wanted = {"last5": (end - 5000, end)}.get(when) or tuple(
        int(ms) for ms in when.replace("*", "").split("-") if ms
    )
    return any(t.text == text and wanted in ((), (t.start_ms, t.end_ms)) for t in after.titles)


def _about_shots(  # noqa: PLR0911 (one line a kind of claim)
    word: str,
    rest: str,
    *,
    before: Timeline | None,
    old: tuple[Shot, ...],
    shots: tuple[Shot, ...],
) -> bool:
    scenes = [shot.scene for shot in shots]
    match word:
        case "no":
            return rest.removeprefix("scene ") not in scenes
        case "scene":
            return set(scenes) == {rest} if before else rest in scenes
        case "palette":
            named = [shot.palette.name for shot in shots]
            return set(named) == {rest} if before else named.count(rest) * 2 > len(named)
        case "noflash":
            return all(shot.transition.kind is not TransitionKind.FLASH for shot in shots)
        case "every":
            lengths = [shot.end_ms - shot.start_ms for shot in shots[1:-1]]
            return lengths.count(int(rest) * 500) >= 0.75 * len(lengths)
        case "saturation" if rest == "low":
            return all(shot.grade.saturation < -0.5 for shot in shots)
        case _:
            return _rose(word, old, shots)


def _rose(word: str, old: tuple[Shot, ...], shots: tuple[Shot, ...]) -> bool:
    side, sign = word[:-1], 1 if word.endswith("+") else -1
    if side == "cuts":
        return (len(shots) - len(old)) * sign > 0
    return (_mean(side, shots) - _mean(side, old)) * sign > 0.02


def _mean(side: str, shots: tuple[Shot, ...]) -> float:
    warmth = {card.palette.name: card.warmth for card in CATALOGUE.palettes}
    total = sum(shot.end_ms - shot.start_ms for shot in shots)
    values = (_value(side, shot, warmth) * (shot.end_ms - shot.start_ms) for shot in shots)
    return sum(values) / total


def _value(side: str, shot: Shot, warmth: dict[str, float]) -> float:
    if side in {"warm", "cold"}:
        return warmth[shot.palette.name] * (1 if side == "warm" else -1)
    if side in {"motion", "reaction"}:
        return float(getattr(shot, side))
    return float(getattr(shot.grade, side))


def _in(part: str, timeline: Timeline) -> tuple[Shot, ...]:
    if part == "last 5":
        part = f"{timeline.duration_ms - 5000}-{timeline.duration_ms}"
    if part[:1].isdigit():
        start, end = map(int, part.split("-"))
        inside = (s for s in timeline.shots if start <= (s.start_ms + s.end_ms) / 2 < end)
        return tuple(inside)
    return tuple(shot for shot in timeline.shots if shot.section.startswith(part))


def _others_stay(claims: list[str], before: Timeline, after: Timeline) -> bool:
    about = [
        c for c in claims if c.split()[0] not in {"quiet", "says", "titles", "title", "aspect"}
    ]
    parts = [claim.partition(" @ ")[2] for claim in about]
    if (
        not parts
        or not all(parts)
        or any(part[0].isdigit() or part == "last 5" for part in parts)
    ):
        return True
    touched = {shot for part in parts for line in (before, after) for shot in _in(part, line)}
    was = [shot for shot in before.shots if shot not in touched]
    return was == [shot for shot in after.shots if shot not in touched]
