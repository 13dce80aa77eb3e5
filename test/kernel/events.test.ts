/** The tracing door: which events come in which order, and what their answers do. */
import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../base/diagnostics.ts";
import { RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import { findSyscallByNumber } from "../../target/syscalls.ts";
import { run, start } from "./run.ts";

const ALL = Object.values(UTRACE_EVENT).reduce((mask, bit) => mask | bit, 0) & ~UTRACE_EVENT.MAP;

function describeEvent(event: TaskEvent): string {
  const who = event.task.pid === 1000 ? "parent" : "child";
  const name = "nr" in event ? ` ${findSyscallByNumber("riscv64", event.nr)?.name}` : "";
  const value = "retval" in event ? ` ${event.retval}` : "code" in event ? ` ${event.code}` : "";
  return `${who} ${event.kind}${name}${value}`;
}

function log(): string[] {
  const lines: string[] = [];
  run("/events", [], {}, ALL, (event) => {
    lines.push(describeEvent(event));
    if (event.kind === "clone") event.child.wanted = ALL;
    return RESUME;
  });
  return lines;
}

describe("events", () => {
  // One fork, one exec, one exit each. The child is made inside clone, so before clone returns; it first runs when the
  // parent waits, because a slice is longer than that; its result of clone is not reported, as it never entered the
  // call. Its death makes it a zombie and sends SIGCHLD, which the parent does not ignore as long as it is traced. Woken,
  // the parent's wait looks for a child first, finds and reaps it; signals come on the way back to user mode. Reaping init's child is the last event.
  it("come in the order of a fork, exec, exit and wait", () => {
    expect(log()).toEqual([
      "parent syscall_entry clone",
      "parent clone",
      "parent syscall_exit clone 1001",
      "parent syscall_entry wait4",
      "child syscall_entry execve",
      "child exec",
      "child syscall_exit execve 0",
      "child syscall_entry exit",
      "child exit 1280",
      "child death 1280",
      "child reap",
      "parent syscall_exit wait4 1001",
      "parent signal 1",
      "parent syscall_entry exit",
      "parent exit 0",
      "parent death 0",
      "parent reap",
    ]);
  });

  it("are the same twice", () => {
    expect(log()).toEqual(log());
  });

  it("a step is one instruction", () => {
    // _start: ld (4 bytes, or 2 compressed), li, bne not taken: pcs go up one instruction at a time until the branch.
    const pcs: number[] = [];
    const { model } = start("/events");
    const main = model.main!;
    const entry = main.pc;
    main.wanted = UTRACE_EVENT.TRAP | UTRACE_EVENT.QUIESCE;
    main.requestReport(false);
    const step = { action: UTRACE_RESUME_ACTION.UTRACE_SINGLESTEP, handled: true };
    model.run({
      event: (event) => {
        if (event.kind === "quiesce") return step;
        if (event.kind !== "trap") return RESUME;
        pcs.push(event.address - entry);
        return pcs.length < 3 ? step : { ...RESUME, handled: true };
      },
      nextTimer: () => Number.POSITIVE_INFINITY,
      timer: () => {},
      poll: () => "run",
    });
    expect(pcs).toHaveLength(3);
    for (const [i, pc] of pcs.entries()) expect([2, 4]).toContain(pc - (pcs[i - 1] ?? 0));
  });

  it("a call can be aborted: the clone that never was gives -ENOSYS, and wait4 finds no child", () => {
    const results: bigint[] = [];
    const { result } = run("/events", [], {}, ALL, (event) => {
      if (event.kind === "syscall_exit") results.push(event.retval);
      return event.kind === "syscall_entry" && event.nr === 220 ? { ...RESUME, abortSyscall: true } : RESUME;
    });
    expect(results).toEqual([-38n, -10n]);
    expect(result).toEqual({ exitCode: 0 });
  });

  it("a timer fires at its very nanosecond", () => {
    const times: number[] = [];
    const { model } = start("/basics", { argv: ["/basics", "heap"] });
    model.run({
      event: () => RESUME,
      nextTimer: () => (times.length < 3 ? 1000 * (times.length + 1) + 7 : Number.POSITIVE_INFINITY),
      timer: () => times.push(model.monotonicNs()),
      poll: () => "run",
    });
    expect(times).toEqual([1007, 2007, 3007]);
  });

  it("a program that cannot start says why", () => {
    const failure = (program: string): string => {
      try {
        start(program);
      } catch (error) {
        if (error instanceof DiagnosticError) return `${error.diagnostics[0]?.code} ${error.message}`;
      }
      return "started";
    };
    expect(failure("/none")).toContain("target-exec");
    expect(failure("/basics.c")).toContain("not executable");
  });
});
