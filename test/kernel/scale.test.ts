/**
 * Thousands of processes, hundreds of threads, and twenty thousand short lives: all are there at one time, all end as they should, and
 * what they took is given back. How the cost of an event grows is in `bench/crowd.ts`.
 *
 * What `crowd.c` prints follows from its source: child i exits with i & 127, thread i adds i.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { createModel, type Model } from "../../kernel/model.ts";
import { RESUME } from "../../target/events.ts";

const root = openHostFolder(new URL("../fixtures/scale/", import.meta.url).pathname);
const MIB = 2 ** 20;

/** `printed` is called after each line, while everything is as the line says. */
function run(argv: readonly string[], printed: (line: string, model: Model) => void): Model {
  const model: Model = createModel({
    root,
    program: "/crowd.elf",
    argv: ["/crowd.elf", ...argv],
    console: {
      write: (_stream, bytes) => void printed(Buffer.from(bytes).toString().trim(), model),
      read: () => "eof",
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
  });
  const result = model.run({
    event: () => RESUME,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  expect(result).toEqual({ exitCode: 0 });
  return model;
}

/** What a machine holds: processes, tasks, frames. */
const held = ({ machine }: Model): readonly number[] => [
  machine.processes.size,
  machine.tasks().length,
  machine.frames.used,
];

test("2,000 processes at once", () => {
  const seen: (readonly [string, ...number[]])[] = [];
  const model = run(["sleepers", "2000"], (line, at) => void seen.push([line, ...held(at).slice(0, 2)]));
  // 15 times 0 + … + 127, and 0 + … + 79.
  expect(seen).toEqual([
    ["asleep 2000", 2001, 2001],
    ["ended 2000", 1, 1],
    [`sum ${15 * 64 * 127 + 40 * 79}`, 1, 1],
  ]);
  expect(held(model)).toEqual([0, 0, 0]);
});

test("500 threads at once", () => {
  const seen: (readonly [string, ...number[]])[] = [];
  const model = run(["threads", "500"], (line, at) => void seen.push([line, ...held(at).slice(0, 2)]));
  expect(seen).toEqual([
    ["arrived 500", 1, 501],
    [`total ${250 * 499}`, 1, 1],
  ]);
  expect(held(model)).toEqual([0, 0, 0]);
});

test("20,000 times fork, execve, exit and wait4: no frame more, and the host does not grow", {
  timeout: 60_000,
}, () => {
  const frames = new Set<number>();
  const heap: number[] = [];
  const rss: number[] = [];
  let lines = 0;
  const model = run(["churn", "20000"], (line, at) => {
    expect(line).toBe(`done ${++lines * 1000}`);
    expect(held(at).slice(0, 2)).toEqual([1, 1]);
    frames.add(at.machine.frames.used);
    if (lines % 5 !== 0) return;
    collect();
    heap.push(process.memoryUsage().heapUsed);
    rss.push(process.memoryUsage().rss);
  });
  expect(frames.size).toBe(1);
  expect(held(model)).toEqual([0, 0, 0]);
  // After 5,000, 10,000, 15,000 and 20,000. A hundred bytes kept of each process would be 1.4 MiB.
  expect(heap.at(-1)! - heap[0]!).toBeLessThan(MIB);
  // The host's pages are V8's to take and to give back: it may not take so much as 2 KiB for each.
  expect(rss.at(-1)! - rss[0]!).toBeLessThan(32 * MIB);
});

function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
