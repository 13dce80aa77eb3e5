/**
 * The `process.*` probes of a session: life cycle and system calls, as an engine on every task.
 *
 * Above: `process-binder.ts`. Below: utrace. An engine asks only for the events that some probe needs:
 *
 *     process.begin         a task group starts to run a program: at arming, after exec, in a forked child
 *     process.end           its last thread died
 *     process.thread.*      the same for threads other than the leader
 *     process.syscall[.return]   of all calls, or of those that a probe names
 */
import type { ProcessEvent, ProcessSelector } from "../abi/manifest.ts";
import { type EventMask, UTRACE_EVENT } from "../target/events.ts";
import type { Target, Task } from "../target/target.ts";
import type { BoundProbe, Hit, ProbeHost, SyscallHit } from "./binder.ts";
import { SyscallProbes } from "./syscall-probes.ts";
import type { EngineOps } from "./utrace/engine.ts";
import type { Utrace } from "./utrace/utrace.ts";

/** What each family has to be called for; every one follows children and new programs. */
const eventsOf: Record<ProcessEvent, EventMask> = {
  begin: 0,
  end: UTRACE_EVENT.DEATH,
  "thread.begin": 0,
  "thread.end": UTRACE_EVENT.DEATH,
  syscall: UTRACE_EVENT.SYSCALL_ENTRY,
  "syscall.return": UTRACE_EVENT.SYSCALL_EXIT,
};

interface ProcessProbe {
  readonly index: number;
  readonly selector: ProcessSelector;
}

export class ProcessProbes {
  readonly #host: ProbeHost;
  readonly #utrace: Utrace;
  readonly #by = new Map<ProcessEvent, ProcessProbe[]>();
  readonly #syscalls: SyscallProbes;
  #events: EventMask = UTRACE_EVENT.CLONE | UTRACE_EVENT.EXEC;

  constructor(host: ProbeHost, utrace: Utrace, probes: readonly BoundProbe[], target: Target) {
    this.#host = host;
    this.#utrace = utrace;
    this.#syscalls = new SyscallProbes(probes, target);
    if (this.#syscalls.keepsArguments) this.#events |= UTRACE_EVENT.SYSCALL_ENTRY;
    for (const { index, probe } of probes) {
      const { spec } = probe;
      if (spec.kind !== "process") continue;
      const entry = { index, selector: spec.selector };
      const list = this.#by.get(spec.event);
      if (list) list.push(entry);
      else this.#by.set(spec.event, [entry]);
      this.#events |= eventsOf[spec.event];
    }
  }

  /** Follows a task and reports that it has begun. */
  attach(task: Task): void {
    if (this.#by.size === 0) return;
    const engine = this.#utrace.attachTask(task, this.#ops);
    if (engine && this.#utrace.setEvents(engine, this.#events) === 0) this.#begun(task);
  }

  readonly #ops: EngineOps = {
    report_clone: (action, _engine, event) => {
      this.attach(event.child);
      return action;
    },
    report_exec: (action, _engine, event) => {
      this.#begun(event.task);
      return action;
    },
    report_death: (action, _engine, event) => {
      const { task, groupDead } = event;
      if (task.tid !== task.pid) this.#fire("thread.end", task);
      if (groupDead) this.#fire("end", task);
      return action;
    },
    report_syscall_entry: (action, _engine, { task, nr, args }) => {
      const call: SyscallHit = { nr, args };
      for (const { index, selector } of this.#syscalls.of("syscall", nr)) {
        if (selects(selector, task)) this.#host.fire(index, { syscall: call, task });
      }
      this.#syscalls.enter(task, call.args);
      if (call.retval !== undefined) return { action, abortSyscall: true, retval: call.retval };
      if (call.nr < 0) return { action, abortSyscall: true };
      return call.nr === nr && call.args === args ? action : { action, nr: call.nr, args: call.args };
    },
    report_syscall_exit: (action, _engine, { task, nr, retval }) => {
      const call = { nr, args: this.#syscalls.argumentsOf(task), retval };
      for (const { index, selector } of this.#syscalls.of("syscall.return", nr)) {
        if (selects(selector, task)) this.#host.fire(index, { syscall: call, task });
      }
      return call.retval === retval ? action : { action, retval: call.retval };
    },
  };

  #begun(task: Task): void {
    this.#fire(task.tid === task.pid ? "begin" : "thread.begin", task);
  }

  #fire(event: ProcessEvent, task: Task, details: Hit = {}): void {
    for (const { index, selector } of this.#by.get(event) ?? []) {
      if (selects(selector, task)) this.#host.fire(index, { ...details, task });
    }
  }
}

/** Whether a probe is about this task. */
export function selects(selector: ProcessSelector, task: Task): boolean {
  switch (selector.kind) {
    case "any":
      return true;
    case "path":
      return task.executable === selector.path;
    case "pid":
      return task.pid === selector.pid;
  }
}
