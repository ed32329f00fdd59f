"""The sentences of a conversation in the languages it is held in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language; braces are filled in with `str.format`."""

    connecting: str
    taking_in: str
    ready: str
    long: str
    empty: str
    nothing_changed: str
    changed: str
    credits: str
    frozen: str
    free: str
    which_file: str
    no_file: str
    only_files: str
    had: str
    taken_in: str
    rendering: str
    rendered: str
    unmoved: str
    replace: str
    instead: str
    hint_save: str
    nothing_to_save: str
    saved: str
    outside: str
    doubt_in_job: str
    sorry: str
    lost: str
    unknown: str
    unknown_hint: str
    arrived: str
    asks_itself: str
    offered: str
    no_link: str
    link: str
    goes_on: str
    stopped: str
    may_go_on: str
    help: str


EN = Words(
    connecting="Connecting...",
    taking_in="Taking in {file}...",
    ready="Ready: {files}. Say what you would like to see, or `help`.",
    long="{file} ({length})",
    empty="Nothing is on the timeline yet: say what you would like to see.",
    nothing_changed="Nothing changed.",
    changed="Changed: {what}",
    credits="{available} credits",
    frozen="{available} credits, and {frozen} held for work under way",
    free="This costs no credits.",
    which_file="which file? Type for example: upload cover.jpg",
    no_file="there is no file {file}",
    only_files="only files on this machine can be uploaded: download it first",
    had="{file} is here already.",
    taken_in="{file} is here.",
    rendering="Rendering {file}",
    rendered="Here is your video ({size}, rendered in {time}):",
    unmoved="{file} shows this already: nothing has changed since.",
    replace="{file} is there already. Replace it?",
    instead="{file} is there already, so this goes to {other}.",
    hint_save="`save` writes a job file that makes the same again.",
    nothing_to_save="There is nothing to save yet: say what you would like to see first.",
    saved="{file} makes the same again: mvpipe run {file}",
    outside="It leads out of its project: run it with --allow-outside.",
    doubt_in_job="Whether the last prompt arrived is not known yet, so it is not in {file}.",
    sorry="Sorry: {why}",
    lost="`save` keeps this as a job file, and `mvpipe run` makes it again in a new one.",
    unknown="it cannot be told yet whether that arrived: {why}",
    unknown_hint="It is not sent again by itself. `status` looks once more.",
    arrived="The prompt before has arrived after all.",
    asks_itself="That was meant for somebody before a screen; asking for it to be done.",
    offered="Say `export` when you want the video.",
    no_link="a project on this machine has no link",
    link="Whoever has this link can open the project, for a week:",
    goes_on="The prompt was sent and goes on without you; nothing is sent twice.",
    stopped="The render is stopped.",
    may_go_on="The render could not be stopped and may go on; it costs nothing.",
    help="""\
Say what you would like to see, in your own words:
  generate a dreamy music video in blue and gold, cuts on the bar
  add the title "Dawn" for the first 4 seconds
  make the second drop darker

Or one of these:
  export [PRESET] [FILE.mp4]  render the video and put it here
  status                      what is on the timeline
  credits                     what is left to spend
  upload FILE                 one more song or picture
  save [FILE]                 write a job file that makes the same again
  link                        open the project in a browser
  quit                        or Ctrl-D
Presets: {presets}""",
)

ZH = Words(
    connecting="正在连接...",
    taking_in="正在处理 {file}...",
    ready="准备好了：{files}。说说您想看到什么，或输入“帮助”。",
    long="{file}（{length}）",
    empty="时间线上还没有内容：说说您想看到什么。",
    nothing_changed="没有变化。",
    changed="变化：{what}",
    credits="剩余积分：{available}",
    frozen="剩余积分：{available}，另有 {frozen} 被进行中的工作占用",
    free="这里不花积分。",
    which_file="哪个文件？例如：上传 cover.jpg",
    no_file="没有文件 {file}",
    only_files="只能上传本机的文件：请先下载",
    had="{file} 已经在这里了。",
    taken_in="{file} 已上传。",
    rendering="正在渲染 {file}",
    rendered="您的视频（{size}，用时 {time}）：",
    unmoved="{file} 已是最新：此后没有变化。",
    replace="{file} 已存在，要替换吗？",
    instead="{file} 已存在，改为写入 {other}。",
    hint_save="输入“保存”可写出一个任务文件，能重新做出同样的视频。",
    nothing_to_save="还没有可保存的内容：先说说您想看到什么。",
    saved="{file} 能重新做出同样的视频：mvpipe run {file}",
    outside="它指向项目之外：运行时请加 --allow-outside。",
    doubt_in_job="还不知道上一条是否生效，所以没有写进 {file}。",
    sorry="抱歉：{why}",
    lost="输入“保存”可写出任务文件，再用 mvpipe run 重新做一遍。",
    unknown="还不知道这一条是否生效：{why}",
    unknown_hint="它不会自动重发。输入“状态”可再看一次。",
    arrived="上一条还是生效了。",
    asks_itself="这句话是说给坐在屏幕前的人的；正在请它直接完成。",
    offered="想要视频时，请输入“导出”。",
    no_link="本机的项目没有链接",
    link="一周之内，有这个链接的人都能打开此项目：",
    goes_on="这一条已经发出，会在后台继续；不会重复发送。",
    stopped="渲染已停止。",
    may_go_on="渲染未能停止，可能还在继续；不花积分。",
    help="""\
用您自己的话说想看到什么：
  生成一个蓝金色的梦幻音乐视频，按小节剪切
  加标题《晨光》
  让第二个高潮更暗

或者输入：
  导出 [预设] [文件.mp4]      渲染视频并存到这里
  状态                        时间线上有什么
  积分                        还剩多少
  上传 文件                   再加一首歌或一张图片
  保存 [文件]                 写出能重新做出同样视频的任务文件
  链接                        在浏览器里打开项目
  退出                        或 Ctrl-D
预设：{presets}""",
)

WORDS = {"en": EN, "zh": ZH}
"""By language, as job files write it."""
