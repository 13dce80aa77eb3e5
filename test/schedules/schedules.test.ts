/**
 * Schedules: what chance may change, that it is the same chance for one seed on both CPUs of the model, and what it may never
 * change. The programs are test/fixtures/schedules/races.c; what they must print is reasoned beside each test.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import type { Console } from "../../kernel/files/console.ts";
import { createModel, type ModelOptions } from "../../kernel/model.ts";
import { RESUME } from "../../target/events.ts";
import type { TargetHooks } from "../../target/target.ts";
import { run, start } from "../kernel/run.ts";
import { utap } from "../run/driver.ts";

const folder = new URL("../fixtures/schedules/", import.meta.url).pathname;
/** What a run wrote, of a report on one line. */
const written = (text: string): string => `${text.replace(/^.*\n {4}/, "")}\n`;
const nobody: TargetHooks = {
  event: () => RESUME,
  nextTimer: () => Number.POSITIVE_INFINITY,
  timer: () => {},
  poll: () => "run",
};
const script = ["-e", 'probe end { print("") }'];

const races = (command: string, options: Partial<ModelOptions> = {}) =>
  run("/races", command.split(" "), { root: openHostFolder(folder), ...options });

/** `NAME NUMBER` lines as an object. */
function numbers(output: string): { readonly [name: string]: number } {
  const lines = output.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

interface Shown {
  readonly count: number;
  readonly seed: number;
  readonly status: number;
  readonly text: string;
}

/** The outcomes of a report. */
function outcomes(report: string): readonly Shown[] {
  return report
    .split(/\n\n/)
    .slice(1)
    .map((part) => {
      const [, count, seed, status] = /^(\d+) of \d+, first with --seed (-?\d+): exit status (\d+)\n/.exec(part) ?? [];
      return {
        count: Number(count),
        seed: Number(seed),
        status: Number(status),
        text: part.slice(part.indexOf("\n") + 1).trimEnd(),
      };
    });
}

describe("a lost update", () => {
  const { out, status, err } = utap([...script, "-c", `${folder}races lost`, "--schedules", "40"]);
  const shown = outcomes(out);

  test("has several outcomes, and the exit status says so", () => {
    expect(err).toBe("");
    expect(status).toBe(1);
    expect(out).toMatch(new RegExp(`^40 schedules, ${shown.length} outcomes\n`));
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    // No thread can lose more than all of its 20, and the fair schedule loses none.
    for (const { text } of shown)
      expect(Number(/counted (\d+)/.exec(text)?.[1])).toSatisfy((n: number) => n >= 2 && n <= 40);
    expect(shown[0]).toMatchObject({ seed: 0, text: "  standard output:\n    counted 40" });
  });

  test.each(["reference", "wasm"] as const)("a seed that is told gives its outcome again: %s", (cpu) => {
    for (const { seed, text } of shown) {
      expect(races("lost", { seed, cpu, uid: process.getuid?.() ?? 1000 }).output).toBe(written(text));
    }
  });

  test("and on the command line", () => {
    for (const { seed, text, status } of shown) {
      const again = utap([...script, "-c", `${folder}races lost`, "--seed", `${seed}`]);
      expect([again.out, again.status]).toEqual([written(text), status]);
    }
  });
});

test("a deadlock by the order of locks is the outcome of some schedules", () => {
  const { out, status } = utap([...script, "-c", `${folder}races order`, "--schedules", "30"]);
  const [right, stuck, ...more] = outcomes(out);
  expect(status).toBe(1);
  expect(more).toEqual([]);
  expect(right).toMatchObject({ seed: 0, status: 0, text: "  standard output:\n    counted 40" });
  expect(stuck?.status).toBe(1);
  expect(stuck?.text).toContain(
    "utap: every task waits for ever: races(1000) futex, races(1001) futex, races(1002) futex",
  );
  const again = utap([...script, "-c", `${folder}races order`, "--seed", `${stuck?.seed}`]);
  expect([again.out, again.status]).toEqual(["", 1]);
  expect(again.err).toContain("every task waits for ever");
});

test("another first seed begins there", () => {
  const { out } = utap([...script, "-c", `${folder}races lost`, "--schedules", "5", "--seed", "1000"]);
  expect(outcomes(out)[0]?.seed).toBe(1000);
});

// Slices that hold no lr with its sc would let two threads keep each other from ever storing: one that ends there goes on a little.
test.each([1, 2, 3, 4, 5, 7])("threads that compare and swap get on in slices of %d instructions", (quantum) => {
  for (const seed of [0, 5]) {
    let polls = 0;
    const poll = () => {
      if (++polls > 500_000) throw new Error("nobody gets on");
      return "run" as const;
    };
    const { model, output } = start("/races", {
      argv: ["/races", "swapped"],
      root: openHostFolder(folder),
      quantum,
      seed,
    });
    const result = model.run({ ...nobody, poll });
    expect([output(), result]).toEqual(["counted 40\n", { exitCode: 0 }]);
  }
});

describe("any seed, any number of CPUs, any slice", () => {
  const setting = fc.record({
    seed: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    cpus: fc.integer({ min: 1, max: 5 }),
    quantum: fc.integer({ min: 64, max: 60_000 }),
  });

  test("what is locked or atomic counts to 40, and both CPUs of the model agree to the nanosecond", () => {
    fc.assert(
      fc.property(setting, fc.constantFrom("locked", "atomic", "swapped"), (options, command) => {
        const [a, b] = (["reference", "wasm"] as const).map((cpu) => races(command, { ...options, cpu }));
        expect([a?.output, a?.result]).toEqual(["counted 40\n", { exitCode: 0 }]);
        expect([b?.output, b?.model.monotonicNs()]).toEqual([a?.output, a?.model.monotonicNs()]);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  // Four threads, each 200 times; a sequence that does not start anew when its thread is moved would count for the wrong CPU.
  test("restartable sequences of several CPUs lose no increment", () => {
    fc.assert(
      fc.property(setting, (options) => {
        const got = races("sequences 200", { ...options, cpus: Math.min(options.cpus, 4) });
        expect([got.output, got.result]).toEqual(["counted 800\n", { exitCode: 0 }]);
      }),
      { numRuns: 20, seed: 3 },
    );
  });

  test("the clock never goes back, and CPUs do not do more than there is time for", () => {
    fc.assert(
      fc.property(setting, (options) => {
        const { model } = start("/races", { root: openHostFolder(folder), argv: ["races", "locked"], ...options });
        const { cpu, clock, scheduler } = model.machine;
        const times: number[] = [];
        const runCpu = cpu.run.bind(cpu);
        cpu.run = (...run) => {
          times.push(clock.monotonicNs());
          return runCpu(...run);
        };
        expect(model.run(nobody).exitCode).toBe(0);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const done = scheduler.cpus.all.map(({ busyNs }) => busyNs).reduce((sum, ns) => sum + ns, 0);
        expect(done).toBeGreaterThanOrEqual(clock.monotonicNs());
        expect(done).toBeLessThanOrEqual((clock.monotonicNs() + 1) * options.cpus);
      }),
      { numRuns: 15, seed: 2 },
    );
  });
});

describe("CPUs", () => {
  test("what two of them share takes half the time", () => {
    // 2 × 100,000 turns of 5 instructions; starting, waking and asking take some hundred more.
    const [one, two, four] = [1, 2, 4].map((cpus) => numbers(races("parallel 100", { cpus }).output));
    expect(one?.ns).toBeGreaterThan(1_000_000);
    expect(one?.ns).toBeLessThan(1_002_000);
    expect(two?.ns).toBeGreaterThan(500_000);
    expect(two?.ns).toBeLessThan(503_000);
    expect([one?.apart, two?.apart]).toEqual([0, 1]);
    // A third and a fourth have nothing to do.
    expect(four?.ns).toBeGreaterThan(500_000);
    expect(four?.ns).toBeLessThan(503_000);
  });

  test("sched_setaffinity keeps threads on one", () => {
    const { ns, ...values } = numbers(races("pinned 20", { cpus: 4 }).output);
    expect(values).toEqual({ size: 8, mask: 15, empty: -22, beyond: -22, set: 0, cpu: 1, cpus: 11 });
    expect(ns).toBeGreaterThan(200_000);
    // With one CPU there is no second one to go to.
    expect(numbers(races("pinned 1").output)).toMatchObject({ mask: 1, set: -22, cpu: 0, cpus: 0 });
  });

  test("/proc and /sys tell of them", () => {
    const extraFiles = { "/races": { content: readFileSync(`${folder}races`), mode: 0o755 } };
    const shown = (cpus: number): string => {
      let output = "";
      const console: Console = {
        write: (_stream, bytes) => {
          output += Buffer.from(bytes).toString("latin1");
          return undefined;
        },
        read: () => "eof",
        isTty: () => false,
        windowSize: () => ({ rows: 24, columns: 80 }),
      };
      createModel({ console, program: "/races", argv: ["races", "files", "2500"], extraFiles, cpus }).run(nobody);
      return output;
    };
    const [one, two] = [shown(1), shown(2)];
    expect(one.match(/^processor\t: \d$/gm)).toEqual(["processor\t: 0"]);
    expect(two.match(/^processor\t: \d$/gm)).toEqual(["processor\t: 0", "processor\t: 1"]);
    // 2 × 2,500,000 turns of 5 instructions are 25 ms, in ticks of 10 ms.
    expect(one).toMatch(/^cpu {2}2 0 0 0 .*\ncpu0 2 0 0 0 .*\nintr/m);
    expect(two).toMatch(/^cpu {2}2 0 0 0 .*\ncpu0 1 0 0 0 .*\ncpu1 1 0 0 0 .*\nintr/m);
    expect([one, two].map((text) => text.trim().split("\n").at(-1))).toEqual(["0", "0-1"]);
  });
});

describe("priorities", () => {
  test("nice values weigh the time: 5 steps are 1.25^5, so the other has 33 %", () => {
    expect(numbers(races("share 300").output).percent).toBe(100);
    // To the slice, of which there are some 30.
    expect(numbers(races("nicer 300").output).percent).toBeGreaterThanOrEqual(31);
    expect(numbers(races("nicer 300").output).percent).toBeLessThanOrEqual(36);
  });

  test("SCHED_IDLE has what nobody else wants", () => {
    expect(numbers(races("idler 300").output).percent).toBeLessThanOrEqual(4);
  });

  test("niceness is nothing to SCHED_RR", () => {
    expect(numbers(races("equals 300", { uid: 0 }).output).percent).toBe(100);
  });

  // Each thread writes its letter three times, and works for more than a slice in between.
  test.each([
    { title: "SCHED_OTHER takes turns", command: "fifo 200", uid: 1000, letters: "ababab" },
    { title: "SCHED_FIFO is not cut", command: "fifo 200", uid: 0, letters: "aaabbb" },
    { title: "SCHED_FIFO tasks run side by side", command: "fifo 200", uid: 0, cpus: 2, letters: "ababab" },
    { title: "SCHED_RR has slices", command: "round 200", uid: 0, letters: "ababab" },
    { title: "sched_yield lets another one of the priority run", command: "yields", uid: 0, letters: "ababab" },
    // w was first and lowers itself to 20; l (30) runs, lowers itself to 10, so w writes, and then l goes on with m.
    { title: "who lowers itself makes room at once", command: "lowered", uid: 0, letters: "lwm" },
    // sched(7): it stays at the head of the list of its priority.
    {
      title: "a preempted SCHED_FIFO task goes on before others",
      command: "preempted 200",
      uid: 0,
      letters: "aHaabbb",
    },
  ])("$title", ({ command, letters, uid, cpus = 1 }) => {
    expect(races(command, { uid, cpus }).output.trim().split("\n").at(-1)).toBe(letters);
  });

  test("SCHED_FIFO is not cut under any seed", () => {
    for (let seed = 1; seed <= 6; seed++) {
      expect(["aaabbb", "bbbaaa"]).toContain(races("fifo 50", { seed, uid: 0 }).output.trim().split("\n").at(-1));
    }
  });

  test.each([1, 2])("a task of higher rank wakes at once, amid the slice of another: %i CPUs", (cpus) => {
    expect(numbers(races("wakes 500", { uid: 0, cpus }).output)).toEqual({ "at once": 1, late: 0, counted: 500_000 });
  });

  test("an ordinary one waits for the end of the slice", () => {
    expect(numbers(races("wakes 500").output)).toEqual({ "at once": 0, late: 1, counted: 500_000 });
  });
});
