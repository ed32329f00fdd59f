"""What must hold after every seed, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from mvpipe.errors import Exit
from mvpipe.journal.records import Record, Stage
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.plan import Task, TaskKind
from mvpipe.protocol.extras import RenderExtras, write_extras
from tests.simulation.service import Edit, Workspace, draft_of, songs_in, video_of
from tests.simulation.turns import Manner
from tests.simulation.world import Run, World

LONGEST_RUN_S = 3 * 3600.0
MOST_CALLS = 400
"""In one run, without asking how far a render is."""
EXITS = frozenset(
    {
        Exit.DONE,
        Exit.FAILED,
        Exit.TOKEN,
        Exit.CREDITS,
        Exit.UNREACHABLE,
        Exit.UNKNOWN,
    }
)

Law = Callable[[World], Iterator[str]]


def broken(world: World) -> list[str]:
    """Return a sentence for each law that a seed's story breaks."""
    return [f"{law.__name__}: {what}" for law in LAWS for what in law(world)]


def prompts_are_accepted_once(world: World) -> Iterator[str]:
    for space in world.service.spaces:
        for at, edit in enumerate(space.edits):
            before = [e for e in space.edits[:at] if e.text == edit.text]
            if any(not _may_come_again(world, old, edit) for old in before):
                yield f"'{edit.text}' twice in session {space.id}"


def _may_come_again(world: World, old: Edit, new: Edit) -> bool:
    if old.manner is Manner.FAILS:
        return True
    resent = any(
        run.resends and run.began_s <= new.accepted_s <= run.ended_s for run in world.runs
    )
    return resent and old.void


def files_are_taken_once(world: World) -> Iterator[str]:
    for space in world.service.spaces:
        for name, count in Counter(asset.name for asset in space.assets).items():
            if count > 1:
                yield f"'{name}' {count} times in session {space.id}"


def renders_are_accepted_once(world: World) -> Iterator[str]:
    wanted = {i.render: (i.task, i.key) for _, i in world.intents if i.render}
    orders = sorted(world.service.orders.items(), key=lambda item: item[1].accepted_s)
    for at, (name, order) in enumerate(orders):
        if name not in wanted:
            yield f"render {name} was accepted and never intended"
            continue
        for other, earlier in orders[:at]:
            same = wanted.get(other) == wanted[name]
            if same and not earlier.lost_by(order.accepted_s):
                yield f"{wanted[name][0]} as {name} while {other} goes on"


def no_limit_is_passed(world: World) -> Iterator[str]:
    if world.scene.ours:
        return
    budget, most = world.scene.job.budget_credits, world.scene.max_credits
    if budget is not None and world.plan is world.plans[0] and world.service.charged > budget:
        yield f"{world.service.charged} credits spent, budget {budget}"
    for run in world.runs:
        if most is not None and run.spent > most:
            yield f"{run.spent} credits spent in a run, --max-credits {most}"


def what_is_done_is_right(world: World) -> Iterator[str]:
    """A job that ends well has the right timeline and the right files."""
    if world.runs[-1].exit is not Exit.DONE:
        return
    space = _last_space(world)
    texts, songs = _edits_before(world, len(world.plan.tasks))
    if space is None:
        yield "done without a session"
    elif world.service.draft(space) != draft_of(texts, songs, ours=world.scene.ours):
        yield f"timeline {[e.text for e in space.edits if not e.void]}, expected {list(texts)}"
    for at, task in enumerate(world.plan.tasks):
        if isinstance(task.subject, Export):
            yield from _file(world, at, task.subject)


def _file(world: World, at: int, export: Export) -> Iterator[str]:
    texts, songs = _edits_before(world, at)
    extras = RenderExtras(
        fps=export.fps,
        quality=export.quality,
        aspect=export.aspect,
        size=export.size,
        preset=export.preset,
    )
    ours = world.scene.ours
    wanted = video_of(draft_of(texts, songs, ours=ours), write_extras(extras) if ours else "")
    if _content(export.to) != wanted:
        yield f"{export.shown} is not the video of {list(texts)} with {list(songs)}"


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _edits_before(world: World, at: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the prompts and files that make the timeline ahead of the task at a position."""
    subjects = [task.subject for task in world.plan.tasks[:at]]
    texts = [
        s.text for s in subjects if isinstance(s, Prompt) and s.text not in world.scene.silly
    ]
    songs = [s.path.name for s in subjects if isinstance(s, Input)]
    return tuple(texts), tuple(songs)


def _last_space(world: World) -> Workspace | None:
    opened = [
        r.session
        for r in world.records()
        if r.intent.kind is TaskKind.OPEN and r.stage is Stage.DONE
    ]
    known = {space.id: space for space in world.service.spaces}
    return known.get(opened[-1] or "") if opened else None


def every_run_ends_with_a_code_and_a_sentence(world: World) -> Iterator[str]:
    for run in world.runs:
        if run.exit is None:
            continue
        if run.exit not in EXITS:
            yield f"exit {run.exit}"
        if run.exit is not Exit.DONE and not (run.problem and run.problem.isprintable()):
            yield f"no sentence for exit {run.exit}: {run.problem!r}"


def every_run_ends_in_time(world: World) -> Iterator[str]:
    for run in world.runs:
        if run.ended_s - run.began_s > LONGEST_RUN_S:
            yield f"a run took {(run.ended_s - run.began_s) / 3600:.1f} hours"
        if run.calls - run.polls > MOST_CALLS:
            yield f"a run made {run.calls - run.polls} calls"


def unknown_is_said_only_of_what_nobody_can_tell(world: World) -> Iterator[str]:
    for run in world.runs:
        if run.exit is Exit.UNKNOWN and not _ambiguous(world, run):
            yield f"'{run.problem}' at {run.ended_s:.0f}"


def _ambiguous(world: World, run: Run) -> bool:
    return any(words in run.problem and reason(world, run) for words, reason in REASONS.items())


def _renders_go_on(world: World, run: Run) -> bool:
    return any(
        order.accepted_s <= run.ended_s < order.done_s
        for order in world.service.orders.values()
    )


def _orders_went_astray(world: World, run: Run) -> bool:
    return _went_wrong(world, run, "render")


def _states_went_astray(world: World, run: Run) -> bool:
    return _went_wrong(world, run, "state")


def _went_wrong(world: World, run: Run, call: str) -> bool:
    return any(
        run.began_s <= at <= run.ended_s and call == which
        for at, which, _ in world.network.mishaps
    )


def _says_hang(world: World, run: Run) -> bool:
    """Say whether a prompt was sent whose edit a reader of the state could not see.

    Our own server tells which prompts arrived and whether it works, so there it must work yet.
    """
    said = [i for at, i in world.intents if i.kind is TaskKind.SAY and at <= run.ended_s]
    if not said:
        return False
    task = next(t for t in world.tasks if (t.id, t.key) == (said[-1].task, said[-1].key))
    text = task.subject.text if isinstance(task.subject, Prompt) else ""
    spaces = [space for space in world.service.spaces if space.id == said[-1].session]
    edits = [e for s in spaces for e in s.edits if e.text == text and not e.void]
    if world.scene.ours:
        return any(not edit.settled(run.ended_s) for edit in edits)
    return not any(e.settled(run.ended_s) and text not in world.scene.silly for e in edits)


REASONS: dict[str, Callable[[World, Run], bool]] = {
    "the render has not moved for": _renders_go_on,
    "the render is at": _renders_go_on,
    "the render was ordered and": _orders_went_astray,
    "the timeline cannot be read": _states_went_astray,
    "the timeline has not moved since": _says_hang,
}
"""What a run may call unknown, in its own words, and what must be so for that."""


def what_works_again_gets_done(world: World) -> Iterator[str]:
    """Once nothing goes wrong any more, the job is done, or there is a reason why not."""
    last = world.runs[-1]
    if last.exit is Exit.DONE:
        return
    if last.exit is Exit.UNKNOWN and (not world.scene.ours or _renders_go_on(world, last)):
        return  # `unknown_is_said_only_of_what_nobody_can_tell` has looked at it
    if last.exit is Exit.CREDITS and _too_dear(world):
        return
    yield f"ends with {last.exit!r}: {last.problem}"


def _too_dear(world: World) -> bool:
    scene, service = world.scene, world.service
    if scene.ours:
        return False
    balance, budget = service.total - service.charged, scene.job.budget_credits
    dearest = max(service.prices.values())
    left = _left(world)
    return (
        balance < dearest
        or (budget is not None and _perhaps_paid(world) + left > budget)
        or (scene.max_credits is not None and scene.max_credits < dearest)
    )


def _left(world: World) -> int:
    """Return what is still to be said, in credits: all of it where the session is gone."""
    space, prices = _last_space(world), {task.key: task.credits for task in world.plan.tasks}
    if space is None or space.id not in world.service.sessions or world.edition:
        return world.plan.credits
    said = {r.intent.key for r in world.records() if r.session == space.id}
    failed = {r.intent.key for r in world.records() if r.stage is Stage.FAILED}
    return world.plan.credits - sum(prices.get(key, 0) for key in said - failed)


def _perhaps_paid(world: World) -> int:
    """Return what prompts may have cost as far as a client can know, also in lost sessions."""
    prices = {task.key: task.credits for task in world.plan.tasks}
    tried = [r for r in world.records() if r.stage is not Stage.FAILED]
    return sum(prices.get(record.intent.key, 0) for record in tried)


def the_journal_agrees_with_the_service(world: World) -> Iterator[str]:
    spaces = {space.id: space for space in world.service.spaces}
    for record in world.records():
        name = (record.intent.task, record.intent.key)
        task = next((t for t in world.tasks if (t.id, t.key) == name), None)
        if task is None:
            yield f"{record.intent.task} is not in the plan"
            continue
        space = spaces.get(record.session or "")
        if record.stage in {Stage.DONE, Stage.ACCEPTED}:
            yield from _done(world, record, task, space)
        if record.stage is Stage.FAILED:
            yield from _failed(world, record, task, space)


def _done(world: World, record: Record, task: Task, space: Workspace | None) -> Iterator[str]:
    match task.subject:
        case Prompt():
            texts = [] if space is None else [e.text for e in space.edits if not e.void]
            if task.subject.text not in texts:
                yield f"{task.id} is {record.stage} and was never accepted"
        case Input():
            if space is None or task.subject.path.name not in songs_in(space):
                yield f"{task.id} is {record.stage} and was never taken"
        case Export():
            if record.intent.render not in world.service.orders:
                yield f"{task.id} is {record.stage} and was never ordered"
        case _:
            pass


def _failed(world: World, record: Record, task: Task, space: Workspace | None) -> Iterator[str]:
    if isinstance(task.subject, Export):
        order = world.service.orders.get(record.intent.render or "")
        ended = record.ended_s or 0.0
        if order is not None and not order.lost_by(ended):
            yield f"{task.id} is failed and the service renders it"
    if isinstance(task.subject, Prompt) and space is not None:
        began, ended = record.intended_s, record.ended_s or world.now
        if any(
            e.text == task.subject.text and not e.void and began <= e.accepted_s <= ended
            for e in space.edits
        ):
            yield f"{task.id} is failed and the service did it"


def a_calm_seed_is_done_at_once(world: World) -> Iterator[str]:
    scene = world.scene
    calm = not scene.weather.share and scene.temper.cut == 0 and not scene.dies
    budget = scene.job.budget_credits
    dear = not scene.ours and budget is not None and budget < world.plan.credits
    if calm and not dear and not world.runs[0].collects and world.runs[0].exit is not Exit.DONE:
        yield f"the first run ends with {world.runs[0].exit!r}: {world.runs[0].problem}"


def who_is_done_asks_for_nothing(world: World) -> Iterator[str]:
    done = None
    for run in world.runs:
        if done == run.edition and (run.calls or not (run.unchanged or run.collects)):
            yield f"a job that was done made {run.calls} calls"
        if run.exit is Exit.DONE and not run.collects:
            done = run.edition


def nobody_tells_a_token(world: World) -> Iterator[str]:
    told = f"{world.told}{world.runs}{world.trace}{world.records()}"
    if any(token in told for token in world.service.tokens):
        yield "a token is in what was told"


LAWS: tuple[Law, ...] = (
    prompts_are_accepted_once,
    files_are_taken_once,
    renders_are_accepted_once,
    no_limit_is_passed,
    what_is_done_is_right,
    every_run_ends_with_a_code_and_a_sentence,
    every_run_ends_in_time,
    unknown_is_said_only_of_what_nobody_can_tell,
    what_works_again_gets_done,
    the_journal_agrees_with_the_service,
    a_calm_seed_is_done_at_once,
    who_is_done_asks_for_nothing,
    nobody_tells_a_token,
)
