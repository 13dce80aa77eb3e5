/**
 * `npm run soak`: 50,000,000 probe hits of one session, which must not make the process grow.
 *
 * A script on timers of the model does a bit of everything at each hit: scalars, arrays that fill, wrap and empty,
 * aggregates, strings, formats, regular expressions, caught errors, sorted loops. At every tenth of the hits what is
 * garbage is collected and memory is looked at; the first tenth is for warming up. A number on the command line is
 * another number of hits. The status is 1 if memory grew or if the script did not print what it must.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseOptions } from "../cli/options.ts";
import { runOn } from "../cli/run-on.ts";
import type { Console } from "../kernel/files/console.ts";

const HITS = 50_000_000;
const TENTHS = 10;
const MIB = 2 ** 20;

/** What may be more in the end than after the first tenth; V8 takes and gives back memory in steps of its own. */
const HEAP_MAY_GROW = 2 * MIB;
const RSS_MAY_GROW = 48 * MIB;

export interface SoakResult {
  readonly hits: number;
  readonly seconds: number;
  /** After each tenth, in bytes. */
  readonly heap: readonly number[];
  readonly rss: readonly number[];
  readonly problems: readonly string[];
}

export function soak(hits: number): SoakResult {
  const step = Math.floor(hits / TENTHS);
  const heap: number[] = [];
  const rss: number[] = [];
  let out = "";
  let err = "";
  const write = (stream: 1 | 2, text: string): undefined => {
    if (stream === 2) err += text;
    else if (text === "tenth\n") {
      collect();
      heap.push(process.memoryUsage().heapUsed);
      rss.push(process.memoryUsage().rss);
    } else out += text;
  };
  const options = parseOptions(["--target=model", "-D", "STP_NO_OVERLOAD=1", "-e", script(step)]);
  if ("exit" in options) throw new Error("the options of the soak");
  const start = performance.now();
  const { status, diagnostics } = runOn(options, nobody, { write });
  const seconds = (performance.now() - start) / 1000;
  const problems = diagnostics.map(({ message }) => message);
  if (status !== 0 || err !== "") problems.push(`status ${status}: ${err}`);
  const wanted = `${TENTHS * step} hits, ${(TENTHS * step) % 1000} of 1000\n`;
  if (out !== wanted) problems.push(`printed ${JSON.stringify(out)} and not ${JSON.stringify(wanted)}`);
  const grown = (sizes: readonly number[]): number => (sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN);
  if (!(grown(heap) <= HEAP_MAY_GROW)) problems.push(`the heap grew by ${grown(heap)} bytes`);
  if (!(grown(rss) <= RSS_MAY_GROW)) problems.push(`the process grew by ${grown(rss)} bytes`);
  return { hits: TENTHS * step, seconds, heap, rss, problems };
}

/** Says `tenth` after so many hits, ten times, then how many there were and how many in the last thousand. */
function script(step: number): string {
  return `
global hits, thousand, counts, recent%[512], pairs, text, sizes, by_kind, chart, fails
probe timer.us(100) {
  hits++
  counts[hits % 100]++
  recent[hits] = hits * 3
  pairs[hits % 1000, sprintf("k%d", hits % 7)] = hits
  text = sprintf("%08x %s", hits, text =~ "^0*[1-9]" ? "some" : "none")
  sizes <<< hits & 1023
  by_kind[hits % 5] <<< strlen(text)
  chart <<< hits % 777 - 300
  try { if (hits % 50 == 0) fails += hits / (hits - hits) } catch { fails++ }
  if (++thousand == 1000) {
    thousand = 0
    foreach ([n, name] in pairs- limit 10) text .= name
    foreach (k+ in counts) if (counts[k] > 1000000) delete text
    foreach (k in by_kind @sum-) text = sprint(@avg(by_kind[k]))
    delete pairs
    delete sizes
    delete by_kind
  }
  if (hits % ${step} == 0) {
    text = sprint(@hist_log(chart)) . sprint(@variance(chart, 4))
    println("tenth")
    if (hits == ${TENTHS * step}) exit()
  }
}
probe timer.us(300) { if ([hits % 1000, "k1"] in pairs) thousand += 0 else delete recent[hits] }
probe end { if (@count(sizes) <= 1000 && fails >= hits / 50) printf("%d hits, %d of 1000\\n", hits, thousand) }
`;
}

const nobody: Console = {
  write: () => {},
  read: () => "eof",
  isTty: () => false,
  windowSize: () => ({ rows: 24, columns: 80 }),
};

function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** The command. */
export function main(words: readonly string[]): number {
  const { hits, seconds, heap, rss, problems } = soak(Number(words[0] ?? HITS));
  const mib = (sizes: readonly number[]): string => sizes.map((size) => (size / MIB).toFixed(1)).join(" ");
  console.log(
    `${hits.toLocaleString("en")} hits in ${seconds.toFixed(1)} s, ${Math.round((seconds * 1e9) / hits)} ns each`,
  );
  console.log(`heap after each tenth, MiB: ${mib(heap)}`);
  console.log(`rss after each tenth, MiB:  ${mib(rss)}`);
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
