/**
 * utrace: engines attached to tasks, events reported to them in order of attachment.
 *
 * Above: the clients (uprobes, process probes). Below: a target's tracehook, which calls `report` at safe points
 * and reads `task.wanted`. Guarantees, after the design it is named for:
 *
 *  - engines are called in the order they attached; one attached during a report waits for the next event;
 *  - of several resume actions the smallest prevails;
 *  - a task stopped by an engine stays stopped until that same engine lets it go (the target alone may break this,
 *    for SIGKILL);
 *  - report_death comes before report_reap, report_reap is the last call, and after it the engine is detached;
 *  - after `control(UTRACE_DETACH)` answered 0, no callback of that engine comes.
 *
 * A session runs on one thread, so what takes barriers and -EINPROGRESS elsewhere cannot happen while a callback
 * runs: only a task that is not at a safe point makes an engine wait.
 */
import { assert } from "../../base/assert.ts";
import {
  type Disposition,
  type EventMask,
  RESUME,
  type ResumeAction,
  type TaskEvent,
  UTRACE_EVENT,
  UTRACE_RESUME_ACTION,
} from "../../target/events.ts";
import type { Task } from "../../target/target.ts";
import type { Answer, Engine, EngineOps } from "./engine.ts";

const { UTRACE_STOP, UTRACE_REPORT, UTRACE_INTERRUPT, UTRACE_RESUME, UTRACE_DETACH } = UTRACE_RESUME_ACTION;

/**
 * Errors of calls, by their errno: ESRCH the engine is detached, EALREADY the task is dying, EINPROGRESS the task is
 * running and the engine has to wait for its next report.
 */
export type UtraceResult = 0 | "ESRCH" | "EALREADY" | "EINPROGRESS";

type Callback = (action: ResumeAction, engine: Engine, event: never) => Answer;

interface Report {
  readonly bit: EventMask;
  readonly callback: (ops: EngineOps) => Callback | undefined;
}

/** Per kind of event: the bit that asks for it and the callback that gets it. */
const reports: Record<TaskEvent["kind"], Report> = {
  syscall_entry: { bit: UTRACE_EVENT.SYSCALL_ENTRY, callback: (ops) => ops.report_syscall_entry },
  syscall_exit: { bit: UTRACE_EVENT.SYSCALL_EXIT, callback: (ops) => ops.report_syscall_exit },
  exec: { bit: UTRACE_EVENT.EXEC, callback: (ops) => ops.report_exec },
  clone: { bit: UTRACE_EVENT.CLONE, callback: (ops) => ops.report_clone },
  exit: { bit: UTRACE_EVENT.EXIT, callback: (ops) => ops.report_exit },
  death: { bit: UTRACE_EVENT.DEATH, callback: (ops) => ops.report_death },
  reap: { bit: UTRACE_EVENT.REAP, callback: (ops) => ops.report_reap },
  signal: { bit: UTRACE_EVENT.SIGNAL, callback: (ops) => ops.report_signal },
  jctl: { bit: UTRACE_EVENT.JCTL, callback: (ops) => ops.report_jctl },
  trap: { bit: UTRACE_EVENT.TRAP, callback: (ops) => ops.report_trap },
  map: { bit: UTRACE_EVENT.MAP, callback: (ops) => ops.report_map },
  unmap: { bit: UTRACE_EVENT.MAP, callback: (ops) => ops.report_unmap },
  quiesce: { bit: UTRACE_EVENT.QUIESCE, callback: (ops) => ops.report_quiesce },
};

// A map is quicker than an object whose keys vary.
const reportOf = new Map<string, Report>(Object.entries(reports));

class AttachedEngine implements Engine {
  readonly task: Task;
  readonly ops: EngineOps;
  events: EventMask = 0;
  detached = false;
  /** This engine answered UTRACE_STOP and has not let the task go. */
  holds = false;

  constructor(task: Task, ops: EngineOps) {
    this.task = task;
    this.ops = ops;
  }
}

interface TaskRecord {
  engines: AttachedEngine[];
  phase: "alive" | "dead" | "reaped";
}

export class Utrace {
  readonly #records = new Map<Task, TaskRecord>();
  /** The task whose report is running: it is at a safe point. */
  #reporting: Task | undefined;

  /** Attaches an engine that asks for nothing yet; undefined when the task has been reaped. */
  attachTask(task: Task, ops: EngineOps): Engine | undefined {
    const record = this.#recordOf(task);
    if (record.phase === "reaped") return undefined;
    const engine = new AttachedEngine(task, ops);
    record.engines = [...record.engines, engine];
    return engine;
  }

  /** Replaces the events an engine is called for. A dead task can report no more deaths and quiescences. */
  setEvents(engine: Engine, events: EventMask): UtraceResult {
    const own = this.#own(engine);
    if (!own) return "ESRCH";
    const late = UTRACE_EVENT.DEATH | UTRACE_EVENT.QUIESCE;
    if (this.#recordOf(own.task).phase === "dead" && (events & ~own.events & late) !== 0) return "EALREADY";
    own.events = events;
    this.#refresh(own.task);
    return 0;
  }

  /** Makes a task do something. UTRACE_STOP on a running task only asks: the stop comes with its next report. */
  control(engine: Engine, action: ResumeAction): UtraceResult {
    const own = this.#own(engine);
    if (!own) return "ESRCH";
    const { task } = own;
    const record = this.#recordOf(task);
    if (action === UTRACE_DETACH) {
      this.#detach(own);
      return record.phase === "dead" ? "EALREADY" : 0;
    }
    if (record.phase === "dead") return "EALREADY";
    if (action === UTRACE_STOP) {
      own.holds = true;
      this.#refresh(task);
      if (this.#reporting === task) return 0;
      const isStopped = task.state === "tracing-stop";
      // One that the target stopped for a moment only, nobody holds yet.
      if (!isStopped || !record.engines.some((other) => other !== own && other.holds)) task.requestReport(false);
      return isStopped ? 0 : "EINPROGRESS";
    }
    if (action === UTRACE_REPORT || action === UTRACE_INTERRUPT) {
      task.requestReport(action === UTRACE_INTERRUPT);
    }
    this.#letGo(own, action);
    return 0;
  }

  /** What the target calls at every event that somebody wants. */
  report(event: TaskEvent): Disposition {
    const record = this.#records.get(event.task);
    if (!record) return RESUME;
    if (event.kind === "death") record.phase = "dead";
    const outer = this.#reporting;
    this.#reporting = event.task;
    try {
      return this.#dispatch(event, record);
    } finally {
      this.#reporting = outer;
      if (event.kind === "reap") this.#forget(event.task, record);
    }
  }

  /** Detaches every engine from every task: the end of a session. */
  detachAll(): void {
    for (const record of [...this.#records.values()]) {
      for (const engine of [...record.engines]) this.#detach(engine);
    }
    this.#records.clear();
  }

  #dispatch(event: TaskEvent, record: TaskRecord): Disposition {
    const { bit, callback } = reportOf.get(event.kind)!;
    let current = event;
    let action: ResumeAction = UTRACE_RESUME;
    let abortSyscall: boolean = false as boolean;
    let handled: boolean = false as boolean;
    const changes: Changes = {};

    const take = (engine: AttachedEngine, answer: Answer): void => {
      const given = typeof answer === "number" ? { action: answer } : answer;
      if (given.action === UTRACE_DETACH) this.#detach(engine);
      else {
        engine.holds = given.action === UTRACE_STOP;
        if (given.action < action) action = given.action;
      }
      abortSyscall ||= given.abortSyscall === true;
      handled ||= given.handled === true;
      if (typeof answer !== "number") current = changed(current, answer, changes);
    };

    // Whoever attaches or detaches meanwhile makes a new list.
    for (const engine of record.engines) {
      if (engine.detached) continue;
      const quiesce = (engine.events & UTRACE_EVENT.QUIESCE) !== 0 || (engine.holds && event.kind === "quiesce");
      if (quiesce && engine.ops.report_quiesce) take(engine, engine.ops.report_quiesce(action, engine, current));
      if (engine.detached || event.kind === "quiesce" || (engine.events & bit) === 0) continue;
      const report = callback(engine.ops);
      if (report) take(engine, report.call(engine.ops, action, engine, current as never));
    }
    if (record.engines.some((engine) => engine.holds)) action = UTRACE_STOP;
    if (!abortSyscall && current === event) return handled ? { action, handled } : { action };
    return { action, ...(abortSyscall && { abortSyscall }), ...(handled && { handled }), ...changes };
  }

  #recordOf(task: Task): TaskRecord {
    let record = this.#records.get(task);
    if (!record) {
      record = { engines: [], phase: task.state === "zombie" ? "dead" : task.state === "dead" ? "reaped" : "alive" };
      this.#records.set(task, record);
    }
    return record;
  }

  #own(engine: Engine): AttachedEngine | undefined {
    assert(engine instanceof AttachedEngine, "runtime/utrace", "an engine that utrace did not make");
    return engine.detached ? undefined : engine;
  }

  #detach(engine: AttachedEngine): void {
    if (engine.detached) return;
    engine.detached = true;
    const record = this.#recordOf(engine.task);
    record.engines = record.engines.filter((other) => other !== engine);
    this.#refresh(engine.task);
    this.#letGo(engine, UTRACE_RESUME);
  }

  /** Ends this engine's hold; the task goes on when no other engine holds it. */
  #letGo(engine: AttachedEngine, action: ResumeAction): void {
    if (!engine.holds) return;
    engine.holds = false;
    this.#refresh(engine.task);
    const record = this.#recordOf(engine.task);
    if (this.#reporting === engine.task || record.engines.some((other) => other.holds)) return;
    if (record.phase === "alive") engine.task.resume(action);
  }

  #refresh(task: Task): void {
    const record = this.#recordOf(task);
    // One that waits for a stop needs the report at which it comes.
    task.wanted = record.engines.reduce(
      (mask, engine) => mask | engine.events | (engine.holds ? UTRACE_EVENT.QUIESCE : 0),
      0,
    );
  }

  #forget(task: Task, record: TaskRecord): void {
    record.phase = "reaped";
    for (const engine of record.engines) engine.detached = true;
    record.engines = [];
    this.#records.delete(task);
    task.wanted = 0;
  }
}

type Changes = { signal?: number; nr?: number; args?: readonly bigint[]; retval?: bigint };

/** What an answer changes of an event is noted in `changes`, and seen by the engines that come later. */
function changed(event: TaskEvent, given: Exclude<Answer, ResumeAction>, changes: Changes): TaskEvent {
  switch (event.kind) {
    case "signal":
      if (given.signal === undefined) return event;
      changes.signal = given.signal;
      return { ...event, signal: given.signal };
    case "syscall_entry": {
      if (given.nr !== undefined) changes.nr = given.nr;
      if (given.args !== undefined) changes.args = given.args;
      if (given.abortSyscall && given.retval !== undefined) changes.retval = given.retval;
      return { ...event, nr: given.nr ?? event.nr, args: given.args ?? event.args };
    }
    case "syscall_exit":
      if (given.retval === undefined) return event;
      changes.retval = given.retval;
      return { ...event, retval: given.retval };
    default:
      return event;
  }
}
