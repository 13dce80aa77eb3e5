/**
 * The tables of target/kernel-points.ts against the model: every place can be watched, every place is hit by one program or
 * other, and at every hit every value that the tables promise is there and of its type, through three pointers.
 *
 * And who listens changes nothing: the same program, watched at every place and not at all, is the same to the last event.
 */
import { describe, expect, test } from "vitest";
import type { Code, Main } from "../../kernel/scripted/program.ts";
import {
  CALL_PREFIX,
  type KernelEvent,
  type KernelField,
  type KernelObject,
  type KernelPlace,
  type KernelValue,
  kernelEvents,
  kernelFunctions,
  membersOf,
  structures,
} from "../../target/kernel-points.ts";
import { SIG } from "../../target/signals.ts";
import type { Target } from "../../target/target.ts";
import { startModel } from "../../testing/start-model.ts";
import { logEvents } from "./event-log.ts";
import { hooks } from "./points-kit.ts";
import { start } from "./run.ts";

interface Watched {
  readonly place: KernelPlace;
  readonly values: readonly KernelField[];
}

const places: readonly Watched[] = [
  ...kernelEvents("riscv64").map(({ name, parameters, fields }) => ({
    place: { kind: "trace" as const, name },
    values: [...parameters, ...fields],
  })),
  ...kernelFunctions("riscv64").flatMap(({ name, parameters, results, result }): readonly Watched[] => {
    const call = { place: { kind: "call" as const, name }, values: parameters };
    if (result === undefined) return [call];
    const returned = result === "void" ? [] : [{ name: "return", type: result }];
    return [call, { place: { kind: "return", name }, values: [...parameters, ...results, ...returned] }];
  }),
];

const textOf = ({ kind, name }: KernelPlace): string => `${kind} ${name}`;

/** As the declaration says; what a pointer leads to is looked at as deep as that. */
function check(type: string, value: KernelValue, depth: number): void {
  if (type.endsWith("*")) {
    expect(value).toHaveProperty("handle");
    const object = value as KernelObject;
    expect(Number.isSafeInteger(object.handle)).toBe(true);
    if (depth === 0) return;
    for (const { name, type: inner } of membersOf(type.slice(0, -1))) check(inner, object.member(name), depth - 1);
    return;
  }
  switch (type) {
    case "char[]":
      expect(typeof value).toBe("string");
      break;
    case "ulong[]":
      expect(Array.isArray(value)).toBe(true);
      for (const each of value as readonly bigint[]) expect(typeof each).toBe("bigint");
      break;
    case "bool":
      expect([0, 1]).toContain(value);
      break;
    default: {
      const [low, high] = rangeOf(type);
      expect(typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "bigint").toBe(true);
      const number = BigInt(value as number | bigint);
      expect(number >= low && number <= high, `${type} ${value}`).toBe(true);
    }
  }
}

function rangeOf(type: string): readonly [bigint, bigint] {
  const bits = type.endsWith("long") ? 64n : 32n;
  if (!["int", "uint", "long", "ulong"].includes(type)) throw new Error(`no type ${type}`);
  return type.startsWith("u") ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

const handler: Code = function* (sys) {
  yield sys.getpid();
};

/** Does a little of everything. */
const battery: Main = function* (sys, memory) {
  const pair = memory.alloc(16);
  yield sys.rt_sigaction(SIG.SIGUSR1!, [handler, 0, 0], 0, 8);
  yield sys.kill(yield sys.getpid(), SIG.SIGUSR1!);
  yield sys.pipe2(pair, 0);
  const [reader, writer] = [memory.i32(pair), memory.i32(pair + 4)];
  const faulty = yield sys.fork(function* (_s, own) {
    own.u8(16);
    yield sys.exit(0);
  });
  yield sys.wait4(faulty, 0, 0, 0);
  const stack = memory.alloc(4096);
  const word = memory.alloc(16);
  yield sys.thread(function* (s) {
    yield s.futex(word, 1, 1, 0, 0, 0);
    yield s.exit(0);
  }, stack + 4096);
  yield sys.futex(word, 0, 0, 0, 0, 0);
  const vforked = yield sys.vfork(function* (s) {
    yield s.execve("/nowhere", ["nowhere", 0], [0]);
    yield s.execve("/other", ["other", 0], [0]);
  });
  yield sys.wait4(vforked, 0, 0, 0);
  const child = yield sys.fork(function* (s) {
    yield s.nanosleep([0, 1000], 0);
    yield s.write(writer, "hello", 5);
    yield s.exit_group(3);
  });
  yield sys.read(reader, memory.alloc(16), 16);
  yield sys.wait4(child, 0, 0, 0);
  yield sys.openat(-100, "/", 0, 0);
  return 0;
};

const other = {
  *main(sys: Parameters<Main>[0]): ReturnType<Main> {
    yield sys.getpid();
  },
};

function startBattery(cpu: "reference" | "wasm" = "wasm") {
  return startModel({ program: { main: battery }, programs: { "/other": other }, cpu });
}

describe("the tables", () => {
  const hits = new Map<string, number>();
  const { model, errors } = startBattery();
  for (const { place, values } of places) {
    model.watchKernel!(place, (event) => {
      hits.set(textOf(place), (hits.get(textOf(place)) ?? 0) + 1);
      // Thousands of hits; the first of a place have all that can be told, and some more for what changes.
      if (hits.get(textOf(place))! <= 4) for (const { name, type } of values) check(type, event.value(name), 3);
    });
  }
  model.run(hooks);

  test("the program does what it is for", () => {
    expect(errors.filter((error) => !(error instanceof Error && error.name === "MemoryFault"))).toEqual([]);
  });

  test.each(places.map(({ place }) => textOf(place)).filter((text) => !/sys_(enter|exit)_|__do_sys_/.test(text)))(
    "%s: is hit",
    (text) => {
      expect(hits.get(text)).toBeGreaterThan(0);
    },
  );

  test("a call that was made is hit at each of its places", () => {
    const entered = [...hits.keys()].filter((text) => text.startsWith("trace syscalls:sys_enter_"));
    const names = entered.map((text) => text.slice("trace syscalls:sys_enter_".length));
    expect(names.toSorted()).toEqual(
      ["clone", "execve", "exit", "exit_group", "futex", "getpid", "kill", "nanosleep", "openat", "pipe2", "read"]
        .concat(["rt_sigaction", "rt_sigreturn", "wait4", "write"])
        .toSorted(),
    );
    const ends = new Set(["exit", "exit_group"]);
    for (const name of names) {
      expect(hits.get(`call ${CALL_PREFIX}${name}`), name).toBe(hits.get(`trace syscalls:sys_enter_${name}`));
      expect(hits.has(`return ${CALL_PREFIX}${name}`), name).toBe(!ends.has(name));
      expect(hits.has(`trace syscalls:sys_exit_${name}`), name).toBe(!ends.has(name));
    }
  });

  test("every structure is reached from some place", () => {
    const reached = new Set<string>();
    const reach = (type: string): void => {
      const name = type.replace("*", "");
      if (!type.endsWith("*") || reached.has(name)) return;
      reached.add(name);
      for (const member of membersOf(name)) reach(member.type);
    };
    for (const { values } of places) for (const { type } of values) reach(type);
    expect([...reached].toSorted()).toEqual(Object.keys(structures).toSorted());
  });

  test("the idle task, and init, are whole", () => {
    const { model: fresh } = startBattery();
    let seen = 0;
    fresh.watchKernel!({ kind: "trace", name: "sched:sched_switch" }, (event) => {
      if (event.task || seen++ > 0) return;
      const prev = event.value("prev") as KernelObject;
      expect([prev.handle, prev.member("comm"), prev.member("pid")]).toEqual([0, "swapper/0", 0]);
      check("task_struct*", prev, 3);
      const init = (event.value("next") as KernelObject).member("real_parent") as KernelObject;
      expect([init.handle, init.member("comm"), init.member("pid")]).toEqual([1, "init", 1]);
      check("task_struct*", init, 3);
    });
    fresh.run(hooks);
    expect(seen).toBeGreaterThan(0);
  });

  test("a place that is in no table is our own mistake", () => {
    const watch = (place: KernelPlace) => () => model.watchKernel!(place, () => {});
    expect(watch({ kind: "trace", name: "sched:sched_nothing" })).toThrow("no place 'sched:sched_nothing'");
    expect(watch({ kind: "call", name: "do_nothing" })).toThrow("no place 'do_nothing'");
    expect(watch({ kind: "call", name: "__do_sys_nothing" })).toThrow("no place '__do_sys_nothing'");
  });
});

/** Every hit as a line. */
function record(target: Target, lines: string[]): readonly (() => void)[] {
  return places.map(({ place, values }) =>
    target.watchKernel!(place, (event: KernelEvent) => {
      const shown = values.map(({ name }) => show(event.value(name)));
      lines.push(`${target.monotonicNs()} ${event.task?.tid ?? "idle"} ${textOf(place)} ${shown.join(" ")}`);
    }),
  );
}

function show(value: KernelValue): string {
  return typeof value === "object" && "handle" in value ? `*${value.handle}` : String(value);
}

describe("listening", () => {
  const programs = {
    battery: (cpu: "reference" | "wasm") => startBattery(cpu).model,
    unix: (cpu: "reference" | "wasm") => start("/unix", { argv: ["/unix"], cpu, quantum: 997 }).model,
    events: (cpu: "reference" | "wasm") => start("/events", { argv: ["/events"], cpu, quantum: 997 }).model,
    "two CPUs": (cpu: "reference" | "wasm") => start("/unix", { argv: ["/unix"], cpu, cpus: 2, seed: 5 }).model,
  };

  test.each(Object.entries(programs))("%s: changes nothing, ends, and tells the same on both CPUs", (_name, make) => {
    const run = (cpu: "reference" | "wasm", listens: boolean) => {
      const model = make(cpu);
      const lines: string[] = [];
      const stops = listens ? record(model, lines) : [];
      const log = logEvents(model);
      const result = model.run({ ...hooks, event: log.event });
      for (const stop of stops) stop();
      const { events, functions, syscalls } = model.machine.points;
      const all = [...Object.values(events), ...Object.values(functions), syscalls];
      expect(all.some((point) => point.watched)).toBe(false);
      expect([model.machine.frames.copies, model.machine.frames.pageFaults]).toEqual([undefined, undefined]);
      return { lines, rest: { result, log: log.result(), ns: model.monotonicNs(), random: model.random(1 << 30) } };
    };
    const [silent, watched, reference] = [run("wasm", false), run("wasm", true), run("reference", true)];
    expect(watched.rest).toEqual(silent.rest);
    expect(watched.lines.length).toBeGreaterThan(50);
    expect(reference).toEqual(watched);
  });
});
