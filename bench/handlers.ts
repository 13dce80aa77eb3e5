/**
 * Handlers: compiled by utap against the same written by hand in JavaScript.
 *
 * The pairs are in `pairs/`. Each has a process of its own, as a session has: what V8 has seen of the operands of one row
 * is nothing to the next. Each side is loaded by `new Function`, so that neither shares compiled code with the other. They
 * take turns, and the shortest step of each counts, so that what else the machine does
 * meets both or neither.
 */
import { spawnSync } from "node:child_process";
import { Bench } from "tinybench";
import type { HandlerContext } from "../abi/module.ts";
import { scriptLimits } from "../base/limits.ts";
import { makeRuntimeApi } from "../runtime/api.ts";
import { loadModule } from "../runtime/load.ts";
import { Output } from "../runtime/output.ts";
import { TextWriter } from "../runtime/text-writer.ts";
import { nativeBuiltins } from "../tapsets/index.ts";
import type { Row } from "./main.ts";
import { pairs } from "./pairs/index.ts";
import type { Pair } from "./pairs/pair.ts";
import { translate } from "./script.ts";

/** Handler calls in one measured step: the step must be long against the clock. */
const CALLS = 10_000;

/** What `%m` and `%M` show. */
const memory = Uint8Array.from({ length: 64 }, (_, i) => i * 5);

/** How often each side has its turn. */
const TURNS = 4;

export async function benchHandlers(isAsked: (row: string) => boolean): Promise<readonly Row[]> {
  const alone = process.env[PAIR];
  if (alone !== undefined) return Promise.all(pairs.filter(({ name }) => name === alone).map(measure));
  return pairs
    .filter(({ name }) => isAsked(name))
    .flatMap(({ name }) => {
      const words = [...process.execArgv, "--", "handlers", "--json"];
      const env = { ...process.env, [PAIR]: name };
      const { stdout, stderr, status } = spawnSync(process.execPath, words, { env, encoding: "utf8" });
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      return JSON.parse(stdout) as readonly Row[];
    });
}

/** Names the pair that a process measures. */
const PAIR = "UTAP_BENCH_PAIR";

async function measure({ name, script, byHand }: Pair): Promise<Row> {
  const bench = new Bench({ time: 60, iterations: 8, warmupTime: 50, warmupIterations: 4 });
  bench.add("compiled", repeat(compiled(script)));
  bench.add(
    "by hand",
    repeat(new Function("print", "memory", byHand)(printTo([]), memory) as (c: HandlerContext) => void),
  );
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < TURNS; turn++) {
    await bench.run();
    bench.tasks.forEach(({ result }, i) => {
      if ("latency" in result) best[i] = Math.min(best[i]!, result.latency.min);
    });
  }
  return { name, against: "JavaScript by hand", ratio: best[0]! / best[1]! };
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
  return loop(handler, { left: 0, maxString: scriptLimits.MAXSTRINGLEN }) as () => void;
}

function compiled(script: string): (c: HandlerContext) => void {
  const loaded = loadModule(translate(script).code);
  const print = printTo([]);
  const rt = makeRuntimeApi({
    manifest: loaded.manifest,
    limits: scriptLimits,
    output: new Output(new TextWriter({ write: (_stream, text) => print(text) })),
    builtins: nativeBuiltins,
    readMemory: (address, size) => memory.subarray(Number(address), Number(address) + size),
  });
  const [probe] = loaded.instantiate(rt).probes;
  if (!probe) throw new Error("no probe");
  return probe;
}

/** What is printed goes into a list, which is emptied now and then. */
function printTo(list: string[]): (text: string) => void {
  return (text) => {
    if (list.push(text) === 1000) list.length = 0;
  };
}
