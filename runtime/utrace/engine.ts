/**
 * Engines: who may trace a task, and what they are called for.
 *
 * The vocabulary is utrace's (Roland McGrath, 2009): an engine is attached to one task with a table of callbacks,
 * asks for events with a mask and answers each with a resume action. Clients are `runtime/uprobes/` and
 * `runtime/process-probes.ts`; `utrace.ts` beside this file is the only caller of the callbacks.
 */
import type { EventMask, ResumeAction, TaskEvent } from "../../target/events.ts";
import type { Task } from "../../target/target.ts";

export type EventOf<K extends TaskEvent["kind"]> = Extract<TaskEvent, { kind: K }>;

/** An answer: the action alone, or with what some events let an engine decide. */
export type Answer =
  | ResumeAction
  | {
      readonly action: ResumeAction;
      /** UTRACE_SYSCALL_ABORT, at syscall entry; with `retval` as its result. */
      readonly abortSyscall?: boolean;
      /** At syscall entry: this call instead, and these arguments. Engines that come later see the new ones. */
      readonly nr?: number;
      readonly args?: readonly bigint[];
      /** At syscall exit: this result instead. Engines that come later see the new one. */
      readonly retval?: bigint;
      /** At a signal: deliver this one instead, 0 for none. Engines that come later see the new one. */
      readonly signal?: number;
      /** At a trap: it was this engine's own and must not become SIGTRAP. */
      readonly handled?: boolean;
    };

/**
 * The callbacks of an engine; one that is absent is never asked for, whatever the mask says. `action` is what the
 * engines before this one made of the event so far.
 */
export interface EngineOps {
  /** Before every other callback of an engine that asked for QUIESCE, and alone when a report was requested. */
  report_quiesce?(action: ResumeAction, engine: Engine, event: TaskEvent): Answer;
  report_syscall_entry?(action: ResumeAction, engine: Engine, event: EventOf<"syscall_entry">): Answer;
  report_syscall_exit?(action: ResumeAction, engine: Engine, event: EventOf<"syscall_exit">): Answer;
  report_exec?(action: ResumeAction, engine: Engine, event: EventOf<"exec">): Answer;
  report_clone?(action: ResumeAction, engine: Engine, event: EventOf<"clone">): Answer;
  report_exit?(action: ResumeAction, engine: Engine, event: EventOf<"exit">): Answer;
  report_death?(action: ResumeAction, engine: Engine, event: EventOf<"death">): Answer;
  report_reap?(action: ResumeAction, engine: Engine, event: EventOf<"reap">): Answer;
  report_signal?(action: ResumeAction, engine: Engine, event: EventOf<"signal">): Answer;
  report_jctl?(action: ResumeAction, engine: Engine, event: EventOf<"jctl">): Answer;
  report_trap?(action: ResumeAction, engine: Engine, event: EventOf<"trap">): Answer;
  report_map?(action: ResumeAction, engine: Engine, event: EventOf<"map">): Answer;
  report_unmap?(action: ResumeAction, engine: Engine, event: EventOf<"unmap">): Answer;
}

/** A handle; valid for ever, but every call on a detached one answers -ESRCH. */
export interface Engine {
  readonly task: Task;
  readonly ops: EngineOps;
  readonly events: EventMask;
  readonly detached: boolean;
}
