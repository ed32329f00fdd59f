"""English words that carry no wish, and what comes near to wishes nothing here shows."""

from __future__ import annotations

_FILLER = """
breathe breathes breathing
says say said saying reads read reading called named name names switch
a accordingly across add aesthetic aesthetics after again album all along also am amazing an
and animate animation animations another any anything apart appear appearing appears apply are
around artist artistic as aspect at atmosphere attached audience audio away awesome back
backdrop background backgrounds band bar bars based bass bassline be beat beating beats
beautiful because become becomes been before begin beginning begins behind being best better
between bit both bpm bring brings build builds but by can can't capture captures capturing
change changed changes changing channel clip color colored colors colour coloured colours come
comes complete contain containing contains convey cool could couple create creative cut cuts
cutting degree did different do does doesn't doing don't done down downbeat drive driven
drives drops drum drums during e.g each edit edited editing edits effect effects eg either
element elements else end ending ends energy engaging ensure entire etc even ever every
everything evoke evokes evolve evolves evolving exactly except experience explode explodes
exploding express eye-catching facebook fall falls fan fans fantastic feel feeling feels few
file final finish first fit fits fitting flow flows follow following follows footage for
format formats forth frame frames from full fully general generate generated gently get gets
getting give gives giving glow glowing glows go goes going good gorgeous gradually graphic
graphics great groove had happen happens hard has hat hats have having hd he heavily hello
help her here hey hi hi-hat high his hit hits hold holds how hue hues i i'd i'll i'm i.e ie if
image imagery immersive impressive in include included including increase incredible inside
inspired instagram instead interesting into intro's is isn't it it's its journey just keep
keeping keeps kept kick kind land lands last leave leaves left let let's lets level levels
light lighting lightly lights like likes lit little long look looking looks lot love lovely
low made main make makes making many match matched matches matching may maybe me measure
measures media melodies melody might mine minute minutes modern moment moments mood moods move
moves mp3 much music musical must my narrative need needed needs neither new next nice no nor
not now of off ok okay old on once one ones online only only's onto or original other others
our out outro's over overall pace paced palette palettes part parts people per perfect
perfectly perhaps picture place platform play played plays please point points polished post
posting pretty previous produce professional progress progresses pulse pulses push pushes put
quality quickly quite rather ratio react reacting reacts really reflect reflecting reflects
release released remain remains remix remixed resolution respond responding responds rest
rhythm rhythmic rhythms right rise rises same scene scenes scheme screen second seconds
section sections set several shade shades shall shape she shine shines shining shot shots
should show showing shown shows side since single size slowly smoothly snare so social soft
softly some something song songs sort sound sounding sounds start starting starts stay stays
still story striking strongly stuff stunning style styled styles stylish such suit suited
suits super sure swell swells sync synced synchronise synchronised synchronize synchronized
syncing syncs take taken takes tell telling tells tempo text than thank thanks that the their
them theme themed then there these they thing things think this those through throughout
tiktok till time times tint title titles to together tone tones too total track tracks
transition transitions try tune turn type ultra unchanged under unique until untouched up
upload uploaded us use used uses using varied vary version versions very via vibe vibes video
videos viewer viewers visual visuals vocal vocals volume vs want wanted wants was way we well
were what when whenever where which while who whole whose will wish with within without won't
wonderful work works world would yes you your youtube
"""
FILLER = frozenset(_FILLER.split())

NEAREST: dict[str, str] = {
    "city|town|street|building|cityscape|downtown|metropolis|tokyo|new york|"
    "rooftop|城市|都市|街道|建筑|高楼|东京": "skyline tunnel horizon",
    "ocean|sea|wave|water|river|lake|underwater|coast|海洋|大海|海浪|海|水面|水|"
    "河流|湖": "ocean horizon ink",
    "forest|tree|wood|jungle|leaf|leaves|garden|森林|树林|树木|树叶|"
    "花园": "mountains aurora ink",
    "mountain|hill|valley|canyon|desert|landscape|field|meadow|山|群山|高山|山谷|"
    "沙漠|草原|风景|田野": "mountains horizon aurora",
    "road|highway|car|driving|race|train|公路|高速|汽车|赛车|火车": "horizon tunnel skyline",
    "sky|cloud|smoke|fog|mist|heaven|storm|天空|云|云朵|烟雾|雾|风暴": "nebula aurora ink",
    "star|planet|moon|comet|meteor|astronaut|rocket|spaceship|星星|行星|月亮|流星|"
    "宇航员|火箭|飞船": "starwarp nebula particles",
    "laser|portal|wormhole|corridor|speed line|激光|传送门|虫洞|隧道": "tunnel starwarp",
    "snow|spark|confetti|dust|firefly|fireflies|bubble|雪|火花|彩带|萤火虫|泡泡|"
    "尘埃": "particles starwarp nebula",
    "fireworks|explosion|烟花|爆炸": "fireworks particles tunnel",
    "paint|watercolour|watercolor|liquid|oil|颜料|水彩|水墨|墨|液体": "ink nebula metaballs",
    "sun|horizon|grid|太阳|地平线|网格": "horizon",
    "flower|petal|butterfly|mandala|pattern|crystal|花|花朵|花瓣|蝴蝶|"
    "水晶": "kaleidoscope voronoi ink",
    "waveform|spectrum|equaliser|equalizer|oscilloscope|波形|频谱|均衡器|"
    "示波器": "bars spectrum scope",
    "record|turntable|dj|唱片|黑胶": "vinyl bars tunnel",
    "window|glass|rain|raindrop|雨|下雨|雨滴|玻璃|窗": "rain ink nebula",
    "photo|picture|image|cover|artwork|album art|照片|图片|封面|相片": "image",
}
"""Things people ask for, with the scenes that come nearest, best first."""

CANNOT = (
    "lip sync|lip-sync|lip syncing|lip-syncing|lyrics|lyric|subtitle|karaoke|logo|"
    "watermark|4k|8k|60fps|60 fps|3d|singer|dancer|actor|face|voiceover|voice over|narration|"
    "对口型|歌词|字幕|卡拉ok|水印|标志|跳舞|人物|配音|旁白|歌手|舞者|猫|狗|人脸"
)
"""Things people ask for that nothing here comes near to."""
