"""Chinese words and what they mean, but for scenes, palettes, moods, colours and times."""

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
    Role.GENERATE: (
        "生成|创作|制作|创建|做一个|做一支|做个|做一段|做一条|来一个|来一支|来一段|来个|帮我做"
    ),
    Role.AFRESH: "重新生成|重新做|重做|重新制作|从头来|再来一个|再生成|换一个版本|重来",
    Role.ADD: "添加|加上|加个|加入|加一个|写上|显示|放上|放一个|打上|叠加|加一行|加",
    Role.REMOVE: "删除|去掉|移除|去除|删掉|拿掉|取消|隐藏|清除|删",
    Role.CHANGE: "改成|改为|改|变成|设为|设置为|调成|修改|移到|放到|移动到",
    Role.REPLACE: "换成|换为|换|替换成|替换为|替换",
    Role.INSTEAD: "而不是|代替",
    Role.RAISE: "增加|提高|加强|增强|调高|提升|加大|加快|拉高",
    Role.LOWER: "减少|降低|减弱|调低|减小|压低|拉低|放慢|减轻|削弱",
    Role.NOT: "不要|不用|没有|别|无需|无|不带|避免|不想要|不需要|不",
    Role.TOO: "太|过于|过",
    Role.ENOUGH: "不够|足够",
    Role.ONLY: "只用|只要|仅用|全部用|全用|全都用|只有|仅|全部|都用",
    Role.EXCEPT: "除了|除",
    Role.IT: "它|这个|这",
    Role.VIDEO: "视频|音乐视频|mv|短片|影片|片子|画面|视觉|可视化|动画|短视频",
    Role.COLOURS: "配色|色调|色彩|颜色|调色|色系",
    Role.TITLE: "标题|文字|字样|歌名|标题卡|片名|题目|大字|文本|曲名",
    Role.JOIN: "和|并且|并|与|以及|同时|然后|再|还有|还要|且|但是|但|而且|接着|跟",
}

DEGREES: dict[str, Degree] = {
    "更|更加|再|多一点|多一些|多点|多些|更多|更多的|高|更高|多": Degree(1.0),
    "更少|少一点|少一些|少点|少些|少|低|更低": Degree(-1.0),
    "非常|很|特别|极其|超级|得多|很多|许多|超|极度|十分|大幅": Degree(1.7),
    "一点|一些|稍微|略微|一点点|些|点|稍稍|略": Degree(0.5),
    "强一点|强一些|更强|强烈|强|更强烈": Degree(1.0, Quality.REACTION),
    "弱一点|弱一些|更弱|弱": Degree(-1.0, Quality.REACTION),
}

TURNS: dict[Quality, dict[float, str]] = {
    Quality.BRIGHTNESS: {
        -1.0: "暗|昏暗|黑暗|阴暗|暗淡|暗调|调暗|变暗|幽暗",
        1.0: "亮|明亮|光亮|调亮|变亮|提亮",
    },
    Quality.SATURATION: {
        1.0: "鲜艳|艳丽|色彩丰富|五彩|缤纷|色彩鲜明|多彩|绚丽|浓郁",
        -1.0: "淡雅|褪色|灰暗|低饱和|素|清淡|淡",
        -4.0: "黑白",
    },
    Quality.CONTRAST: {1.0: "高对比|对比强烈|强对比", -1.0: "低对比"},
    Quality.GRAIN: {1.0: "有颗粒感"},
    Quality.MOTION: {1.0: "流动|动感|旋转|灵动", -1.0: "静止|静态|慢动作|慢镜头"},
    Quality.REACTION: {1.0: "律动|有节奏感|跟着节拍跳动|随节拍跳动|弹跳"},
    Quality.CUTS: {
        1.0: "快切|快剪|快速剪辑|快节奏剪辑|快速切换|频繁切换|短镜头|快节奏",
        -1.0: "慢切|慢剪|长镜头|慢节奏剪辑|慢节奏",
        -4.0: "一镜到底",
    },
    Quality.SPEED: {
        1.0: "快|快速|迅速|急促|加速",
        -1.0: "慢|缓慢|慢速|慢慢|缓缓|舒缓节奏|减速",
    },
    Quality.ENERGY: {
        1.0: (
            "有活力|活力|有力|劲爆|激情|热烈|热血|炸裂|燃|炸|嗨|有冲击力|有力量|狂热|"
            "强劲|动感十足"
        ),
        -1.0: "柔和|平缓|轻柔|温和|低调|沉静|冷静|柔",
    },
    Quality.WARMTH: {1.0: "暖色|暖色调|暖|温暖", -1.0: "冷色|冷色调|冷|偏冷|清冷"},
}

NOUNS: dict[Quality, str] = {
    Quality.BRIGHTNESS: "亮度|曝光",
    Quality.CONTRAST: "对比度|对比",
    Quality.SATURATION: "饱和度|饱和|色彩浓度|色彩|颜色",
    Quality.GRAIN: "颗粒|颗粒感|噪点|胶片颗粒",
    Quality.VIGNETTE: "暗角",
    Quality.MOTION: "运动|动作|运动感|镜头运动|动态",
    Quality.REACTION: "反应|节拍反应|律动感|响应|节奏感",
    Quality.FLASHES: "闪烁|闪光|频闪|闪白|闪",
    Quality.CUTS: "剪辑|切换|镜头切换|剪切|切镜|剪辑点|切|剪|镜头",
    Quality.SPEED: "速度|节奏",
    Quality.ENERGY: "能量|力度|强度",
}

ASPECTS: dict[Aspect, str] = {
    Aspect.WIDE: "横屏|横版|宽屏|横向|横",
    Aspect.TALL: "竖屏|竖版|抖音|竖向|竖|快手|手机屏|手机竖屏|适合抖音|小红书|视频号",
    Aspect.SQUARE: "方形|正方形|方屏|朋友圈方图",
}

CUTS: dict[CutEvery, str] = {
    CutEvery.BEAT: "每一拍|每拍|每个节拍|每个拍子|逐拍",
    CutEvery.HALF_BAR: "每半小节|半小节|每两拍|每2拍",
    CutEvery.BAR: "每小节|每一小节|每个小节|每四拍|每4拍|按小节|一小节一切",
    CutEvery.TWO_BARS: "每两小节|每2小节|每两个小节|每八拍|每8拍",
    CutEvery.FOUR_BARS: "每四小节|每4小节|每四个小节",
}

POSITIONS: dict[TitlePosition, str] = {
    TitlePosition.CENTRE: "居中|中间|正中|中央|正中央|画面中央",
    TitlePosition.TOP: "顶部|上方|上面|画面上方|最上面",
    TitlePosition.BOTTOM: "底部|下方|下面|画面下方|最下面",
    TitlePosition.LOWER_LEFT: "左下角|左下|左下方",
}

SCALES: dict[float, str] = {
    1.8: "巨大|超大|特大",
    1.4: "大一点|大一些|更大|大号|放大|大些|大大的",
    0.6: "小一点|小一些|更小|小号|缩小|小些|小小的",
}

FILLER = (
    "以外 之外 外 "
    "一次 一遍 一会 一会儿 一首 一只 一张 一片 "
    "一个 一支 一段 一条 一种 一部 一下 我的 我们的 我 你 请 帮我 给我 帮忙 想要 希望 需要 "
    "要 让 使 把 将 用 使用 采用 配合 符合 匹配 契合 贴合 跟随 随着 根据 按照 为 为了 给 对 "
    "在 里 里面 中 上 下 的 地 得 了 着 过 是 有 很有 带有 带 具有 充满 风格 风 感 感觉 "
    "的感觉 氛围感 主题 元素 效果 场景 背景 色调 调色 配色 调子 音乐 歌曲 歌 曲子 曲 这首歌 "
    "这首 节拍 拍子 情绪 心情 情感 旋律 鼓点 低音 卡点 踩点 同步 整个 整体 整首 全部 所有 "
    "全片 全程 全曲 部分 段落 段 段的 时候 时 变得 变 调 调整 调节 看起来 好看 漂亮 美丽 "
    "精美 酷炫 炫酷 酷 高质量 专业 好 好的 一样 相同 同样 保持 不变 其他 其它 别的 比例 "
    "格式 尺寸 版本 版 屏幕 画幅 吧 呢 啊 呀 哦 嗯 也 都 就 还 并 又 而 且 与 及 或 或者 以 "
    "从 到 至 由 于 加 成 出 起来 出来 来 去 做 进行 生 新 新的 全新 每 每个 各 那 那个 "
    "这些 那些 时间 持续 出现 开始 期间 时段 处 位置 适合 用于 发布 平台 能够 可以 能 会 "
    "应该 必须 刚才 刚刚 现在 之前 之后 后 前 秒 分 分钟 跟 跟着 随 一起 变化 展示 呈现 "
    "表现 表达 体现 突出 融合 结合 搭配 设计 完美 独特 创意 丰富 最 最好 有点 有些 什么 "
    "任何 多么 真 真的 样子 字体 字 光 光影 光线 灯光 色 色彩 颜色 图案 镜头 剪辑 节奏 速度 "
    "看 切换 改变 转换 转场 不同 同 唱 听 声 音 好像 像 似的 般 那样 这样 谢谢 麻烦 您好 "
    "你好 哈 "
)


def entries() -> tuple[tuple[str, Meaning], ...]:
    """Return every phrase with one meaning; a phrase may come twice."""
    found: list[tuple[str, Meaning]] = [(word, Says(Role.FILLER)) for word in FILLER.split()]
    found += [(w, Says(role)) for role, said in ROLES.items() for w in said.split("|")]
    found += [(w, degree) for said, degree in DEGREES.items() for w in said.split("|")]
    found += [
        (word, Turn(quality, amount))
        for quality, steps in TURNS.items()
        for amount, said in steps.items()
        for word in said.split("|")
    ]
    found += [
        (w, Turn(q, 1.0, noun=True)) for q, said in NOUNS.items() for w in said.split("|")
    ]
    found += [(w, OfAspect(a)) for a, said in ASPECTS.items() for w in said.split("|")]
    found += [(w, OfCuts(e)) for e, said in CUTS.items() for w in said.split("|")]
    found += [(w, OfPosition(p)) for p, said in POSITIONS.items() for w in said.split("|")]
    found += [(w, OfScale(s)) for s, said in SCALES.items() for w in said.split("|")]
    return tuple(found)
