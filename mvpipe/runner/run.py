"""Carries out plans, one task after the other. Decides nothing about media or edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from mvpipe.backends.base import Backend, RenderId, RenderState, RenderStatus, SessionId
from mvpipe.errors import (
    BudgetExceeded,
    Exit,
    ExpectationFailed,
    MvpipeError,
    OutputError,
    RenderFailed,
    Timeout,
)
from mvpipe.model.event import (
    JobFinished,
    JobStarted,
    Noted,
    Observer,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    TaskFinished,
    TaskStarted,
    TimelineChanged,
)
from mvpipe.model.job import Check, Expectation, Export, Input, Prompt
from mvpipe.model.plan import Plan, Task, TaskKind
from mvpipe.model.summary import summarize
from mvpipe.model.timecode import timecode
from mvpipe.runner.expect import unmet
from mvpipe.runner.turn import take_turn

POLL_EVERY_S = 0.2
LOOK_AROUND = "run the job again; `mvpipe doctor` looks around"
INTERRUPTED = "interrupted"
STALLED_S = 600.0
"""A render that completes no frame for this long is given up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `exit` is what the command returns."""

    results: tuple[JobFinished, ...]
    exit: Exit


@dataclass(frozen=True, slots=True)
class Runner:
    """Everything a run needs from outside; `clock` gives seconds that never run backwards."""

    backend: Backend
    observe: Observer
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def run(self, plans: Iterable[Plan]) -> Outcome:
        """Carry out every plan; a job that fails does not stop the next.

        Safe to repeat: outputs are replaced by whole new files.
        """
        plans = tuple(plans)
        began = self.clock()
        self.observe(RunStarted(jobs=tuple(plan.job.name for plan in plans)))
        ended: list[tuple[JobFinished, Exit]] = []
        try:
            for plan in plans:
                ended.append(self._job(plan))  # noqa: PERF401 - an interrupted run keeps these
        except KeyboardInterrupt:
            with suppress(BrokenPipeError):  # who reads along may be interrupted too
                self._finished(ended, began=began, interrupted=1)
            raise
        return self._finished(ended, began=began)

    def _finished(
        self, ended: Sequence[tuple[JobFinished, Exit]], *, began: float, interrupted: int = 0
    ) -> Outcome:
        """Tell how the run ended and return it."""
        failed = [code for _, code in ended if code is not Exit.DONE]
        self.observe(
            RunFinished(
                done=len(ended) - len(failed),
                failed=len(failed) + interrupted,
                seconds=self.clock() - began,
            )
        )
        return Outcome(results=tuple(result for result, _ in ended), exit=_exit_of(failed))

    def _job(self, plan: Plan) -> tuple[JobFinished, Exit]:
        """Carry out one job and tell how it ended, also where Ctrl-C is the end."""
        began = self.clock()
        job = plan.job
        self.observe(JobStarted(job=job.name, source=job.source, tasks=len(plan.tasks)))
        code, problem, hint = Exit.DONE, "", ""
        work = _JobRun(runner=self, plan=plan)
        try:
            work.carry_out()
        except MvpipeError as error:
            code, problem, hint = error.exit, str(error), error.hint
        except KeyboardInterrupt:
            with suppress(BrokenPipeError):
                self.observe(work.ended(INTERRUPTED, seconds=self.clock() - began))
            raise
        result = work.ended(problem, hint=hint, seconds=self.clock() - began)
        self.observe(result)
        return result, code


def _exit_of(failed: Sequence[Exit]) -> Exit:
    """Return the one code that tells most: the common one where all failures share it."""
    if not failed:
        return Exit.DONE
    return failed[0] if len(set(failed)) == 1 else Exit.FAILED


@dataclass(slots=True)
class _JobRun:
    """One job under way: its session and what it has heard and made so far."""

    runner: Runner
    plan: Plan
    session: SessionId | None = None
    durations: dict[str, int | None] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)

    def ended(self, problem: str, *, seconds: float, hint: str = "") -> JobFinished:
        return JobFinished(
            job=self.plan.job.name,
            ok=not problem,
            seconds=seconds,
            outputs=tuple(self.outputs),
            problem=problem,
            hint=hint,
        )

    def carry_out(self) -> None:
        self._check_budget()
        for index, task in enumerate(self.plan.tasks, start=1):
            self._task(index, task)

    def _check_budget(self) -> None:
        budget, cost = self.plan.job.budget_credits, self.plan.credits
        if budget is not None and cost > budget:
            raise BudgetExceeded(
                f"the plan costs {cost} credits and budget.credits is {budget}",
                hint="raise budget.credits or ask for fewer exports",
            )

    def _task(self, index: int, task: Task) -> None:
        runner, job = self.runner, self.plan.job.name
        began = runner.clock()
        runner.observe(
            TaskStarted(
                job=job,
                task=task.id,
                kind=task.kind,
                label=label(task),
                index=index,
                tasks=len(self.plan.tasks),
            )
        )
        detail, output = self._does(task)
        seconds = runner.clock() - began
        runner.observe(
            TaskFinished(job=job, task=task.id, seconds=seconds, detail=detail, output=output)
        )

    def _does(self, task: Task) -> tuple[str, Path | None]:
        """Do one task; return what to say of it and the file it left."""
        match task.subject:
            case None:
                self._open()
                return "", None
            case Input():
                return self._upload(task, task.subject), None
            case Prompt():
                return self._say(task, task.subject), None
            case Check():
                self._check(task.subject.expect)
                return "as expected", None
            case Export():
                return self._render(task, task.subject), task.subject.to
            case _:
                assert_never(task.subject)

    def _open(self) -> None:
        job = self.plan.job
        self.session = self.runner.backend.open(
            name=job.name, language=job.language, seed=job.seed, hints=job.hints
        )

    def _upload(self, task: Task, item: Input) -> str:
        def progress(percent: int) -> None:
            self._progress(task, done=percent, total=100, unit="percent")

        uploaded = self.runner.backend.upload(self._session(), item, progress=progress)
        self.durations[item.id] = uploaded.duration_ms
        for note in uploaded.notes:
            self._note(task, note)
        length = uploaded.duration_ms
        return "" if length is None else f"{timecode(length)} long, heard"

    def _say(self, task: Task, prompt: Prompt) -> str:
        turn = take_turn(
            self.runner.backend,
            self._session(),
            prompt,
            notice=lambda text: self._note(task, text),
            sleep=self.runner.sleep,
        )
        if turn.text:
            self.runner.observe(Said(job=self.plan.job.name, task=task.id, text=turn.text))
        if prompt.expect is not None:
            self._check(prompt.expect)
        if turn.changed is None:
            return "nothing changed"
        summary = summarize(turn.changed)
        self.runner.observe(
            TimelineChanged(job=self.plan.job.name, task=task.id, summary=summary)
        )
        return ""

    def _check(self, expectation: Expectation) -> None:
        timeline = self.runner.backend.timeline(self._session()).timeline
        problems = unmet(expectation, timeline, durations=self.durations)
        if problems:
            raise ExpectationFailed(
                f"the timeline is not as expected: {'; '.join(problems)}",
                hint="change the prompt or the expectation; see `mvpipe preview`",
            )

    def _render(self, task: Task, export: Export) -> str:
        """Render, wait, fetch; whatever stops it, Ctrl-C too, also stops the render."""
        backend = self.runner.backend
        render = RenderId(f"render-{task.key[:16]}-{self._session()[-12:]}")
        backend.render(self._session(), export=export, render=render)
        try:
            frames = self._wait(task, render)
            require_unmoved(export.to.parent)
            notes = backend.fetch(render, export.to)
        except BaseException:
            backend.cancel(render)
            raise
        for note in notes:
            self._note(task, note)
        self.outputs.append(export.to)
        return f"{frames} frame{'' if frames == 1 else 's'}"

    def _wait(self, task: Task, render: RenderId) -> int:
        """Wait until the render is done; return its frames."""
        seen, moved_at = -1, self.runner.clock()
        while True:
            state = self.runner.backend.poll(render)
            if state.frames_done != seen:
                seen, moved_at = state.frames_done, self.runner.clock()
                self._progress(task, done=seen, total=state.frames_total, unit="frames")
            if _finished(state):
                return state.frames_total
            if self.runner.clock() - moved_at > STALLED_S:
                raise Timeout(
                    f"no frame was finished in {STALLED_S / 60:.0f} minutes",
                    hint="run the job again; a lower quality or size needs less",
                )
            self.runner.sleep(POLL_EVERY_S)

    def _progress(self, task: Task, *, done: int, total: int, unit: str) -> None:
        job = self.plan.job.name
        self.runner.observe(Progress(job=job, task=task.id, done=done, total=total, unit=unit))

    def _note(self, task: Task, text: str) -> None:
        self.runner.observe(Noted(job=self.plan.job.name, task=task.id, text=text))

    def _session(self) -> SessionId:
        if self.session is None:
            raise AssertionError("a plan opens its session first")
        return self.session


def require_unmoved(folder: Path) -> None:
    """Raise OutputError where a folder, resolved when the job was read, has become a link."""
    if folder.resolve() != folder:
        raise OutputError(
            f"'{folder}' leads elsewhere than when the job was read",
            hint="let nobody else change the output folder during a run",
        )


def _finished(state: RenderState) -> bool:
    """Say whether a render is done; raises RenderFailed where it ended without a video."""
    match state.status:
        case RenderStatus.DONE:
            return True
        case RenderStatus.FAILED | RenderStatus.CANCELLED:
            problem = state.problem or f"the render was {state.status}"
            raise RenderFailed(problem, hint=state.hint or LOOK_AROUND)
        case RenderStatus.PENDING | RenderStatus.RENDERING:
            return False
        case _:
            assert_never(state.status)


def label(task: Task) -> str:
    """Return what a person calls the task: the prompt's words, the file's name."""
    match task.subject:
        case Input():
            return task.subject.shown
        case Prompt():
            return task.subject.text
        case Export():
            return task.subject.shown
        case Check():
            wanted = str(task.subject.expect)
            return f"{task.subject.id}: {wanted}" if wanted else task.subject.id
        case None:
            return TaskKind.OPEN
        case _:
            assert_never(task.subject)
