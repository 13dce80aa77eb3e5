// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/**
 * Handlers: compiled by utap against the same written by hand in JavaScript.
 *
 * Every pair does the same work on the same counters; the hand-written side uses plain numbers and a Map. Each is
 * loaded by `new Function`, so that neither shares compiled code or type feedback with the other.
 */
import { Bench } from "tinybench";
import type { HandlerContext } from "../abi/module.ts";
import { scriptLimits } from "../base/limits.ts";
import { makeRuntimeApi } from "../runtime/api.ts";
import { loadModule } from "../runtime/load.ts";
import type { Output } from "../runtime/output.ts";
import type { Row } from "./main.ts";
import { translate } from "./script.ts";

interface Pair {
  readonly name: string;
  readonly script: string;
  /** The body of a function that gives back the handler. */
  readonly byHand: string;
}

const pairs: readonly Pair[] = [
  {
    name: "counter: n++",
    script: "global n; probe begin { n++ }",
    byHand: "let n = 0; return (c) => { n++; };",
  },
  {
    name: "sum: s += a * 3 - 1, in a branch",
    script: "global n, s; probe begin { n++; if (n % 2 == 0) s += n * 3 - 1 }",
    byHand: "let n = 0, s = 0; return (c) => { n++; if (n % 2 === 0) s += n * 3 - 1; };",
  },
  {
    name: "array: a[k]++",
    script: "global n, a; probe begin { n++; a[n % 64]++ }",
    byHand: "let n = 0; const a = new Map(); return (c) => { n++; const k = n % 64; a.set(k, (a.get(k) ?? 0) + 1); };",
  },
  {
    name: "array with two keys: a[i, s] += n",
    script: 'global n, a; probe begin { n++; a[n % 64, "x"] += n }',
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; const k = `${n % 64}\\0x`; a.set(k, (a.get(k) ?? 0) + n); };",
  },
  {
    name: 'concatenation: s = t . "-" . t',
    script: 'global n, s, t = "abc"; probe begin { n++; s = t . "-" . t; if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = t + "-" + t; if (n === -1) t = s; };',
  },
  {
    name: 'sprintf("%d: %s", n, t)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintf("%d: %s", n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}: ${t}`; if (n === -1) t = s; };',
  },
  {
    name: 'sprintf("%5d %-8s %x", n, t, n)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintf("%5d %-8s %x", n, t, n); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${`${n}`.padStart(5)} ${t.padEnd(8)} ${n.toString(16)}`; if (n === -1) t = s; };',
  },
  {
    name: "aggregate: s <<< n, all readings kept",
    script:
      "global n, s; probe begin { n++; s <<< n; if (n == -1) println(@count(s), @sum(s), @min(s), @max(s), @avg(s)) }",
    byHand:
      "let n = 0; const s = { count: 0, sum: 0, min: 0, max: 0 }; return (c) => { n++; s.sum += n; if (s.count === 0 || n < s.min) s.min = n; if (s.count === 0 || n > s.max) s.max = n; s.count++; };",
  },
  {
    name: "loop of 100: s += i",
    script: "global n, s; probe begin { n++; s = 0; for (i = 0; i < 100; i++) s += i; if (n == -1) n = s }",
    byHand:
      "let n = 0, s = 0; return (c) => { n++; s = 0; for (let i = 0; i < 100; i++) s += i; if (n === -1) n = s; };",
  },
];

/** Handler calls in one measured step: the step must be long against the clock. */
const CALLS = 10_000;

export async function benchHandlers(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { name, script, byHand } of pairs) {
    const bench = new Bench({ time: 300, warmupTime: 100 });
    bench.add("compiled", repeat(compiled(script)));
    bench.add("by hand", repeat(new Function(byHand)() as (c: HandlerContext) => void));
    await bench.run();
    const [ours, theirs] = bench.tasks.map((task) => ("latency" in task.result ? task.result.latency.min : Number.NaN));
    rows.push({ name, against: "JavaScript by hand", ratio: (ours ?? Number.NaN) / (theirs ?? Number.NaN) });
  }
  return rows;
}

let loops = 0;

/**
 * A loop of its own for each handler, so that the call in it sees one handler only; each has the budget of a hit. The
 * number keeps V8 from taking two loops for one.
 */
function repeat(handler: (c: HandlerContext) => void): () => void {
  const step = `c.left = ${scriptLimits.MAXACTION_INTERRUPTIBLE}; handler(c);`;
  const loop = new Function(
    "handler",
    "c",
    `// ${loops++}\nreturn () => { for (let i = 0; i < ${CALLS}; i++) { ${step} } };`,
  );
  return loop(handler, { left: 0 }) as () => void;
}

function compiled(script: string): (c: HandlerContext) => void {
  const loaded = loadModule(translate(script).code);
  const rt = makeRuntimeApi({
    manifest: loaded.manifest,
    limits: scriptLimits,
    output: { print: () => {} } as unknown as Output,
    builtins: {},
    readMemory: () => undefined,
  });
  const [probe] = loaded.instantiate(rt).probes;
  if (!probe) throw new Error("no probe");
  return probe;
}
