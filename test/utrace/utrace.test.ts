/** utrace's guarantees, on tasks that are only as much of a task as utrace looks at. */
import { expect, test } from "vitest";
import type { EngineOps } from "../../runtime/utrace/engine.ts";
import { Utrace } from "../../runtime/utrace/utrace.ts";
import { type ResumeAction, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { Task } from "../../target/target.ts";

const { UTRACE_STOP, UTRACE_INTERRUPT, UTRACE_SINGLESTEP, UTRACE_RESUME, UTRACE_DETACH } = UTRACE_RESUME_ACTION;
const { SYSCALL_ENTRY, DEATH, REAP, SIGNAL, QUIESCE } = UTRACE_EVENT;

interface FakeTask extends Task {
  readonly resumed: ResumeAction[];
  readonly requested: boolean[];
  state: Task["state"];
}

function makeTask(): FakeTask {
  const task = { wanted: 0, state: "running", resumed: [] as ResumeAction[], requested: [] as boolean[] };
  return Object.assign(task, {
    resume: (action: ResumeAction) => task.resumed.push(action),
    requestReport: (interrupt: boolean) => task.requested.push(interrupt),
  }) as unknown as FakeTask;
}

const entry = (task: Task) => ({ kind: "syscall_entry", task, nr: 1, args: [] }) as const;

function attach(utrace: Utrace, task: Task, events: number, ops: EngineOps) {
  const engine = utrace.attachTask(task, ops);
  if (!engine) throw new Error("attach failed");
  expect(utrace.setEvents(engine, events)).toBe(0);
  return engine;
}

test("engines are called in the order they attached, each seeing the action so far", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const seen: [string, ResumeAction][] = [];
  const engine = (name: string, answer: ResumeAction): EngineOps => ({
    report_syscall_entry: (action) => {
      seen.push([name, action]);
      return answer;
    },
  });
  attach(utrace, task, SYSCALL_ENTRY, engine("a", UTRACE_SINGLESTEP));
  attach(utrace, task, SYSCALL_ENTRY, engine("b", UTRACE_RESUME));
  attach(utrace, task, SYSCALL_ENTRY, engine("c", UTRACE_INTERRUPT));
  expect(utrace.report(entry(task)).action).toBe(UTRACE_INTERRUPT);
  expect(seen).toEqual([
    ["a", UTRACE_RESUME],
    ["b", UTRACE_SINGLESTEP],
    ["c", UTRACE_SINGLESTEP],
  ]);
});

test("an engine attached during a report waits for the next event", () => {
  const utrace = new Utrace();
  const task = makeTask();
  let late = 0;
  let attached = false;
  attach(utrace, task, SYSCALL_ENTRY, {
    report_syscall_entry: (action) => {
      if (!attached) {
        attach(utrace, task, SYSCALL_ENTRY, {
          report_syscall_entry: (a) => {
            late++;
            return a;
          },
        });
      }
      attached = true;
      return action;
    },
  });
  utrace.report(entry(task));
  expect(late).toBe(0);
  utrace.report(entry(task));
  expect(late).toBe(1);
});

test("the task is asked for exactly the events that somebody wants", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const a = attach(utrace, task, SYSCALL_ENTRY, {});
  attach(utrace, task, DEATH, {});
  expect(task.wanted).toBe(SYSCALL_ENTRY | DEATH);
  utrace.control(a, UTRACE_DETACH);
  expect(task.wanted).toBe(DEATH);
});

test("a stop holds until the engine that asked for it lets go", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const stop: EngineOps = { report_syscall_entry: () => UTRACE_STOP };
  const a = attach(utrace, task, SYSCALL_ENTRY, stop);
  const b = attach(utrace, task, SYSCALL_ENTRY, stop);
  expect(utrace.report(entry(task)).action).toBe(UTRACE_STOP);
  task.state = "tracing-stop";
  expect(utrace.control(a, UTRACE_RESUME)).toBe(0);
  expect(task.resumed).toEqual([]);
  expect(utrace.control(b, UTRACE_SINGLESTEP)).toBe(0);
  expect(task.resumed).toEqual([UTRACE_SINGLESTEP]);
});

test("an engine that another one detaches during a report is not called any more, not even for quiescence", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const seen: string[] = [];
  attach(utrace, task, SYSCALL_ENTRY, {
    report_syscall_entry: (action) => {
      seen.push("first");
      utrace.control(second, UTRACE_DETACH);
      return action;
    },
  });
  const second = attach(utrace, task, SYSCALL_ENTRY | QUIESCE, {
    report_quiesce: () => {
      seen.push("quiesce");
      return UTRACE_STOP;
    },
    report_syscall_entry: () => {
      seen.push("second");
      return UTRACE_STOP;
    },
  });
  expect(utrace.report(entry(task)).action).toBe(UTRACE_RESUME);
  expect(seen).toEqual(["first"]);
});

test("detaching an engine that holds a task lets it run", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const engine = attach(utrace, task, SYSCALL_ENTRY, { report_syscall_entry: () => UTRACE_STOP });
  utrace.report(entry(task));
  task.state = "tracing-stop";
  expect(utrace.control(engine, UTRACE_DETACH)).toBe(0);
  expect(task.resumed).toEqual([UTRACE_RESUME]);
  expect(utrace.control(engine, UTRACE_RESUME)).toBe("ESRCH");
});

test("stopping a running task takes effect at its next report", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const engine = attach(utrace, task, QUIESCE, {});
  expect(utrace.control(engine, UTRACE_STOP)).toBe("EINPROGRESS");
  expect(task.requested).toEqual([false]);
  expect(utrace.report({ kind: "quiesce", task }).action).toBe(UTRACE_STOP);
});

test("later engines see the signal an earlier one put in place", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const seen: number[] = [];
  attach(utrace, task, SIGNAL, {
    report_signal: (_action, _engine, event) => {
      seen.push(event.signal);
      return { action: UTRACE_RESUME, signal: 12 };
    },
  });
  attach(utrace, task, SIGNAL, {
    report_signal: (action, _engine, event) => {
      seen.push(event.signal);
      return action;
    },
  });
  expect(utrace.report({ kind: "signal", task, signal: 10, code: 0 })).toMatchObject({ signal: 12 });
  expect(seen).toEqual([10, 12]);
});

test("death comes before reap, and after reap the engine is detached", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const calls: string[] = [];
  const engine = attach(utrace, task, DEATH | REAP, {
    report_death: (action) => {
      calls.push("death");
      return action;
    },
    report_reap: (action) => {
      calls.push("reap");
      return action;
    },
  });
  utrace.report({ kind: "death", task, groupDead: true, code: 0 });
  expect(utrace.setEvents(engine, DEATH | REAP | QUIESCE)).toBe("EALREADY");
  expect(utrace.control(engine, UTRACE_STOP)).toBe("EALREADY");
  utrace.report({ kind: "reap", task });
  expect(calls).toEqual(["death", "reap"]);
  expect(engine.detached).toBe(true);
  expect(utrace.setEvents(engine, DEATH)).toBe("ESRCH");
});

test("report_quiesce goes before the event's own callback", () => {
  const utrace = new Utrace();
  const task = makeTask();
  const calls: string[] = [];
  attach(utrace, task, QUIESCE | SYSCALL_ENTRY, {
    report_quiesce: (action, _engine, event) => {
      calls.push(`quiesce for ${event.kind}`);
      return action;
    },
    report_syscall_entry: (action) => {
      calls.push("entry");
      return action;
    },
  });
  utrace.report(entry(task));
  expect(calls).toEqual(["quiesce for syscall_entry", "entry"]);
});
