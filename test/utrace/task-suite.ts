/**
 * What utrace's engines see of real tasks and do to them: the suite that every target passes.
 *
 * A target's own test file calls `describeTasks` with a way to start test/fixtures/utrace/tasks.c; what it cannot do is
 * skipped by name, with the reason. Exit statuses come from the program's source, and without a tracer are those of
 * the same binaries run on Linux and under qemu-riscv64.
 */
import { describe, expect, test } from "vitest";
import type { Engine, EngineOps } from "../../runtime/utrace/engine.ts";
import { Utrace } from "../../runtime/utrace/utrace.ts";
import { ERRNO } from "../../target/errno.ts";
import { RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import { findSyscall, type SyscallArch } from "../../target/syscalls.ts";
import type { RunResult, Target, TargetHooks, Task } from "../../target/target.ts";
import type { SuiteProgram } from "../suite-program.ts";
import type { Skip } from "../target-contract.ts";

const { UTRACE_STOP, UTRACE_REPORT, UTRACE_INTERRUPT, UTRACE_SINGLESTEP, UTRACE_RESUME, UTRACE_DETACH } =
  UTRACE_RESUME_ACTION;
const { SYSCALL_ENTRY, SYSCALL_EXIT, CLONE, EXEC, EXIT, DEATH, REAP, SIGNAL, JCTL, QUIESCE, TRAP } = UTRACE_EVENT;
const MS = 1e6;

/** A target whose events go to utrace, and timers as tests need them. */
class Bench {
  readonly utrace = new Utrace();
  readonly target: Target;
  readonly output: () => string;
  readonly #timers: { due: number; run: () => void }[] = [];

  constructor(program: SuiteProgram, mode: string) {
    const { target, output } = program.start([mode]);
    this.target = target;
    this.output = output;
  }

  get main(): Task {
    const { main } = this.target;
    if (!main) throw new Error("the target has no main task");
    return main;
  }

  attach(task: Task, events: number, ops: EngineOps): Engine {
    const engine = this.utrace.attachTask(task, ops);
    if (!engine) throw new Error("attach failed");
    expect(this.utrace.setEvents(engine, events)).toBe(0);
    return engine;
  }

  /** An engine on every child that the first task will have. */
  onChild(attach: (child: Task) => void): void {
    this.attach(this.main, CLONE, {
      report_clone: (action, _engine, { child }) => {
        attach(child);
        return action;
      },
    });
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ due: this.target.monotonicNs() + ms * MS, run });
  }

  run(changes: Partial<TargetHooks> = {}): RunResult {
    return this.target.run({
      event: (event) => this.utrace.report(event) ?? RESUME,
      nextTimer: () => Math.min(Number.POSITIVE_INFINITY, ...this.#timers.map(({ due }) => due)),
      timer: () => {
        const now = this.target.monotonicNs();
        const due = this.#timers.filter((timer) => timer.due <= now);
        for (const timer of due) this.#timers.splice(this.#timers.indexOf(timer), 1);
        for (const timer of due) timer.run();
      },
      poll: () => "run",
      ...changes,
    });
  }

  number(name: string): number {
    return findSyscall(name)?.[this.target.arch.name as SyscallArch] ?? expect.unreachable(name);
  }
}

/** Callbacks that write down what they are called for, and answer as they were. */
function noting(notes: string[], name: string): EngineOps {
  const note = (action: number, _engine: Engine, event: TaskEvent) => {
    notes.push(`${name} ${event.kind} ${action}`);
    return action as (typeof UTRACE_RESUME_ACTION)[keyof typeof UTRACE_RESUME_ACTION];
  };
  return { report_syscall_entry: note, report_syscall_exit: note, report_death: note, report_reap: note };
}

export function describeTasks(name: string, program: SuiteProgram, skips: readonly Skip[] = []): void {
  const check = (title: string, mode: string, body: (bench: Bench) => void): void => {
    const skip = skips.find((item) => item.test === title);
    if (skip) test.skip(`${title} (${skip.reason})`, () => {});
    else test(title, () => body(new Bench(program, mode)));
  };

  describe(`utrace on tasks: ${name}`, () => {
    check("engines are called in the order they attached, each seeing the action so far", "write", (bench) => {
      const notes: string[] = [];
      bench.attach(bench.main, SYSCALL_ENTRY, noting(notes, "first"));
      const second = noting(notes, "second");
      bench.attach(bench.main, SYSCALL_ENTRY | TRAP, {
        report_syscall_entry: (...args) => {
          second.report_syscall_entry?.(...args);
          return notes.length < 4 ? UTRACE_SINGLESTEP : UTRACE_RESUME;
        },
        report_trap: () => ({ action: UTRACE_RESUME, handled: true }),
      });
      bench.attach(bench.main, SYSCALL_ENTRY, noting(notes, "third"));
      expect(bench.run()).toEqual({ exitCode: 6 });
      expect(notes).toEqual([
        `first syscall_entry ${UTRACE_RESUME}`,
        `second syscall_entry ${UTRACE_RESUME}`,
        `third syscall_entry ${UTRACE_SINGLESTEP}`,
        `first syscall_entry ${UTRACE_RESUME}`,
        `second syscall_entry ${UTRACE_RESUME}`,
        `third syscall_entry ${UTRACE_RESUME}`,
      ]);
    });

    check("of several resume actions the smallest prevails", "write", (bench) => {
      const kinds: string[] = [];
      let first = true;
      bench.attach(bench.main, SYSCALL_EXIT, { report_syscall_exit: () => UTRACE_RESUME });
      bench.attach(bench.main, SYSCALL_EXIT, {
        report_syscall_exit: () => {
          if (!first) return UTRACE_RESUME;
          first = false;
          return UTRACE_SINGLESTEP;
        },
      });
      bench.attach(bench.main, TRAP, {
        report_trap: (_action, _engine, event) => {
          kinds.push(event.reason);
          return { action: UTRACE_RESUME, handled: true };
        },
      });
      expect(bench.run()).toEqual({ exitCode: 6 });
      expect(kinds).toEqual(["step"]);
    });

    check("a stop by one engine holds while another resumes", "write", (bench) => {
      const states: string[] = [];
      const stop: EngineOps = { report_syscall_entry: () => UTRACE_STOP };
      const one = bench.attach(bench.main, SYSCALL_ENTRY, stop);
      const two = bench.attach(bench.main, SYSCALL_ENTRY, stop);
      const look = (): number => states.push(`${bench.main.state} ${bench.output()}`);
      bench.after(20, () => {
        look();
        expect(bench.utrace.control(one, UTRACE_DETACH)).toBe(0);
      });
      bench.after(40, () => {
        look();
        expect(bench.utrace.control(two, UTRACE_DETACH)).toBe(0);
      });
      expect(bench.run()).toEqual({ exitCode: 6 });
      expect(states).toEqual(["tracing-stop ", "tracing-stop "]);
      expect(bench.output()).toBe("hello\n");
    });

    check("a task that runs is stopped when it is asked to, and held", "spin", (bench) => {
      const engine = bench.attach(bench.main, 0, {});
      let stopped = "";
      bench.after(0, () => {
        // A timer may have stopped it already.
        expect(["EINPROGRESS", 0]).toContain(bench.utrace.control(engine, UTRACE_STOP));
        bench.after(20, () => {
          stopped = bench.main.state;
          expect(bench.utrace.control(engine, UTRACE_RESUME)).toBe(0);
        });
      });
      expect(bench.run()).toEqual({ exitCode: 0 });
      expect(stopped).toBe("tracing-stop");
    });

    check("UTRACE_INTERRUPT ends a call that waits, with EINTR", "wait", (bench) => {
      const results: bigint[] = [];
      const engine = bench.attach(bench.main, SYSCALL_EXIT | QUIESCE, {
        report_syscall_exit: (action, _engine, { retval }) => {
          results.push(retval);
          return action;
        },
      });
      bench.after(20, () => expect(bench.utrace.control(engine, UTRACE_INTERRUPT)).toBe(0));
      expect(bench.run()).toEqual({ exitCode: ERRNO.EINTR });
      expect(results).toEqual([BigInt(-ERRNO.EINTR)]);
    });

    check("UTRACE_INTERRUPT works where no call is looked at", "wait", (bench) => {
      const engine = bench.attach(bench.main, QUIESCE, {});
      bench.after(20, () => expect(bench.utrace.control(engine, UTRACE_INTERRUPT)).toBe(0));
      expect(bench.run()).toEqual({ exitCode: ERRNO.EINTR });
    });

    check("UTRACE_INTERRUPT in answer to the entry of a call", "wait", (bench) => {
      let answered = false;
      bench.attach(bench.main, SYSCALL_ENTRY | QUIESCE, {
        report_syscall_entry: () => {
          if (answered) return UTRACE_RESUME;
          answered = true;
          return UTRACE_INTERRUPT;
        },
      });
      expect(bench.run()).toEqual({ exitCode: ERRNO.EINTR });
    });

    check("UTRACE_REPORT brings a quiesce event and leaves a call that waits alone", "nap", (bench) => {
      let reports = 0;
      const engine = bench.attach(bench.main, QUIESCE, {
        report_quiesce: (action, _engine, event) => {
          if (event.kind === "quiesce") reports++;
          return action;
        },
      });
      bench.after(10, () => expect(bench.utrace.control(engine, UTRACE_REPORT)).toBe(0));
      expect(bench.run()).toEqual({ exitCode: 0 });
      expect(reports).toBe(1);
    });

    check("a signal is delivered with what was sent with it", "signal", (bench) => {
      bench.attach(bench.main, SIGNAL, { report_signal: (action) => action });
      expect(bench.run()).toEqual({ exitCode: 10 + 77 });
    });

    check("another signal is delivered instead", "signal", (bench) => {
      const seen: number[] = [];
      bench.attach(bench.main, SIGNAL, { report_signal: (action) => ({ action, signal: 12 }) });
      bench.attach(bench.main, SIGNAL, {
        report_signal: (action, _engine, { signal }) => {
          seen.push(signal);
          return action;
        },
      });
      const { exitCode = 0 } = bench.run();
      expect(seen).toEqual([12]);
      // What is told with it is not what was sent with the first one on every target.
      expect([12, 12 + 77]).toContain(exitCode);
    });

    check("a signal is dropped", "signal", (bench) => {
      bench.attach(bench.main, SIGNAL, { report_signal: (action) => ({ action, signal: 0 }) });
      expect(bench.run()).toEqual({ exitCode: 0 });
    });

    check("a call is aborted, with ENOSYS", "write", (bench) => {
      const results: bigint[] = [];
      bench.attach(bench.main, SYSCALL_ENTRY | SYSCALL_EXIT, {
        report_syscall_entry: (action, _engine, { nr }) => ({ action, abortSyscall: nr === bench.number("write") }),
        report_syscall_exit: (action, _engine, { retval }) => {
          results.push(retval);
          return action;
        },
      });
      // The status of a program is the low byte.
      expect(bench.run()).toEqual({ exitCode: -ERRNO.ENOSYS & 255 });
      expect(results).toEqual([BigInt(-ERRNO.ENOSYS)]);
      expect(bench.output()).toBe("");
    });

    check("a call is aborted, with a result", "write", (bench) => {
      bench.attach(bench.main, SYSCALL_ENTRY, {
        report_syscall_entry: (action, _engine, { nr }) =>
          nr === bench.number("write") ? { action, abortSyscall: true, retval: 42n } : action,
      });
      expect(bench.run()).toEqual({ exitCode: 42 });
      expect(bench.output()).toBe("");
    });

    check("the arguments of a call are rewritten, seen by the engines that follow", "write", (bench) => {
      const lengths: bigint[] = [];
      const write = bench.number("write");
      bench.attach(bench.main, SYSCALL_ENTRY, {
        report_syscall_entry: (action, _engine, { nr, args }) =>
          nr === write ? { action, args: [...args.slice(0, 2), 4n, ...args.slice(3)] } : action,
      });
      bench.attach(bench.main, SYSCALL_ENTRY, {
        report_syscall_entry: (action, _engine, { nr, args }) => {
          if (nr === write) lengths.push(args[2] ?? -1n);
          return action;
        },
      });
      expect(bench.run()).toEqual({ exitCode: 4 });
      expect(lengths).toEqual([4n]);
      expect(bench.output()).toBe("hell");
    });

    check("another call is made", "pid", (bench) => {
      const left: number[] = [];
      bench.attach(bench.main, SYSCALL_ENTRY | SYSCALL_EXIT, {
        report_syscall_entry: (action, _engine, { nr }) =>
          nr === bench.number("getppid") ? { action, nr: bench.number("getpid") } : action,
        report_syscall_exit: (action, _engine, { nr }) => {
          left.push(nr);
          return action;
        },
      });
      expect(bench.run()).toEqual({ exitCode: 1 });
      expect(left).toEqual([bench.number("getpid"), bench.number("getpid")]);
    });

    check("the result of a call is rewritten", "write", (bench) => {
      const seen: bigint[] = [];
      bench.attach(bench.main, SYSCALL_EXIT, {
        report_syscall_exit: (action) => ({ action, retval: 9n }),
      });
      bench.attach(bench.main, SYSCALL_EXIT, {
        report_syscall_exit: (action, _engine, { retval }) => {
          seen.push(retval);
          return action;
        },
      });
      expect(bench.run()).toEqual({ exitCode: 9 });
      expect(seen).toEqual([9n]);
      expect(bench.output()).toBe("hello\n");
    });

    check("a step over a system call is one step, between the call's entry and what follows", "write", (bench) => {
      const { arch } = bench.target;
      const at = program.symbol("in_sys");
      const code = bench.main.mm.read(at, arch.maxInstruction);
      if ("kind" in code) return expect.unreachable("no code there");
      const original = code.slice(0, arch.instructionLength(code));
      bench.main.mm.write(at, arch.breakpoint(original.length));
      const seen: string[] = [];
      bench.attach(bench.main, TRAP | SYSCALL_ENTRY | SYSCALL_EXIT, {
        report_trap: (_action, _engine, { task, reason, address }) => {
          seen.push(`${reason} ${address - at}`);
          if (reason !== "breakpoint") return { action: UTRACE_RESUME, handled: true };
          task.mm.write(at, original);
          task.pc = at;
          return { action: UTRACE_SINGLESTEP, handled: true };
        },
        report_syscall_entry: (action, _engine, { nr }) => {
          seen.push(`entry ${nr}`);
          return action;
        },
        report_syscall_exit: (action, _engine, { retval }) => {
          seen.push(`exit ${retval}`);
          return action;
        },
      });
      expect(bench.run()).toEqual({ exitCode: 6 });
      const after = program.symbol("after_sys") - at;
      const expected = ["breakpoint 0", `entry ${bench.number("write")}`, "exit 6", `step ${after}`];
      expect(seen).toEqual([...expected, `entry ${bench.number("exit_group")}`]);
    });

    check("after control(UTRACE_DETACH) answered 0 no callback comes", "signal", (bench) => {
      let calls = 0;
      let detached = false;
      const engine = bench.attach(bench.main, SYSCALL_ENTRY | SYSCALL_EXIT | SIGNAL | EXIT | DEATH | REAP, {
        report_syscall_entry: (action) => {
          expect(detached).toBe(false);
          if (++calls === 2) {
            expect(bench.utrace.control(engine, UTRACE_DETACH)).toBe(0);
            detached = true;
          }
          return action;
        },
        report_syscall_exit: (action) => {
          expect(detached).toBe(false);
          return action;
        },
        report_signal: () => expect.unreachable("detached"),
        report_death: () => expect.unreachable("detached"),
      });
      expect(bench.run()).toEqual({ exitCode: 10 + 77 });
      expect(calls).toBe(2);
      expect(bench.utrace.control(engine, UTRACE_RESUME)).toBe("ESRCH");
    });

    check("death comes before reap, and both once", "stop", (bench) => {
      const notes: string[] = [];
      let engine: Engine | undefined;
      bench.onChild((child) => {
        engine = bench.attach(child, DEATH | REAP, noting(notes, "child"));
      });
      expect(bench.run()).toEqual({ exitCode: 15 });
      expect(notes.map((note) => note.split(" ")[1])).toEqual(["death", "reap"]);
      expect(engine?.detached).toBe(true);
    });

    check("job control is reported: stopped by SIGSTOP, then continued", "stop", (bench) => {
      const signals: number[] = [];
      bench.onChild((child) =>
        bench.attach(child, JCTL, {
          report_jctl: (action, _engine, { signal }) => {
            signals.push(signal);
            return action;
          },
        }),
      );
      expect(bench.run()).toEqual({ exitCode: 15 });
      expect(signals).toEqual([19, 0]);
    });

    check("a report of a task that job control has stopped changes nothing for its parent", "stop", (bench) => {
      const seen: string[] = [];
      bench.onChild((child) => {
        const engine = bench.attach(child, JCTL | QUIESCE, {
          report_quiesce: (action, _engine, event) => {
            if (event.kind === "quiesce") seen.push("quiesce");
            return action;
          },
          report_jctl: (action, _engine, { signal }) => {
            seen.push(`jctl ${signal}`);
            if (signal !== 0) bench.after(10, () => bench.utrace.control(engine, UTRACE_REPORT));
            return action;
          },
        });
      });
      expect(bench.run()).toEqual({ exitCode: 15 });
      expect(seen.filter((text) => text.startsWith("jctl"))).toEqual(["jctl 19", "jctl 0"]);
      expect(seen.filter((text) => text === "quiesce")).toHaveLength(1);
    });

    check("SIGKILL breaks a hold", "kill", (bench) => {
      const notes: string[] = [];
      let held: Engine | undefined;
      bench.onChild((child) => {
        held = bench.attach(child, SYSCALL_ENTRY | DEATH | REAP, {
          ...noting(notes, "child"),
          report_syscall_entry: () => UTRACE_STOP,
        });
      });
      expect(bench.run()).toEqual({ exitCode: 9 });
      expect(notes.map((note) => note.split(" ")[1])).toEqual(["death", "reap"]);
      expect(held?.detached).toBe(true);
    });

    check("one that SIGKILL has moved is not held again", "kill", (bench) => {
      const notes: string[] = [];
      bench.onChild((child) => {
        bench.attach(child, SYSCALL_ENTRY | EXIT | DEATH | REAP, {
          ...noting(notes, "child"),
          report_syscall_entry: () => UTRACE_STOP,
          report_exit: () => {
            notes.push("child exit");
            return UTRACE_STOP;
          },
        });
      });
      expect(bench.run()).toEqual({ exitCode: 9 });
      expect(notes.map((note) => note.split(" ")[1])).toEqual(["exit", "death", "reap"]);
    });

    check("the first thread, held while another runs a new program, can be held again", "exec", (bench) => {
      const held: Engine[] = [];
      const seen: string[] = [];
      let isNew = false;
      // Both stand still at the entry of a call, then the second runs the new program.
      const hold = (task: Task): Engine =>
        bench.attach(task, SYSCALL_ENTRY | SYSCALL_EXIT | CLONE | EXEC, {
          report_clone: (action, _engine, { child }) => {
            hold(child);
            return action;
          },
          report_syscall_entry: (action, engine, { nr }) => {
            if (nr === bench.number("clone")) return action;
            if (isNew) {
              bench.after(20, () => {
                seen.push(`held ${task.state === "tracing-stop" || task.state}`);
                bench.utrace.control(engine, UTRACE_RESUME);
              });
              return UTRACE_STOP;
            }
            held.push(engine);
            if (held.length === 2) bench.after(1, () => void bench.utrace.control(ofThread(), UTRACE_RESUME));
            return UTRACE_STOP;
          },
          report_exec: (action) => {
            isNew = true;
            return action;
          },
          report_syscall_exit: (action, _engine, { nr, retval }) => {
            if (isNew) seen.push(`exit ${nr} ${retval}`);
            return action;
          },
        });
      const ofThread = (): Engine => held.find(({ task }) => task.tid !== task.pid) ?? expect.unreachable("no thread");
      hold(bench.main);
      expect(bench.run()).toEqual({ exitCode: 5 });
      expect(seen).toEqual([`exit ${bench.number("execve")} 0`, "held true"]);
    });

    check("a thread other than the first runs a new program", "exec", (bench) => {
      const events: string[] = [];
      const follow = (task: Task): void => {
        bench.attach(task, CLONE | EXEC | DEATH, {
          report_clone: (action, _engine, { child, thread }) => {
            events.push(`clone ${thread}`);
            follow(child);
            return action;
          },
          report_exec: (action, _engine, event) => {
            events.push(`exec ${event.task.tid === event.task.pid} ${event.task.pid === bench.main.pid}`);
            return action;
          },
          report_death: (action, _engine, { groupDead }) => {
            events.push(`death ${groupDead}`);
            return action;
          },
        });
      };
      follow(bench.main);
      expect(bench.run()).toEqual({ exitCode: 5 });
      expect(events).toEqual(["clone true", "death false", "exec true true", "death true"]);
    });
  });
}
