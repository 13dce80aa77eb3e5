/** --monitor: what it draws, what a session tells it, and where it refuses to run. */
import { beforeAll, describe, expect, test } from "vitest";
import { drawMonitor, type MonitorView } from "../../cli/monitor.ts";
import { answerMonitor, type MonitorMessage } from "../../cli/monitor-answer.ts";
import { parseOptions } from "../../cli/options.ts";
import { asks, StopFlag } from "../../cli/stop-flag.ts";
import { prepareBuild, utap } from "./spawn.ts";

const plain = { head: (text: string) => text, title: (text: string) => text, off: (text: string) => text };
const view: MonitorView = {
  snapshot: {
    paused: false,
    probes: [
      { point: "timer.s(1)", place: "a.stp:1", hits: 3, averageNs: 900, on: true },
      { point: "timer.ms(5)", place: "a.stp:2", hits: 40, averageNs: 20, on: true },
      { point: "end", place: "a.stp:3", hits: 0, on: false },
    ],
    globals: [
      { kind: "value", name: "total", value: 7 },
      { kind: "value", name: "who", value: "a\n" },
      { kind: "array", name: "seen", size: 1 },
      { kind: "aggregate", name: "sizes", size: 12 },
    ],
  },
  output: Array.from({ length: 50 }, (_, i) => `line ${i}`),
  sort: "hits",
  focus: "probes",
  seconds: 4.9,
};
const draw = (changes: Partial<MonitorView> = {}, rows = 30, columns = 70) =>
  drawMonitor({ ...view, ...changes }, { rows, columns }, plain);
const points = (lines: readonly string[]) =>
  lines.flatMap((line) => /\((a\.stp:\d)\)/.exec(line)?.[1] ?? []).map((place) => Number(place.at(-1)));

describe("the screen", () => {
  test.each([
    [30, 70],
    [5, 20],
    [2, 4],
    [1, 1],
    [100, 200],
  ])("%d rows of %d columns are filled and not overrun", (rows, columns) => {
    for (const focus of ["probes", "output"] as const) {
      const lines = draw({ focus }, rows, columns);
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
    }
  });

  test("globals: values as the language writes them, sizes of the rest", () => {
    expect(draw().slice(1, 5)).toEqual(["total = 7", 'who = "a\\n"', "seen[…]: 1 entry", "sizes: 12 values"]);
  });

  test("globals never take more than a third of their part", () => {
    const globals = Array.from({ length: 90 }, (_, i) => ({ kind: "value" as const, name: `g${i}`, value: i }));
    // 30 rows: 28 below the head and beside the rule, 9 of them for output, 19 above, of which 6 are for globals.
    const lines = draw({ snapshot: { ...view.snapshot, globals } });
    expect(lines.slice(5, 8)).toEqual(["g4 = 4", "… and 85 more globals", expect.stringContaining("hits*")]);
  });

  test.each([
    ["hits", [2, 1, 3]],
    ["average", [1, 2, 3]],
    ["state", [1, 2, 3]],
    ["probe", [3, 2, 1]],
  ] as const)("sorted by %s", (sort, order) => {
    expect(points(draw({ sort }))).toEqual(order);
  });

  test("a probe that never ran has no average", () => {
    expect(draw().find((line) => line.includes("end ("))).toMatch(/^ +0 +- +off +end \(a\.stp:3\)$/);
  });

  test("the end of the output is at the bottom; Tab gives it two thirds", () => {
    const shown = (focus: MonitorView["focus"]) => draw({ focus }).filter((line) => line.startsWith("line "));
    expect(draw().at(-1)).toBe("line 49");
    expect(shown("probes")).toHaveLength(9); // a third of 28
    expect(shown("output")).toHaveLength(18);
  });
});

describe("the session's side", () => {
  const snapshot = view.snapshot;
  function listen() {
    const heard: string[] = [];
    const session = {
      snapshot: () => snapshot,
      clearCounters: () => void heard.push("clear"),
      togglePause: () => void heard.push("pause"),
    };
    const stop = new StopFlag();
    const { monitor } = answerMonitor({ postMessage: ({ kind }: MonitorMessage) => void heard.push(kind) }, stop);
    return { heard, stop, look: () => monitor(session) };
  }

  test("says nothing unasked, and answers once", () => {
    const { heard, stop, look } = listen();
    look();
    expect(heard).toEqual([]);
    stop.ask(asks.snapshot);
    look();
    look();
    expect(heard).toEqual(["snapshot"]);
  });

  test("tells of the end once its output is on the way", () => {
    const heard: string[] = [];
    const side = answerMonitor({ postMessage: ({ kind }: MonitorMessage) => void heard.push(kind) }, new StopFlag());
    side.show(new Uint8Array(1));
    side.ended();
    expect(heard).toEqual(["output", "ended"]);
  });

  test("does what it is asked before it shows it", () => {
    const { heard, stop, look } = listen();
    stop.ask(asks.togglePause);
    stop.ask(asks.clearCounters);
    look();
    expect(heard).toEqual(["clear", "pause", "snapshot"]);
  });
});

beforeAll(prepareBuild);

describe("the option", () => {
  const seconds = (...args: string[]) => {
    const options = parseOptions([...args, "script.stp"]);
    return "exit" in options ? undefined : options.monitorSeconds;
  };
  test("is a second without a number, and never takes the script for one", () => {
    expect(seconds("--monitor")).toBe(1);
    expect(seconds("--monitor=0.5")).toBe(0.5);
    expect(seconds()).toBeUndefined();
  });
  test.each(["0", "-1", "x", ""])("--monitor=%s is no interval", (text) => {
    expect(() => seconds(`--monitor=${text}`)).toThrow(/seconds from 0.05 are needed/);
  });
  test("needs a terminal", async () => {
    const { status, err } = await utap(["--monitor", "-e", "probe timer.s(1) { exit() }"]);
    expect(status).toBe(1);
    expect(err).toContain("--monitor draws on a terminal");
    expect(err).toContain("-o FILE");
  });
});
