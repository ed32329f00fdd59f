"""A conversation: lines in; turns, videos, a job file out. All effects come with the room."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import SessionId, Snapshot
from mvpipe.disk import write_whole
from mvpipe.errors import MvpipeError, OutcomeUnknown, Refused, SessionGone, UsageError
from mvpipe.model.backend import BackendName
from mvpipe.model.canonical import Digest
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Input, Prompt
from mvpipe.model.media import MediaKind
from mvpipe.model.summary import changes, summarize
from mvpipe.model.timecode import timecode
from mvpipe.report.clean import clean
from mvpipe.runner.turn import Taken, take_turn
from mvpipe.spec.presets import PRESETS
from mvpipe.talk.lines import Kind, Wish, is_chinese, understood
from mvpipe.talk.room import Room
from mvpipe.talk.screen import FOLLOW_UPS, Todo, todo
from mvpipe.talk.script import Script
from mvpipe.talk.videos import Video, free, place, usual_name
from mvpipe.talk.words import WORDS, ZH, Words

SEED = 0
"""What a job file has that names none."""

LOOKING = {Kind.TURN, Kind.EXPORT, Kind.STATE, Kind.SAVE}
"""What must know how the timeline stands, and so what became of the prompt before."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A prompt that went out; whether it took effect is not known. `before` is from before."""

    prompt: Prompt
    before: Digest


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest video: where it is, and which timeline it shows in which preset."""

    timeline: Digest
    preset: str
    to: Path


@dataclass(slots=True)
class Conversation:
    """One session from the first file to the last line.

    `to` is where the first video shall go, `save_to` where the job is kept; `left` and
    `exporting` are about the line under way.
    """

    room: Room
    script: Script
    preset: str
    to: Path | None = None
    save_to: Path | None = None
    session: SessionId = field(default=SessionId(""), init=False)
    words: Words = field(init=False)
    used: set[str] = field(default_factory=set, init=False)
    doubt: Doubt | None = field(default=None, init=False)
    latest: Latest | None = field(default=None, init=False)
    hinted: bool = field(default=False, init=False)
    left: int = field(default=0, init=False)
    exporting: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.words = WORDS[self.script.language]

    def hold(self, songs: Sequence[Path]) -> None:
        """Open a session, hand the songs over, and do what each line asks, to the last one.

        Not safe to repeat. Where nobody attends, the first thing that fails is raised and ends
        it; somebody who is there reads of it and goes on.
        """
        script = self.script.given(*songs)
        inputs = script.inputs()
        if not self._claim(self.save_to):
            self.save_to = None
        self.room.mouth.line(self.words.connecting)
        self.session = self.room.backend.open(
            name=script.name, language=script.language, seed=SEED, hints=MusicHints()
        )
        try:
            known = [self._handed_over(item) for item in inputs]
            self.script = script
            self.room.mouth.line(self.words.ready.format(files=", ".join(known)))
            self._listen()
            with suppress(MvpipeError):
                self._settle_doubt()
            if self.save_to is not None and not self.script.prompts:
                self.room.mouth.line(self.words.nothing_to_save)
        except KeyboardInterrupt:
            self._broken_off()
            raise
        finally:
            self._leave()

    def _listen(self) -> None:
        while (line := self.room.listen()) is not None:
            self.words = ZH if is_chinese(line) else WORDS[self.script.language]
            if not self._line(line):
                return

    def _broken_off(self) -> None:
        """Say what goes on without whoever broke off."""
        self.room.mouth.broken_off()
        if self.doubt is not None and self.room.backend.lasts():
            self.room.mouth.line(self.words.goes_on)

    def _leave(self) -> None:
        """Say where the job is, whatever ended the conversation."""
        self.room.mouth.settle()
        if self.save_to is None or not self.script.prompts:
            return
        self._tell_saved(self.save_to)

    def _line(self, line: str) -> bool:
        """Do what a line asks for; return whether the conversation goes on."""
        wishes = understood(line)
        self.left = FOLLOW_UPS
        self.exporting = any(wish.kind is Kind.EXPORT for wish in wishes)
        try:
            for wish in wishes:
                if wish.kind is Kind.QUIT:
                    return False
                if wish.kind in LOOKING:
                    self._settle_doubt()
                self._deeds()[wish.kind](wish)
        except MvpipeError as problem:
            if not self.room.attended:
                raise
            self._tell_problem(problem)
        return True

    def _deeds(self) -> dict[Kind, Callable[[Wish], None]]:
        return {
            Kind.TURN: lambda wish: self._turn(wish.text),
            Kind.EXPORT: self._export,
            Kind.CREDITS: lambda _: self._credits(),
            Kind.STATE: lambda _: self._state(),
            Kind.UPLOAD: self._upload,
            Kind.SAVE: self._save,
            Kind.LINK: lambda _: self._link(),
            Kind.HELP: lambda _: self._help(),
        }

    def _tell_problem(self, problem: MvpipeError) -> None:
        self.room.mouth.line(self.words.sorry.format(why=problem))
        hint = self.words.lost if isinstance(problem, SessionGone) else problem.hint
        if hint:
            self.room.mouth.detail(hint)

    # turns

    def _turn(self, text: str) -> None:
        """Say a prompt, once; show what came of it and do what it was told to do by hand."""
        said = clean(text).strip()
        script = self.script.said(self.script.next_step(self.used), said)
        prompt = script.prompt()  # nothing is sent that the job file could not say
        self.used.add(prompt.id)
        before = self.room.backend.timeline(self.session)
        taken = self._taken(prompt, before)
        moved = taken.after != before.digest
        if moved or (taken.text and script.backend is BackendName.NEMO):  # it remembers words
            self.script = script
            self._keep()
        self._show(taken, before, moved=moved)
        self._carry_out(todo(taken.meant, left=self.left, exporting=self.exporting))

    def _taken(self, prompt: Prompt, before: Snapshot) -> Taken:
        """Take a turn; raises OutcomeUnknown where it cannot be told what came of it."""
        room = self.room
        room.mouth.begin()
        try:
            return take_turn(
                room.backend,
                self.session,
                prompt,
                before=before,
                notice=room.mouth.detail,
                sleep=room.sleep,
            )
        except OutcomeUnknown as problem:
            self.doubt = Doubt(prompt, before.digest)
            told = self.words.unknown.format(why=problem)
            raise OutcomeUnknown(told, hint=self.words.unknown_hint) from problem
        except KeyboardInterrupt:
            self.doubt = Doubt(prompt, before.digest)
            raise
        finally:
            room.mouth.end()

    def _show(self, taken: Taken, before: Snapshot, *, moved: bool) -> None:
        mouth = self.room.mouth
        if taken.text and not mouth.spoke:
            mouth.paragraph(taken.text)
        if taken.changed is not None:
            if not taken.text and (what := changes(before.timeline, taken.changed)):
                mouth.detail(self.words.changed.format(what="; ".join(what)))
            mouth.detail(summarize(taken.changed))
        elif not moved and not taken.text:
            mouth.line(self.words.nothing_changed)

    def _carry_out(self, wanted: Todo) -> None:
        """Do what the reply's words about a screen come down to."""
        if wanted.ask:
            self.left -= 1
            self.room.mouth.line(self.words.asks_itself)
            self._turn(wanted.ask)
        if wanted.state:
            self._state()
        if wanted.credits:
            self._credits()
        if wanted.export and not self.exporting:
            self.exporting = True
            self._export(Wish(Kind.EXPORT))
        if wanted.offered:
            self.room.mouth.line(self.words.offered)

    def _settle_doubt(self) -> None:
        """Look whether a prompt whose fate was unknown has arrived after all."""
        if self.doubt is None:
            return
        now = self.room.backend.timeline(self.session)
        if now.digest != self.doubt.before:
            prompt, self.doubt = self.doubt.prompt, None
            self.script = self.script.said(prompt.id, prompt.text)
            self._keep()
            self.room.mouth.line(self.words.arrived)

    # looking

    def _state(self) -> None:
        timeline = self.room.backend.timeline(self.session).timeline
        self.room.mouth.line(self.words.empty if timeline is None else summarize(timeline))

    def _credits(self) -> None:
        found = self.room.backend.credits()
        words = self.words.frozen if found.frozen else self.words.credits
        told = words.format(available=found.available, frozen=found.frozen)
        self.room.mouth.line(self.words.free if found.available is None else told)

    def _link(self) -> None:
        if self.room.link is None:
            raise Refused(self.words.no_link)
        link = self.room.link(self.session)
        self.room.mouth.line(self.words.link)
        self.room.result(clean(link))

    def _help(self) -> None:
        self.room.mouth.paragraph(self.words.help.format(presets=", ".join(PRESETS)))

    # files in

    def _upload(self, wish: Wish) -> None:
        if not wish.text:
            raise UsageError(self.words.which_file)
        if re.match(r"https?://", wish.text, re.IGNORECASE):
            raise UsageError(self.words.only_files)
        path = self._file(wish.text)
        if not path.is_file():
            raise UsageError(self.words.no_file.format(file=self.room.near(path)))
        script = self.script.given(path)
        if script == self.script:
            self.room.mouth.line(self.words.had.format(file=self.room.near(path)))
            return
        known = self._handed_over(script.inputs()[-1])
        self.script = script
        self._keep()
        self.room.mouth.line(self.words.taken_in.format(file=known))

    def _file(self, text: str) -> Path:
        """Return the file that was named, also as a terminal spells one dropped onto it."""
        named = text.removeprefix("file://")
        path = self.room.folder / Path(named).expanduser()
        if path.exists() or "\\" not in named:
            return path
        with suppress(ValueError):
            path = self.room.folder / Path("".join(shlex.split(named)))
        return path

    def _handed_over(self, item: Input) -> str:
        """Upload one file; return what to call it, with its length where it has one."""
        mouth = self.room.mouth
        told = self.words.taking_in.format(file=item.shown)
        mouth.move(told)
        uploaded = self.room.backend.upload(
            self.session, item, progress=lambda percent: mouth.move(f"{told} {percent} %")
        )
        mouth.settle()
        for note in uploaded.notes:
            mouth.detail(note)
        length = uploaded.duration_ms
        if length is None:
            return item.shown
        return self.words.long.format(file=item.shown, length=timecode(length))

    # files out

    def _export(self, wish: Wish) -> None:
        preset = wish.preset or self.preset
        now = self.room.backend.timeline(self.session).digest
        if not wish.text and (file := self._already(now, preset)):
            self.room.mouth.line(self.words.unmoved.format(file=self.room.near(file)))
            return
        to = self._place(wish, preset)
        if to is None:
            return
        script = self.script.shown(to, preset=preset)
        Video(self.room, self.words, script.export()).make(self.session)
        self.script, self.latest, self.to = script, Latest(now, preset, to), None
        self._keep()
        if self.save_to is None and not self.hinted:
            self.hinted = True
            self.room.mouth.detail(self.words.hint_save)

    def _already(self, now: Digest, preset: str) -> Path | None:
        """Return the video that shows the timeline as it is now, if it is still there."""
        was = self.latest
        if was is None or (was.timeline, was.preset) != (now, preset):
            return None
        return was.to if was.to.exists() else None

    def _place(self, wish: Wish, preset: str) -> Path | None:
        named = self.room.folder / Path(wish.text).expanduser() if wish.text else self.to
        if named is not None:
            return place(named, room=self.room, words=self.words)
        other = "" if preset == self.preset else preset
        return free(self.room.folder / usual_name(self._song().stem, preset=other))

    def _song(self) -> Path:
        """Return the song that prompts are about: the latest one."""
        songs = [item.path for item in self.script.inputs() if item.kind is MediaKind.AUDIO]
        return songs[-1]

    def _save(self, wish: Wish) -> None:
        usual = self.save_to or self.room.folder / f"{self.script.name}.mvpipe.yaml"
        to = self.room.folder / Path(wish.text).expanduser() if wish.text else usual
        if not self.script.prompts:
            self.room.mouth.line(self.words.nothing_to_save)
            return
        if to != self.save_to and not self._claim(to):
            return
        self.save_to = to
        self._keep()
        self._tell_saved(to)

    def _claim(self, to: Path | None) -> bool:
        """Return whether a job may be written there; raises UsageError where nobody can say."""
        if to is None or not to.exists():
            return True
        if not self.room.attended:
            raise UsageError(
                f"{self.room.near(to)} is already there", hint="remove it, or name another"
            )
        return self.room.confirm(self.words.replace.format(file=self.room.near(to)))

    def _keep(self) -> None:
        """Write the job so far, whole, in place of what was kept before. Safe to repeat."""
        if self.save_to is not None and self.script.prompts:
            write_whole(self.save_to, self.script.text(self.save_to.parent).encode())

    def _tell_saved(self, to: Path) -> None:
        mouth, file = self.room.mouth, shlex.quote(self.room.near(to))
        mouth.line(self.words.saved.format(file=file))
        if not self.script.sound_in(to.parent):
            mouth.detail(self.words.outside)
        if self.doubt is not None:
            mouth.detail(self.words.doubt_in_job.format(file=file))
