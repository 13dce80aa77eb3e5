/**
 * The contract suite of targets: what every implementation of `Target` must do, written once.
 *
 * A target's own test file calls `describeTarget` with a way to start the contract program
 * (test/fixtures/contract/contract.c) in a given mode; what it cannot do is skipped by name, with the reason.
 * Expectations come from the program's source, from the exit statuses of the same binary under qemu-riscv64 and on Linux, and from
 * Linux' tracehook.h for the order of events.
 */
import { describe, expect, test } from "vitest";
import { type Disposition, RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../target/events.ts";
import type { RunResult, Target, TargetHooks, Task } from "../target/target.ts";
import type { SuiteProgram } from "./suite-program.ts";

export interface ContractProgram extends SuiteProgram {
  /** Thousands of rounds of a loop that take some milliseconds; 100 when absent. */
  readonly rounds?: number;
}

export interface Skip {
  readonly test: string;
  readonly reason: string;
}

const ALL = Object.values(UTRACE_EVENT).reduce((mask, bit) => mask | bit, 0);
const { UTRACE_STOP, UTRACE_SINGLESTEP, UTRACE_RESUME } = UTRACE_RESUME_ACTION;

type OnEvent = (event: TaskEvent) => Disposition | undefined;

function hooksOf(onEvent: OnEvent = () => undefined, changes: Partial<TargetHooks> = {}): TargetHooks {
  return {
    event: (event) => onEvent(event) ?? RESUME,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
    ...changes,
  };
}

function mainOf(target: Target): Task {
  const { main } = target;
  if (!main) throw new Error("the target has no main task");
  return main;
}

/** Runs with every task traced for `mask`, and gives the events in order. */
function trace(
  target: Target,
  mask: number,
  onEvent: OnEvent = () => undefined,
): { events: TaskEvent[]; result: RunResult } {
  const events: TaskEvent[] = [];
  mainOf(target).wanted = mask;
  const result = target.run(
    hooksOf((event) => {
      events.push(event);
      if (event.kind === "clone") event.child.wanted = mask;
      return onEvent(event);
    }),
  );
  return { events, result };
}

function readText(task: Task, address: number, size: number): string {
  const bytes = task.mm.read(address, size);
  return "kind" in bytes ? `<fault at ${bytes.address}>` : new TextDecoder().decode(bytes);
}

/** Puts a breakpoint at an address of the main task and gives the bytes it replaced. */
function setBreakpoint(target: Target, task: Task, address: number): Uint8Array {
  const code = task.mm.read(address, target.arch.maxInstruction);
  if ("kind" in code) throw new Error("no code there");
  const original = code.slice(0, target.arch.instructionLength(code));
  expect(task.mm.write(address, target.arch.breakpoint(original.length))).toBe(true);
  return original;
}

export function describeTarget(name: string, program: ContractProgram, skips: readonly Skip[] = []): void {
  const check = (title: string, body: () => void): void => {
    const skip = skips.find((item) => item.test === title);
    if (skip) test.skip(`${title} (${skip.reason})`, body);
    else test(title, body);
  };

  describe(`target contract: ${name}`, () => {
    check("the main task is stopped before its first instruction", () => {
      const { target, output } = program.start(["hello"]);
      const main = mainOf(target);
      expect(main.pid).toBeGreaterThan(0);
      expect(main.tid).toBe(main.pid);
      expect(main.executable).toMatch(/contract/);
      expect(target.tasks()).toContain(main);
      const home = main.mm.mappings().find((mapping) => main.pc >= mapping.start && main.pc < mapping.end);
      expect(home).toMatchObject({ executable: true, file: { path: main.executable } });
      expect(main.pc).toBe(program.symbol("_start"));
      expect(output()).toBe("");
    });

    check("a program runs to its end without anybody tracing", () => {
      const { target, output } = program.start(["hello"]);
      const result = target.run(hooksOf(() => expect.unreachable("nobody asked for events")));
      expect(result).toEqual({ exitCode: 3 });
      expect(output()).toBe("hello\n");
    });

    check("mappings are ordered and do not overlap", () => {
      const mappings = mainOf(program.start(["hello"]).target).mm.mappings();
      expect(mappings.length).toBeGreaterThan(1);
      for (let i = 1; i < mappings.length; i++) {
        expect(mappings[i]?.start).toBeGreaterThanOrEqual(mappings[i - 1]?.end ?? 0);
      }
    });

    check("every system call is reported at entry and exit, with its arguments", () => {
      const { target } = program.start(["hello"]);
      const { SYSCALL_ENTRY, SYSCALL_EXIT } = UTRACE_EVENT;
      let written = "";
      const { events } = trace(target, SYSCALL_ENTRY | SYSCALL_EXIT, (event) => {
        if (event.kind === "syscall_entry" && written === "") {
          written = readText(event.task, Number(event.args[1]), Number(event.args[2]));
          expect(event.args[0]).toBe(1n);
        }
        return undefined;
      });
      expect(written).toBe("hello\n");
      // exit_group does not return.
      expect(events.map((event) => event.kind)).toEqual(["syscall_entry", "syscall_exit", "syscall_entry"]);
      expect(events[1]).toMatchObject({ retval: 6n });
    });

    check("a system call can be aborted at its entry", () => {
      const { target, output } = program.start(["hello"]);
      const { SYSCALL_ENTRY, SYSCALL_EXIT } = UTRACE_EVENT;
      let first = true;
      const { events, result } = trace(target, SYSCALL_ENTRY | SYSCALL_EXIT, (event) => {
        if (event.kind !== "syscall_entry" || !first) return undefined;
        first = false;
        return { action: UTRACE_RESUME, abortSyscall: true };
      });
      expect(output()).toBe("");
      expect(events.find((event) => event.kind === "syscall_exit")).toMatchObject({ retval: -38n }); // ENOSYS
      expect(result).toEqual({ exitCode: 3 });
    });

    check("fork: the child is reported before it runs, has its own memory, and is reaped last", () => {
      const { target, output } = program.start(["fork"]);
      const { CLONE, EXIT, DEATH, REAP } = UTRACE_EVENT;
      const parent = mainOf(target);
      const { events, result } = trace(target, CLONE | EXIT | DEATH | REAP);
      const clone = events[0];
      if (clone?.kind !== "clone") return expect.unreachable("the first event is the clone");
      expect(clone.task).toBe(parent);
      expect([clone.thread, clone.sharesMemory]).toEqual([false, false]);
      expect(clone.child.mm).not.toBe(parent.mm);
      expect(clone.child.ppid).toBe(parent.pid);
      const ofChild = events.filter((event) => event.task === clone.child).map((event) => event.kind);
      expect(ofChild).toEqual(["exit", "death", "reap"]);
      const ofParent = events.filter((event) => event.task === parent).map((event) => event.kind);
      expect(ofParent).toEqual(["clone", "exit", "death", "reap"]);
      // target_function(4, {1, 2}) in the child is 1 + 4 + 2; the parent's word is untouched, so it adds 10.
      expect(result).toEqual({ exitCode: 17 });
      expect(output()).toBe("child\nparent\n");
    });

    check("exec: the new program is there when it is reported", () => {
      const { target } = program.start(["exec"]);
      const { events, result } = trace(target, UTRACE_EVENT.EXEC, (event) => {
        if (event.kind === "exec") expect(event.task.pc).toBe(program.symbol("_start"));
        return undefined;
      });
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({ kind: "exec", path: mainOf(target).executable });
      expect(result).toEqual({ exitCode: 5 });
    });

    check("a signal can be seen and let through", () => {
      const { target } = program.start(["signal"]);
      const { events, result } = trace(target, UTRACE_EVENT.SIGNAL);
      expect(events).toMatchObject([{ kind: "signal", signal: 10 }]);
      expect(result).toEqual({ exitCode: 10 });
    });

    check("a signal can be dropped", () => {
      const { target } = program.start(["signal"]);
      const { result } = trace(target, UTRACE_EVENT.SIGNAL, () => ({ action: UTRACE_RESUME, signal: 0 }));
      expect(result).toEqual({ exitCode: 0 });
    });

    check("a fatal signal is the end of the program", () => {
      expect(program.start(["fault"]).target.run(hooksOf())).toEqual({ signal: 11 });
    });

    check("memory: faults are values, text can be written without the file knowing", () => {
      const first = mainOf(program.start(["hello"]).target);
      expect(first.mm.read(8, 4)).toMatchObject({ kind: "fault", address: 8, access: "read" });
      expect(first.mm.write(8, new Uint8Array(4))).toMatchObject({ kind: "fault", access: "write" });
      const at = program.symbol("target_function");
      const before = first.mm.read(at, 4);
      expect(first.mm.write(at, new Uint8Array([1, 2, 3, 4]))).toBe(true);
      expect(first.mm.read(at, 4)).toEqual(new Uint8Array([1, 2, 3, 4]));
      expect(mainOf(program.start(["hello"]).target).mm.read(at, 4)).toEqual(before);
    });

    check("a breakpoint traps at its address, and the original instruction goes on from there", () => {
      const { target } = program.start(["calls", "3"]);
      const address = program.symbol("target_function");
      const main = mainOf(target);
      const original = setBreakpoint(target, main, address);
      const seen: bigint[] = [];
      const { result } = trace(target, UTRACE_EVENT.TRAP, (event) => {
        if (event.kind !== "trap") return undefined;
        expect([event.reason, event.address]).toEqual(["breakpoint", address]);
        expect(target.arch.breakpointAddress(event.task.pc)).toBe(address);
        seen.push(BigInt.asIntN(32, event.task.readRegister(target.arch.argumentRegisters[0] ?? 0)));
        event.task.mm.write(address, original);
        event.task.pc = address;
        return { action: UTRACE_RESUME, handled: true };
      });
      expect(seen).toEqual([3n]);
      expect(result).toEqual({ exitCode: 70 });
    });

    check("a breakpoint that nobody handles is a SIGTRAP", () => {
      const { target } = program.start(["calls", "0"]);
      setBreakpoint(target, mainOf(target), program.symbol("target_function"));
      expect(target.run(hooksOf())).toEqual({ signal: 5 });
    });

    check("single steps run one instruction each", () => {
      const { target } = program.start(["exit", "4"]);
      const main = mainOf(target);
      const address = program.symbol("start_c");
      const code = main.mm.read(address, 32);
      if ("kind" in code) return expect.unreachable("the text is readable");
      const original = setBreakpoint(target, main, address);
      const places: number[] = [];
      const { result } = trace(target, UTRACE_EVENT.TRAP, (event) => {
        if (event.kind !== "trap") return undefined;
        if (event.reason === "breakpoint") {
          event.task.mm.write(address, original);
          event.task.pc = address;
        }
        places.push(event.task.pc);
        return { action: places.length < 4 ? UTRACE_SINGLESTEP : UTRACE_RESUME, handled: true };
      });
      expect(places).toHaveLength(4);
      // The prologue of start_c is straight-line code: each step advances by one instruction.
      let at = address;
      for (const place of places) {
        expect(place).toBe(at);
        at += target.arch.instructionLength(code.subarray(at - address));
      }
      expect(result).toEqual({ exitCode: 4 });
    });

    /** From its first function on. */
    const stepping = (target: Target, answer: () => Disposition): Partial<Pick<TargetHooks, "event">> => {
      const address = program.symbol("start_c");
      const original = setBreakpoint(target, mainOf(target), address);
      mainOf(target).wanted = UTRACE_EVENT.TRAP;
      return {
        event: (event) => {
          if (event.kind !== "trap") return { action: UTRACE_RESUME };
          if (event.reason === "breakpoint") {
            event.task.mm.write(address, original);
            event.task.pc = address;
          }
          return answer();
        },
      };
    };

    check("a step of an instruction that faults ends with its signal", () => {
      const { target } = program.start(["fault"]);
      let steps = 0;
      const hooks = stepping(target, () => ({
        action: ++steps < 5000 ? UTRACE_SINGLESTEP : UTRACE_RESUME,
        handled: true,
      }));
      expect(target.run({ ...hooksOf(), ...hooks })).toEqual({ signal: 11 });
      expect(steps).toBeGreaterThan(5);
      expect(steps).toBeLessThan(5000);
    });

    check("a step that nobody waits for any more is no signal for the program", () => {
      // Whether it has been made by then is a matter of luck.
      for (let run = 0; run < 20; run++) {
        const { target } = program.start(["exit", "4"]);
        let steps = 0;
        const hooks = stepping(target, () => {
          steps++;
          return { action: UTRACE_SINGLESTEP, handled: true };
        });
        const poll = () => (steps > 2 ? "detach" : "run");
        expect(target.run({ ...hooksOf(), ...hooks, poll })).toEqual({ exitCode: 4 });
      }
    });

    check("a stopped task waits until it is resumed, and others run on", () => {
      const { target, output } = program.start(["fork"]);
      let held: Task | undefined;
      let waited = false;
      let due = Number.POSITIVE_INFINITY;
      mainOf(target).wanted = UTRACE_EVENT.CLONE;
      const result = target.run(
        hooksOf(
          (event) => {
            if (event.kind === "clone") {
              event.child.wanted = UTRACE_EVENT.SYSCALL_ENTRY;
              return undefined;
            }
            if (held) return undefined;
            held = event.task;
            due = target.monotonicNs() + 1_000_000;
            return { action: UTRACE_STOP };
          },
          {
            nextTimer: () => due,
            timer: () => {
              due = Number.POSITIVE_INFINITY;
              waited = true;
              expect(held?.state).toBe("tracing-stop");
              expect(output()).toBe("");
              held?.resume(UTRACE_RESUME);
            },
          },
        ),
      );
      expect([held === undefined, waited]).toEqual([false, true]);
      expect(output()).toBe("child\nparent\n");
      expect(result).toEqual({ exitCode: 17 });
    });

    check("timers come in time, also while everybody sleeps", () => {
      const { target } = program.start(["sleep", "20"]);
      const times: number[] = [];
      let next = target.monotonicNs() + 5_000_000;
      const result = target.run(
        hooksOf(() => undefined, {
          nextTimer: () => next,
          timer: () => {
            times.push(target.monotonicNs() - next);
            next += 5_000_000;
          },
        }),
      );
      expect(result).toEqual({ exitCode: 0 });
      expect(times.length).toBeGreaterThanOrEqual(3);
      for (const late of times) expect(late).toBeGreaterThanOrEqual(0);
      if (target.can.deterministic) for (const late of times) expect(late).toBeLessThan(100_000);
    });

    check("what is wanted of a task that sleeps is reported when it goes on", () => {
      let seen: string[] = [];
      // On a busy machine it may have slept by then.
      for (let chance = 0; chance < 10 && seen.length === 0; chance++) {
        const { target } = program.start(["sleep", "100"]);
        const main = mainOf(target);
        let next = target.monotonicNs() + 5_000_000;
        const result = target.run(
          hooksOf(
            (event) => {
              seen.push(event.kind);
              return undefined;
            },
            {
              nextTimer: () => next,
              timer: () => {
                const isAsleep = main.state === "sleeping";
                next = isAsleep ? Number.POSITIVE_INFINITY : target.monotonicNs() + 1_000_000;
                if (isAsleep) main.wanted = UTRACE_EVENT.EXIT | UTRACE_EVENT.SYSCALL_ENTRY;
              },
            },
          ),
        );
        expect(result).toEqual({ exitCode: 0 });
      }
      seen = seen.slice(-2);
      expect(seen).toEqual(["syscall_entry", "exit"]);
    });

    check("timers interrupt a program that computes", () => {
      const { target } = program.start(["spin", String(program.rounds ?? 100)]);
      let next = target.monotonicNs() + 50_000;
      let interrupted = 0;
      target.run(
        hooksOf(() => undefined, {
          nextTimer: () => next,
          timer: (task) => {
            if (task) interrupted++;
            // Then it may compute: on a busy machine an interruption takes longer than what runs between two.
            next = interrupted > 3 ? Number.POSITIVE_INFINITY : next + 50_000;
          },
        }),
      );
      expect(interrupted).toBeGreaterThan(3);
    });

    check("after detach the program finishes and reports nothing", () => {
      const { target, output } = program.start(["fork"]);
      let wanted = false;
      let detached = false;
      mainOf(target).wanted = ALL;
      const result = target.run(
        hooksOf(
          (event) => {
            expect(detached).toBe(false);
            if (event.kind === "clone") wanted = true;
            return undefined;
          },
          {
            poll: () => {
              detached = wanted;
              return wanted ? "detach" : "run";
            },
          },
        ),
      );
      expect(result).toEqual({ exitCode: 17 });
      expect(output()).toBe("child\nparent\n");
    });

    check("requestReport brings a quiesce event", () => {
      const { target } = program.start(["spin", String(program.rounds ?? 100)]);
      const main = mainOf(target);
      const kinds: string[] = [];
      main.wanted = UTRACE_EVENT.QUIESCE;
      main.requestReport(false);
      target.run(hooksOf((event) => void kinds.push(event.kind)));
      expect(kinds).toEqual(["quiesce"]);
    });

    check("two runs with one seed report the same events", () => {
      const log = (): string[] => {
        const { target } = program.start(["fork"]);
        const { events } = trace(target, ALL & ~UTRACE_EVENT.QUIESCE);
        return events.map((event) => `${event.kind} ${event.task.tid} ${event.task.pc}`);
      };
      const first = log();
      expect(first.length).toBeGreaterThan(10);
      expect(log()).toEqual(first);
    });
  });
}
