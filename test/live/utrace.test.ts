/** The suite of utrace on tasks, on real processes. */
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { at, bytes, offset, view } from "../../live/ffi/arena.ts";
import { hostSyscall } from "../../live/host-syscall.ts";
import { type Disposition, RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { Task } from "../../target/target.ts";
import { describeTasks } from "../utrace/task-suite.ts";
import { liveProgram } from "./suite-program.ts";

const path = resolve(import.meta.dirname, "../fixtures/utrace/tasks.x86_64");

const { UTRACE_RESUME, UTRACE_SINGLESTEP } = UTRACE_RESUME_ACTION;
const SIGUSR2 = 12;
const SI_QUEUE = -1;

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("live", () => {
  const program = liveProgram(path);
  describeTasks("live Linux", program);

  test("a signal that comes before a step waits for its end, and arrives with what was sent with it", () => {
    const { target } = program.start(["signal"]);
    const { arch, main } = target;
    if (!main) return expect.unreachable("no program");
    const after = program.symbol("after_sys");
    const code = main.mm.read(after, arch.maxInstruction);
    if ("kind" in code) return expect.unreachable("no code there");
    main.mm.write(after, arch.breakpoint(1));
    main.wanted = UTRACE_EVENT.TRAP | UTRACE_EVENT.SIGNAL;
    const seen: string[] = [];
    let sp = 0n;
    let calls = 0;
    const event = (event: TaskEvent): Disposition => {
      if (event.kind === "signal") {
        seen.push(`signal ${event.signal} ${event.code}`);
        // Of those that it sends itself nothing is left over.
        return { action: UTRACE_RESUME, signal: event.signal === SIGUSR2 ? SIGUSR2 : 0 };
      }
      if (event.kind !== "trap") return RESUME;
      if (event.reason === "step") {
        // A handler would run on a frame below.
        seen.push(`step ${main.readRegister(arch.stackPointer) - sp}`);
        return { action: UTRACE_RESUME, handled: true };
      }
      sp = main.readRegister(arch.stackPointer);
      // Two calls install its handlers; what the breakpoint covers is a return.
      if (++calls < 3) {
        main.pc = Number(wordAt(main, sp));
        main.writeRegister(arch.stackPointer, sp + 8n);
        return { action: UTRACE_RESUME, handled: true };
      }
      main.pc = after;
      main.mm.write(after, code.slice(0, 1));
      expect(queueSignal(main.pid, SIGUSR2, 5)).toBe(0);
      return { action: UTRACE_SINGLESTEP, handled: true };
    };
    expect(
      target.run({ event, poll: () => "run", nextTimer: () => Number.POSITIVE_INFINITY, timer: () => {} }),
    ).toEqual({
      exitCode: SIGUSR2 + 5,
    });
    expect(seen).toEqual(["step 8", `signal ${SIGUSR2} ${SI_QUEUE}`, "signal 10 -1"]);
  });
});

/** As sigqueue(3), from this process; 0 when that went well. */
function queueSignal(pid: number, signal: number, value: number): number {
  bytes.fill(0, offset.small, offset.small + 128);
  // siginfo_t: si_signo, si_errno, si_code; si_pid at 16, si_uid, si_value.
  view.setInt32(offset.small, signal, true);
  view.setInt32(offset.small + 8, SI_QUEUE, true);
  view.setInt32(offset.small + 16, process.pid, true);
  view.setInt32(offset.small + 24, value, true);
  return hostSyscall("rt_sigqueueinfo", pid, signal, at.small);
}

function wordAt(task: Task, address: bigint): bigint {
  const word = task.mm.read(Number(address), 8);
  if ("kind" in word) return expect.unreachable("no stack there");
  return new DataView(word.buffer, word.byteOffset).getBigUint64(0, true);
}
