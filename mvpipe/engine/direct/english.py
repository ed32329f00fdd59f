"""English words and what they mean, but for scenes, palettes, moods, colours and times."""

from __future__ import annotations

from mvpipe.engine.direct.wishes import CutEvery, Quality
from mvpipe.engine.direct.words import (
    Degree,
    Meaning,
    OfAspect,
    OfCuts,
    OfPosition,
    OfScale,
    Role,
    Says,
    Turn,
)
from mvpipe.model.media import Aspect
from mvpipe.model.timeline import TitlePosition

ROLES: dict[Role, str] = {
    Role.GENERATE: "generate|create|produce|compose|craft|design|direct me|build me",
    Role.AFRESH: "regenerate|start over|start again|from scratch|remake|redo it|new version|"
    "another version|different version|generate again|try again",
    Role.ADD: "add|put|insert|write|display|overlay|place|superimpose|type",
    Role.REMOVE: "remove|delete|take away|take out|take off|get rid of|hide|erase|clear|strip",
    Role.CHANGE: "change|rename|move|set|switch|edit|update|modify|turn",
    Role.REPLACE: "replace|swap|substitute|swap out",
    Role.INSTEAD: "instead of|rather than|in place of",
    Role.RAISE: (
        "increase|raise|boost|turn up|crank up|amplify|pump up|push up|bring up|dial up|up"
    ),
    Role.LOWER: (
        "decrease|reduce|lower|turn down|tone down|cut down|dial down|dial back|"
        "ease off|"
        "bring down|soften|lessen|cut back|down"
    ),
    Role.NOT: (
        "no|not|without|don't|do not|dont|never|avoid|isn't|aren't|no more|w/o|stop|"
        "nothing|skip|"
        "free of|not too|not so|not as|not that|never too"
    ),
    Role.TOO: "too|overly",
    Role.ENOUGH: "enough",
    Role.ONLY: "only|just|nothing but|exclusively|purely|solely",
    Role.EXCEPT: "except|except for|apart from|but not in|but not|other than|excluding",
    Role.IT: "it|them|this|that",
    Role.VIDEO: "video|music video|clip|music clip|mv|film|movie|visual|visualizer|visualiser|"
    "visualization|visualisation|animation|lyric-free video|short|reel",
    Role.COLOURS: "colour|color|palette|colour palette|color palette|colour scheme|"
    "color scheme|tones|hue|shade|tint|colouring|coloring",
    Role.TITLE: (
        "title|text|caption|headline|heading|lettering|title card|text overlay|"
        "song title|"
        "song name|track title|track name|artist name|credit|watermark text"
    ),
    Role.JOIN: "and|but|plus|then|and then|also|while|&|or|as well as|yet",
    Role.WITH: "with|featuring|using",
}

DEGREES: dict[str, Degree] = {
    "not enough|more|increased|extra|greater|additional|lots of|plenty of|higher|"
    "high|heavy|heavier": Degree(1.0),
    "bigger|larger|huge amounts of": Degree(1.0),
    "less|fewer|reduced|lower|low|lighter on|minimal amount of": Degree(-1.0),
    "very|much|a lot|a lot more|way|far|super|really|extremely|strongly|considerably|"
    "significantly|ultra|much more|way more|far more|highly|insanely": Degree(1.7),
    "slightly|a bit|a little|a little bit|somewhat|a touch|a tad|subtly|marginally|a bit more|"
    "a little more|slightly more|a hint of|some more": Degree(0.5),
    "much less|way less|far less|a lot less|far fewer": Degree(-1.7),
    "slightly less|a bit less|a little less": Degree(-0.5),
    "stronger|strong|harder|hard|hits harder|hit harder": Degree(1.0, Quality.REACTION),
    "weaker|weak|softer|soft": Degree(-1.0, Quality.REACTION),
}

TURNS: dict[Quality, dict[float, str]] = {
    Quality.BRIGHTNESS: {
        -1.0: "dark|dim|gloomy|shadowy|dimly lit|low-key|low key|underexposed",
        1.0: "bright|light-filled|luminous|well lit|well-lit|radiant|high-key|brightly lit",
    },
    Quality.CONTRAST: {1.0: "contrasty|punchy|high-contrast", -1.0: "flat|low-contrast"},
    Quality.SATURATION: {
        1.0: (
            "colourful|colorful|saturated|vivid|vibrant|multicoloured|multicolored|"
            "rich colours|"
            "rich colors"
        ),
        -1.0: "muted|desaturated|washed out|washed-out|faded|pale|subdued|colourless|colorless",
        -4.0: "black and white|black-and-white|b&w|b/w|monochrome|greyscale|grayscale|"
        "black & white",
    },
    Quality.GRAIN: {1.0: "grainy|noisy"},
    Quality.MOTION: {
        1.0: "dynamic|animated|flowing|kinetic|swirling|spinning|fluid",
        -1.0: "still|static|motionless|slow motion|slow-motion|slowmo|slow-mo|slow moving|"
        "slow-moving|slowly moving|drifting",
    },
    Quality.REACTION: {
        1.0: "reactive|responsive|bouncy|pulsing|pulsating|beat-reactive|audio-reactive|"
        "audio reactive|music-reactive|throbbing",
    },
    Quality.FLASHES: {1.0: "flashy|strobing|flickering|flashing"},
    Quality.CUTS: {
        1.0: (
            "fast cut|quick cut|rapid cut|fast cutting|fast editing|quick editing|"
            "rapid editing|"
            "fast-cut|snappy|snappy cut|snappy editing|short shot|choppy|fast edit|quick edit|"
            "lots of cuts|frequent cut|hectic editing|tight cut|fast paced editing|"
            "fast-paced editing|jump cut"
        ),
        -1.0: "slow cut|slow editing|long take|long shot|few cut|rare cut|slow cutting|"
        "unhurried cut|lingering shot",
        -4.0: "one take|single shot|single take|one continuous shot|one long take",
    },
    Quality.SPEED: {
        1.0: "fast|quick|rapid|speedy|fast-paced|fast paced|high speed|brisk|hectic",
        -1.0: "slow|slow-paced|slow paced|unhurried|leisurely|sluggish",
    },
    Quality.ENERGY: {
        1.0: "energetic|intense|powerful|lively|explosive|high-energy|high energy|chaotic|busy|"
        "frantic|exciting|hyped|hype|frenetic|hard-hitting|dance|danceable|crazy|dramatic cuts",
        -1.0: "calm|gentle|quiet|subtle|low-energy|low energy|boring|soft-spoken|slow-burning|"
        "understated|restrained",
    },
    Quality.WARMTH: {
        1.0: "warm|warm colours|warm colors|warm tones|warm tone|warm light",
        -1.0: (
            "cold|chilly|cool tones|cool colours|cool colors|cool tone|cold tones|"
            "cold colours|"
            "cold colors|cool light|bluish"
        ),
    },
}

COMPARATIVES: dict[Quality, dict[float, str]] = {
    Quality.BRIGHTNESS: {
        -1.0: "darker|dimmer|gloomier|darken|moodier",
        1.0: "brighter|lighter|brighten|brighten up|lighten|lighten up",
    },
    Quality.CONTRAST: {1.0: "punchier|crisper", -1.0: "flatter"},
    Quality.SATURATION: {
        1.0: "saturate|richer|more vivid",
        -1.0: "paler|greyer|grayer|desaturate|fade the colours|fade the colors",
    },
    Quality.GRAIN: {1.0: "grainier|noisier", -1.0: "cleaner|smoother image"},
    Quality.MOTION: {
        -1.0: "slower motion|slower movement|slow down the motion|slow the motion",
        1.0: "faster motion|faster movement|livelier motion|speed up the motion",
    },
    Quality.REACTION: {
        1.0: "punch harder|react more|reacts more|react stronger|stronger reaction|"
        "bouncier|harder hitting|stronger beat|hit the beat harder|hits the beat harder",
        -1.0: "react less|reacts less|softer reaction|weaker reaction|gentler reaction",
    },
    Quality.CUTS: {
        1.0: "faster cut|quicker cut|cut faster|cut quicker|faster editing|quicker editing|"
        "faster edit|snappier|shorter shot|tighter cut|more cut|more frequent cut|"
        "cut more often|tighten the edit|speed up the cut|speed up the editing|double the cut",
        -1.0: (
            "slower cut|slower editing|cut slower|fewer cut|longer shot|cut less often|"
            "less cut|slow down the cut|less frequent cut|halve the cut|"
            "slow down the editing|slower edit"
        ),
    },
    Quality.SPEED: {
        1.0: "faster|quicker|speed up|speed it up|pick up the pace|speedier|faster-paced|"
        "faster paced",
        -1.0: "slower|slow down|slow it down|slower-paced|slower paced",
    },
    Quality.ENERGY: {
        1.0: "wilder|livelier|busier|more intense|crazier|hotter|fiercer|amp up|hype up|"
        "more energy|bolder|louder visuals",
        -1.0: "calmer|calm down|gentler|quieter|subtler|milder|tamer|simpler|calm it down|"
        "less hectic|less busy",
    },
    Quality.WARMTH: {
        1.0: "warmer|warm up|warm it up",
        -1.0: "colder|cooler|chillier|cool down|cool it down",
    },
}

NOUNS: dict[Quality, str] = {
    Quality.BRIGHTNESS: "brightness|exposure",
    Quality.CONTRAST: "contrast",
    Quality.SATURATION: "saturation|colour saturation|color saturation|vibrance|colour|color",
    Quality.GRAIN: "grain|film grain|noise",
    Quality.VIGNETTE: "vignette|vignetting|dark edges",
    Quality.MOTION: "motion|movement|camera movement|camera motion",
    Quality.REACTION: "reaction|response|reactivity|pulse|pulsation|bounce|shake|react|reacts",
    Quality.FLASHES: "flash|strobe|flicker|strobe light|strobe effect|flashing light",
    Quality.CUTS: "cut|edit point|editing|shots|cutting",
    Quality.SPEED: "speed|pace|pacing|tempo",
    Quality.ENERGY: "energy|intensity|drama|action|excitement",
    Quality.WARMTH: "warmth",
}

ASPECTS: dict[Aspect, str] = {
    Aspect.WIDE: (
        "16:9|16x9|16 by 9|widescreen|wide screen|landscape format|landscape mode|"
        "horizontal|"
        "for youtube|wide format|landscape orientation|landscape version|in landscape"
    ),
    Aspect.TALL: "9:16|9x16|9 by 16|vertical|portrait|for tiktok|for tik tok|tiktok|for reels|"
    "instagram reels|for instagram reels|for instagram stories|instagram stories|for stories|"
    "for shorts|youtube shorts|for youtube shorts|upright|for mobile|for phones|tall format|"
    "tiktok format|portrait mode|portrait format|vertical format|vertical video|for snapchat|"
    "vertical version",
    Aspect.SQUARE: "1:1|1x1|1 by 1|square|square format|for instagram feed|instagram feed|"
    "for the instagram feed|instagram post|for instagram posts|square video|square version",
}

CUTS: dict[CutEvery, str] = {
    CutEvery.BEAT: (
        "on every beat|every beat|on each beat|each beat|cut on the beat|beat by beat|"
        "cuts on every beat|cut every beat|on all beats|cut to every beat|one cut per beat"
    ),
    CutEvery.HALF_BAR: (
        "every half bar|half bar|half-bar|every two beats|every 2 beats|"
        "on the half bar|"
        "every other beat|every second beat|twice a bar|twice per bar|two cuts per bar"
    ),
    CutEvery.BAR: (
        "on the bar|every bar|on every bar|each bar|on bars|on the downbeat|"
        "every downbeat|"
        "on each bar|on each downbeat|once a bar|once per bar|every four beats|"
        "every 4 beats|on downbeats|every measure|cuts on the bar|cut on the bar|"
        "one cut per bar|on the one|on every downbeat"
    ),
    CutEvery.TWO_BARS: (
        "every two bars|every 2 bars|every other bar|every second bar|"
        "two bars per shot|"
        "every eight beats|every 8 beats|every two measures|every 2 measures"
    ),
    CutEvery.FOUR_BARS: (
        "every four bars|every 4 bars|every 16 beats|four bars per shot|every phrase|"
        "every four measures|every 4 measures"
    ),
}

POSITIONS: dict[TitlePosition, str] = {
    TitlePosition.CENTRE: "centre|center|middle|centred|centered|in the middle of the screen|"
    "in the middle of the frame|in the centre|in the center|dead centre",
    TitlePosition.TOP: (
        "top|at the top|upper third|above|upper|top of the frame|top of the screen"
    ),
    TitlePosition.BOTTOM: "bottom|at the bottom|bottom centre|bottom center|below|"
    "bottom of the screen|bottom of the frame",
    TitlePosition.LOWER_LEFT: (
        "lower left|lower-left|bottom left|bottom-left|lower third|lower-third|"
        "bottom left corner|lower left corner|left corner|in the corner"
    ),
}

SCALES: dict[float, str] = {
    1.8: "huge|giant|massive|enormous|gigantic",
    1.4: "big|bigger|large|larger",
    0.6: "small|smaller|little",
    0.4: "tiny",
}


def entries() -> tuple[tuple[str, Meaning], ...]:
    """Return every phrase with one meaning; a phrase may come twice."""
    found: list[tuple[str, Meaning]] = []
    found += [(w, Says(role)) for role, said in ROLES.items() for w in said.split("|")]
    found += [(w, degree) for said, degree in DEGREES.items() for w in said.split("|")]
    found += _turns(TURNS, comparative=False) + _turns(COMPARATIVES, comparative=True)
    found += [
        (w, Turn(q, 1.0, noun=True)) for q, said in NOUNS.items() for w in said.split("|")
    ]
    found += [(w, OfAspect(a)) for a, said in ASPECTS.items() for w in said.split("|")]
    found += [(w, OfCuts(e)) for e, said in CUTS.items() for w in said.split("|")]
    found += [(w, OfPosition(p)) for p, said in POSITIONS.items() for w in said.split("|")]
    found += [(w, OfScale(s)) for s, said in SCALES.items() for w in said.split("|")]
    return tuple(found)


def _turns(
    table: dict[Quality, dict[float, str]], *, comparative: bool
) -> list[tuple[str, Meaning]]:
    return [
        (word, Turn(quality, amount, comparative=comparative))
        for quality, steps in table.items()
        for amount, said in steps.items()
        for word in said.split("|")
    ]
