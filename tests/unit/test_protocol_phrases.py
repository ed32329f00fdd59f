from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.protocol.gui import GuiAction, gui_action, translate
from mvpipe.protocol.phrases import Action, Routed, route

EXPORTS = """
export|Export!|export it|please export the video|export my music video in 1080p|export as mp4
download|download the final video please|how do I download it?|where can I download the video
send me the video|can you send me the video?|give me the final video|can I have the video
send it|send it to me|render it|save the video|download link|ok, export it now
start the export
导出|导出视频|请导出|导出吧|可以导出了|导出 mp4|帮我导出成片|把视频导出来|把视频发给我
发给我视频|下载|怎么下载视频
"""
CREDITS = """
credits|credits?|balance|check my credits|show my credit balance|what's my balance
credits left
how many credits do I have left?|how much credit is left|do I have any credits left
积分|余额|还有多少积分|我的积分还剩多少|查一下余额|查询积分|我还剩多少积分？
"""
STATES = """
status|show tracks|show me the tracks|show the timeline|list all tracks|what's the status
what do we have so far|is it done yet?|how's it going|where are we|progress
状态|进度|查看状态|显示轨道|现在什么情况|好了吗|视频做好了吗|时间线
"""
TURNS = """
generate a music video|add music|make it 9:16|make it darker|make it red and blue|把视频变暗
export the feeling of rain|download bar animation|导出一种下雨的感觉|下载的雨
get me a clip of rain
give me a video of a cat|send me a postcard look|give it to me in blue|render a neon city
save the drop for later|add a credits title at the end|roll the credits at the end|end credits
show credits over the last shot|credits roll|加一个片尾字幕|积分榜风格的标题
balance the colours
balance the bass and the treble|a status bar that fills with the beat|state of the art look
状态要忧郁一点|进度条动画|progress from dark to light|track the beat
timeline of my life in pictures
上传者的故事|use song.mp3 as the background|the drop should explode
animate the words upload and download
add the title "export"|add the title "stop, export"|add the title “one, two. Export
is it done in blue
"""
UPLOADS = [
    ("upload", ""),
    ("上传", ""),
    ("上传文件", ""),
    ("upload a song", ""),
    ("please upload this file", ""),
    ("upload song.mp3", "song.mp3"),
    ("song.flac", "song.flac"),
    ("~/Music/my song.mp3", "~/Music/my song.mp3"),
    ("./a b.mp3", "./a b.mp3"),
    ("C:\\music\\a.wav", "C:\\music\\a.wav"),
    ("https://x.org/a/b.mp4", "https://x.org/a/b.mp4"),
    ('upload "my song.wav"', "my song.wav"),
    ("here is my song: x.mp3", "x.mp3"),
    ("上传 歌.mp3", "歌.mp3"),
]


def rows(table: str) -> list[str]:
    return [said for line in table.strip().splitlines() for said in line.split("|")]


@pytest.mark.parametrize(
    ("said", "action"),
    [
        *[(said, Action.EXPORT) for said in rows(EXPORTS)],
        *[(said, Action.CREDITS) for said in rows(CREDITS)],
        *[(said, Action.STATE) for said in rows(STATES)],
    ],
)
def test_a_phrase_is_an_action_and_never_reaches_the_agent(said: str, action: Action) -> None:
    assert route(said) == (Routed(action),)


@pytest.mark.parametrize("said", rows(TURNS))
def test_everything_else_goes_to_the_agent_as_it_is(said: str) -> None:
    assert route(said) == (Routed(Action.TURN, said),)


@pytest.mark.parametrize(("said", "file"), UPLOADS)
def test_an_upload_is_asked_for_or_simply_given(said: str, file: str) -> None:
    assert route(said) == (Routed(Action.UPLOAD, file),)


@pytest.mark.parametrize(
    ("said", "prompt", "action"),
    [
        ("make it darker, then export it", "make it darker", Action.EXPORT),
        ("make it darker and export it", "make it darker", Action.EXPORT),
        ("make it blue. export", "make it blue", Action.EXPORT),
        ("make it darker; status", "make it darker", Action.STATE),
        ('add the title "Night", then export', 'add the title "Night"', Action.EXPORT),
        ("加一个标题然后导出", "加一个标题", Action.EXPORT),
        ("变暗，导出视频", "变暗", Action.EXPORT),
        (f"{'very ' * 60}dark, then export", f"{'very ' * 60}dark", Action.EXPORT),
    ],
)
def test_an_action_at_the_end_of_a_prompt_is_split_off(
    said: str, prompt: str, action: Action
) -> None:
    assert route(said) == (Routed(Action.TURN, prompt), Routed(action))


def test_nothing_said_is_nothing_to_do() -> None:
    assert route("  \n") == ()


def test_full_width_letters_are_the_same_letters() -> None:
    assert route("ＥＸＰＯＲＴ！") == (Routed(Action.EXPORT),)


@given(st.text(max_size=400))
def test_routing_loses_no_prompt(said: str) -> None:
    routed = route(said)
    assert bool(routed) is bool(said.strip())
    assert all(one.text for one in routed if one.action is Action.TURN)


@pytest.mark.parametrize("said", ["please " * 3000, "请" * 20_000, "a, " * 9000, "'" * 9000])
def test_a_long_message_is_read_in_little_time(said: str) -> None:
    assert route(said)[0].action is Action.TURN


@pytest.mark.parametrize(
    ("sentence", "action"),
    [
        ("Click the Export button to download your video.", GuiAction.EXPORT),
        ('Tap "Export" in the corner.', GuiAction.EXPORT),
        ("You will find the Export button on the right.", GuiAction.EXPORT),
        ("点击右上角的导出按钮", GuiAction.EXPORT),
        ("您可以导出视频了", GuiAction.EXPORT),
        ("导出", GuiAction.EXPORT),
        ("Check your account page", GuiAction.CREDITS),
        ("Please top up to go on.", GuiAction.CREDITS),
        ("Visit Billing for more.", GuiAction.CREDITS),
        ("请前往充值", GuiAction.CREDITS),
        ("You can preview it in the timeline.", GuiAction.SHOW_TRACKS),
        ("在时间线上预览效果", GuiAction.SHOW_TRACKS),
        ("Drag and drop to reorder.", GuiAction.SEND_EDIT),
        ("Drag the clip onto the timeline.", GuiAction.SEND_EDIT),
        ("Drop the clip into the timeline", GuiAction.SEND_EDIT),
        ("拖拽素材到时间线", GuiAction.SEND_EDIT),
        ("Open the Effects panel to see more.", GuiAction.READ_STATE),
        ("打开设置面板", GuiAction.READ_STATE),
        ('Click "Generate" to start.', GuiAction.CARRY_OUT),
        ("Then press the small round button.", GuiAction.CARRY_OUT),
        ("Click Generate", GuiAction.CARRY_OUT),
        ("点击生成", GuiAction.CARRY_OUT),
        ("The drop now explodes at 0:45.", None),
        ("I cut on the click track.", None),
        ("Click track added.", None),
        ("I opened with a wide road.", None),
        ("The video opens up to a wide page of clouds", None),
        ("The credits roll at the end.", None),
        ("The beat drops into the chorus", None),
        ("Your video is ready.", None),
        ("I added music to the video track.", None),
        ("click " * 100, None),
    ],
)
def test_what_is_said_of_a_screen_becomes_an_action(
    sentence: str, action: GuiAction | None
) -> None:
    assert gui_action(sentence) is action


def test_only_the_sentences_about_a_screen_are_taken_out() -> None:
    reply = "Done! The drop is at 0:45.5 now. Click the Export button to save. 点击导出。好了。"
    found = translate(reply)
    assert found.text == "Done! The drop is at 0:45.5 now. 好了。"
    assert found.actions == (GuiAction.EXPORT,)
    assert [meant.said for meant in found.meant] == [
        "Click the Export button to save.",
        "点击导出。",
    ]


@given(st.text(max_size=300))
def test_a_reply_without_a_screen_stays_as_it_is(reply: str) -> None:
    found = translate(reply)
    assert found.text == reply or found.meant
