/** Sessions of hand-written modules on the fake target. Expectations follow from the life cycle in runtime/session.ts. */
import { expect, test } from "vitest";
import { builtins } from "../../abi/builtins.ts";
import type { GlobalSpec, Manifest, ProbeSpec } from "../../abi/manifest.ts";
import { loadModule } from "../../runtime/load.ts";
import { runSession, type SessionSetup } from "../../runtime/session.ts";
import { nativeBuiltins } from "../../tapsets/index.ts";
import { FakeTarget } from "./fake-target.ts";

type Case = {
  probes: readonly (readonly [ProbeSpec, string])[];
  globals?: readonly GlobalSpec[];
  head?: string;
  scalars?: string;
  limits?: Manifest["limits"];
  lifetime?: number;
  setup?: Partial<SessionSetup>;
};

const begin = (sequence = "0"): ProbeSpec => ({ kind: "begin", sequence });
const end: ProbeSpec = { kind: "end", sequence: "0" };
const onError: ProbeSpec = { kind: "error", sequence: "0" };
const every = (period: number): ProbeSpec => ({ kind: "timer", period, randomize: 0 });
const say = (text: string): string => `rt.print("${text} ");`;

function play({ probes, globals = [], head = "", scalars = "", limits = {}, lifetime = 1000, setup = {} }: Case) {
  const manifest: Manifest = {
    abi: 1,
    script: "a.stp",
    globals,
    probes: probes.map(([spec]) => ({
      spec,
      point: spec.kind,
      name: spec.kind,
      entryPlans: [],
      plans: [],
      source: { file: "a.stp", line: 1 },
    })),
    limits,
  };
  const handlers = probes.map(([, body], i) => `function probe_${i}(c) { ${body} }`).join("\n");
  const names = probes.map((_, i) => `probe_${i}`).join(", ");
  const code = `export const manifest = ${JSON.stringify(manifest)};
export function instantiate(rt) {
${head}
${handlers}
return { probes: [${names}], scalars: { ${scalars} } };
}`;
  let out = "";
  let err = "";
  const result = runSession({
    module: loadModule(code),
    target: new FakeTarget(lifetime),
    builtins: nativeBuiltins,
    sink: {
      write: (stream, text) => {
        if (stream === 1) out += text;
        else err += text;
      },
    },
    ...setup,
  });
  return { out, err, ...result };
}

test("the native builtins are exactly those of the table", () => {
  expect(Object.keys(nativeBuiltins).sort()).toEqual(Object.keys(builtins));
});

test("begin probes run by sequence, ties in order; the end of the program runs the end probes", () => {
  const lowest = begin("-9223372036854775808");
  const { out, run, failed } = play({
    probes: [
      [begin(), say("b")],
      [end, say("e")],
      [begin("5"), say("d")],
      [begin(), say("c")],
      [lowest, say("a")],
    ],
  });
  expect({ out, run, failed }).toEqual({ out: "a b c d e ", run: { exitCode: 7 }, failed: false });
});

test("exit() in a begin probe: the handler completes, later begin probes and timers do not run, end probes do", () => {
  const { out } = play({
    probes: [
      [begin(), `rt.fn.exit(c); ${say("a")}`],
      [begin(), say("b")],
      [every(1), say("t")],
      [end, say("e")],
    ],
  });
  expect(out).toBe("a e ");
});

test("abort() ends its handler at once", () => {
  const { out, errors } = play({
    probes: [
      [begin(), `try { rt.fn.abort(c); } catch (e_0) { rt.caught(e_0); } ${say("a")}`],
      [end, say("e")],
    ],
  });
  expect({ out, errors }).toEqual({ out: "e ", errors: 0 });
});

test("timers fire in order of time, then of the script", () => {
  const { out } = play({
    lifetime: 10,
    probes: [
      [every(4), say("4")],
      [every(2), say("2")],
    ],
  });
  // At 2, 4 (both), 6, 8 (both), 10.
  expect(out).toBe("2 4 2 2 4 2 2 ");
});

test("an error is placed, counted, and turns end probes into error probes", () => {
  const at: number[][] = [];
  const { out, err, failed } = play({
    probes: [
      [begin(), "rt.div(1, 0);"],
      [begin(), say("b")],
      [end, say("e")],
      [onError, say("x")],
    ],
    setup: {
      positionOf: (line, column) => {
        at.push([line, column]);
        return { file: "a.stp", line: 1, column: 20, token: "operator '/'" };
      },
    },
  });
  expect({ out, failed }).toEqual({ out: "x ", failed: true });
  expect(err).toBe(
    "ERROR: division by 0 near operator '/' at a.stp:1:20 in probe begin\nWARNING: Number of errors: 1, skipped probes: 0\n",
  );
  // Line 4 of the module is probe_0; the call `rt.div` begins after `function probe_0(c) { `, V8 names its member.
  expect(at).toEqual([[4, "function probe_0(c) { rt.".length + 1]]);
});

test("MAXERRORS tolerates errors", () => {
  const { out, errors, failed } = play({
    limits: { MAXERRORS: 1 },
    probes: [
      [begin(), 'rt.fn.error(c, "no");'],
      [begin(), say("b")],
      [end, say("e")],
    ],
  });
  expect({ out, errors, failed }).toEqual({ out: "b e ", errors: 1, failed: false });
});

test("catch sees script errors and deep recursion, not MAXACTION", () => {
  const tryCatch = (body: string): string => `try { ${body} } catch (e_0) { rt.print(rt.caught(e_0)); }`;
  const { out, err } = play({
    head: "function f_0(c) { f_0(c); }",
    probes: [
      [begin(), tryCatch("rt.mod(1, 0);")],
      [begin("1"), tryCatch("f_0(c);")],
      [begin("2"), tryCatch("for (;;) if ((c.left -= 1) < 0) rt.outOfActions();")],
    ],
  });
  expect(out).toBe("division by 0MAXNESTING exceeded");
  expect(err).toContain("ERROR: MAXACTION exceeded in probe begin\n");
});

test("an interrupt is an orderly stop", () => {
  let asked = 0;
  const { out, failed } = play({
    lifetime: Number.POSITIVE_INFINITY,
    probes: [
      [every(1), say("t")],
      [end, say("e")],
    ],
    setup: { interrupted: () => ++asked > 2 },
  });
  expect({ out, failed }).toEqual({ out: "t t e ", failed: false });
});

test("globals that nobody reads are printed", () => {
  const spec = { keys: [], wrap: false, autoPrint: true, pointer: false } as const;
  const { out } = play({
    globals: [
      { ...spec, name: "n", type: "long", pointer: true },
      { ...spec, name: "m", type: "string", keys: ["long", "string"] },
      { ...spec, name: "s", type: "stats" },
      { ...spec, name: "z", type: "stats" },
    ],
    head: "let g_n = 255; const g_m = rt.globals[1]; const g_s = rt.globals[2];",
    scalars: "n: { get: () => g_n, set: (v) => { g_n = v; } }",
    probes: [[begin(), 'g_m.set("1\\0k", "a"); g_m.set("-2\\0l", "b\\n"); g_s.add(1); g_s.add(-4);']],
  });
  // -3 / 2 truncates to -1.
  expect(out).toBe('n=0xff\nm[-2,"l"]="b\\n"\nm[1,"k"]="a"\ns @count=2 @min=-4 @max=1 @sum=-3 @avg=-1\nz @count=0x0\n');
});

test("a module of another ABI is refused", () => {
  const code = "export const manifest = { abi: 0 };\nexport function instantiate(rt) {}";
  expect(() => loadModule(code)).toThrow("ABI 0");
});

test("a monitor sees hits and globals between them, pauses the session and clears its counters", () => {
  const seen: unknown[] = [];
  let polls = 0;
  const { out } = play({
    probes: [
      [every(100), `g_n++; rt.globals[1].add(g_n); ${say("t")}`],
      [end, say("e")],
    ],
    globals: [
      { name: "n", type: "long", keys: [], autoPrint: false, pointer: false, wrap: false },
      { name: "m", type: "stats", keys: [], autoPrint: false, pointer: false, wrap: false },
    ],
    head: "let g_n = 0;",
    scalars: "n: { get: () => g_n, set: (v) => { g_n = v; } }",
    lifetime: 550,
    setup: {
      monitor(session) {
        const { paused, probes, globals } = session.snapshot();
        seen.push([probes.map(({ hits, on }) => `${hits} ${on}`), globals[0], paused]);
        polls++;
        if (polls === 3 || polls === 4) session.togglePause();
        if (polls === 5) session.clearCounters();
      },
    },
  });
  const n = (value: number) => ({ kind: "value", name: "n", value });
  // A timer comes due between every two polls; the one after the third poll finds the session paused.
  expect(seen).toEqual([
    [["0 true", "0 true"], n(0), false],
    [["1 true", "0 true"], n(1), false],
    [["2 true", "0 true"], n(2), false],
    [["2 false", "0 false"], n(2), true],
    [["3 true", "0 true"], n(3), false],
    [["1 true", "0 true"], n(4), false],
  ]);
  expect(out).toBe("t t t t e ");
});
