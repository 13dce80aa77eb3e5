/**
 * `npm run soak`: 50,000,000 probe hits in a program of the model, which must not make the process grow.
 *
 * `programs/visits.elf` calls a function and makes system calls; entry and return of both are probed. The handlers do a
 * bit of everything: registers of the program, scalars, arrays that fill, wrap and empty, aggregates, strings, formats,
 * regular expressions, speculation, caught errors, sorted loops; a timer and a condition go on and off beside them. At
 * every tenth of the hits what is garbage is collected and memory is looked at; the first tenth is for warming up. A
 * number on the command line is another number of hits. The status is 1 if memory grew or if the script did not print
 * what it must.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseOptions } from "../cli/options.ts";
import { runOn } from "../cli/run-on.ts";
import type { Console } from "../kernel/files/console.ts";

const HITS = 50_000_000;
const TENTHS = 10;
/** Eight calls and a system call, with their returns. */
const HITS_A_ROUND = 18;
/** Calls between two times at which the script sorts and empties its arrays. */
const TIDY = 1000;
const ALL_ON = "timer on, speculation on, errors on";
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

/** `root` is the folder of the repository. */
export function soak(root: string, hits: number): SoakResult {
  const program = `${root}/bench/programs/visits.elf`;
  const rounds = Math.floor(hits / HITS_A_ROUND / TENTHS);
  const calls = TENTHS * rounds * 8;
  const heap: number[] = [];
  const rss: number[] = [];
  let last = "";
  let err = "";
  const write = (stream: 1 | 2, text: string): undefined => {
    if (stream === 2) err += text;
    else if (text === "tenth\n") {
      collect();
      heap.push(process.memoryUsage().heapUsed);
      rss.push(process.memoryUsage().rss);
    } else last = text;
  };
  const options = parseOptions([
    "-w",
    "-D",
    "STP_NO_OVERLOAD=1",
    "-c",
    `${program} ${calls}`,
    "-e",
    script(program, rounds),
  ]);
  if ("exit" in options) throw new Error("the options of the soak");
  const start = performance.now();
  const { status, diagnostics } = runOn(options, nobody, { write });
  const seconds = (performance.now() - start) / 1000;
  const problems = diagnostics.map(({ message }) => message);
  if (status !== 0 || err !== "") problems.push(`status ${status}: ${err}`);
  // The last system call is exit, which does not return.
  const [entries, results] = [TENTHS * rounds + 1, TENTHS * rounds];
  const wanted = `${calls} calls, ${calls} returns, ${entries} system calls, ${results} results, ${ALL_ON}\n`;
  if (last !== wanted) problems.push(`printed ${JSON.stringify(last)} and not ${JSON.stringify(wanted)}`);
  const grown = (sizes: readonly number[]): number => (sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN);
  if (!(grown(heap) <= HEAP_MAY_GROW)) problems.push(`the heap grew by ${grown(heap)} bytes`);
  if (!(grown(rss) <= RSS_MAY_GROW)) problems.push(`the process grew by ${grown(rss)} bytes`);
  return { hits: 2 * calls + entries + results, seconds, heap, rss, problems };
}

/** Says `tenth` after so many rounds, ten times, then how many hits there were of each kind. */
function script(program: string, rounds: number): string {
  return `
global calls, returns, systemcalls, results, ticks, kept, counts, recent%[512], pairs, text, sizes, by_kind, chart, fails
global armed = 1
probe process("${program}").function("visit") {
  n = ulong_arg(1)
  if (n != ++calls) error(sprintf("call %d says that it is %d", calls, n))
  counts[n % 100]++
  recent[n] = n * 3
  pairs[n % 1000, sprintf("k%d", n % 7)] = n
  text = sprintf("%08x %s", n, text =~ "^0*[1-9]" ? "some" : "none")
  sizes <<< n & 1023
  by_kind[n % 5, execname()] <<< strlen(text)
  chart <<< n % 777 - 300
  try { if (n % 50 == 0) fails += n / (n - calls) } catch (message) { text = message; fails++ }
  if (n % ${TIDY} == 0) tidy()
  if (n % ${rounds * 8} == 0) println("tenth")
}
function tidy() {
  foreach ([n, name] in pairs- limit 10) text .= name
  foreach (k+ in counts) if (counts[k] > 1000000) delete text
  foreach ([k, name] in by_kind @sum-) text = sprint(@avg(by_kind[k, name]), tokenize(name, "."))
  text = sprint(@hist_log(chart)) . sprint(@variance(chart, 4))
  delete pairs
  delete sizes
  delete by_kind
  if (calls % 50000 == 0) armed = !armed
}
probe process("${program}").function("visit").return {
  returns++
  text = string_quoted(substr(text, 0, 20)) . sprintf("%p %s", register("ra"), ppfunc())
}
probe process.syscall {
  systemcalls++
  id = speculation()
  speculate(id, sprintf("%d: %s\\n", systemcalls, syscall_name($syscall)))
  if ([systemcalls % 1000, "k1"] in pairs) discard(id)
  else { commit(id); discard(id); kept++ }
}
probe process.syscall.return { results <<< $return }
probe timer.us(100) if (armed) { ticks++ delete recent[calls] }
probe end {
  printf("%d calls, %d returns, %d system calls, %d results, timer %s, speculation %s, errors %s\\n", calls, returns,
    systemcalls, @count(results), ticks ? "on" : "off", kept ? "on" : "off", fails < calls / 50 ? "off" : "on")
}
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
export function main(root: string, words: readonly string[]): number {
  const { hits, seconds, heap, rss, problems } = soak(root, Number(words[0] ?? HITS));
  const mib = (sizes: readonly number[]): string => sizes.map((size) => (size / MIB).toFixed(1)).join(" ");
  console.log(
    `${hits.toLocaleString("en")} hits in ${seconds.toFixed(1)} s, ${Math.round((seconds * 1e9) / hits)} ns each`,
  );
  console.log(`heap after each tenth, MiB: ${mib(heap)}`);
  console.log(`rss after each tenth, MiB:  ${mib(rss)}`);
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
