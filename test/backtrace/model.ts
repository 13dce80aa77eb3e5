/** Runs a fixture in the model one instruction at a time, with a look at the stopped task before each. */
import { resolve } from "node:path";
import { openHostFolder } from "../../cli/host-files.ts";
import { createModel } from "../../kernel/model.ts";
import { Backtraces } from "../../runtime/backtrace/backtraces.ts";
import { type Disposition, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { Target, Task } from "../../target/target.ts";

export const fixtures = resolve(import.meta.dirname, "../fixtures/backtrace");

export function openFixture(program: string, argv: readonly string[] = [program]): Target {
  return createModel({
    root: openHostFolder("/"),
    console: {
      write: () => undefined,
      read: () => "eof",
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
    program: program.startsWith("/") ? program : resolve(fixtures, program),
    argv,
    uid: 0,
    gid: 0,
  });
}

export function backtracesOf(target: Target): Backtraces {
  const readMemory = (task: Task, address: number, size: number): Uint8Array | undefined => {
    const bytes = task.mm.read(address, size);
    return bytes instanceof Uint8Array ? bytes : undefined;
  };
  return new Backtraces({ target, readMemory, openReturns: () => undefined });
}

/** Steps until the program ends or `look` says that it has seen enough. */
export function stepThrough(target: Target, look: (task: Task) => boolean): void {
  const { main } = target;
  if (!main) throw new Error("no program");
  let looking = true;
  let signalled = false;
  main.wanted = UTRACE_EVENT.QUIESCE | UTRACE_EVENT.TRAP | UTRACE_EVENT.SIGNAL;
  main.requestReport(false);
  target.run({
    event(event): Disposition {
      const { UTRACE_SINGLESTEP, UTRACE_RESUME } = UTRACE_RESUME_ACTION;
      if (event.kind === "trap") looking = looking && look(event.task);
      // Signals wait while a step is asked for: after kill() it is the signal's report that asks for the next one.
      const goesOn = event.kind === "trap" && !signalled && justKilled(event.task);
      signalled ||= event.kind === "signal";
      const action = looking && !goesOn ? UTRACE_SINGLESTEP : UTRACE_RESUME;
      return event.kind === "signal" ? { action, signal: event.signal } : { action, handled: event.kind === "trap" };
    },
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => undefined,
    poll: () => "run",
  });
}

/** The instruction before is an ecall, and a7 says kill. */
function justKilled(task: Task): boolean {
  const code = task.mm.read(task.pc - 4, 4);
  return task.readRegister(17) === 129n && code instanceof Uint8Array && code.join() === "115,0,0,0";
}
