/**
 * What a probe hit costs in the model, and that it costs the same however many probes and breakpoints there are.
 *
 * `programs/hot.elf` calls one function a great many times and makes a system call after every eighth call. What
 * compiling and starting take is measured with a program that makes almost no calls, and taken away. Contestants take
 * turns and the shortest run of each counts.
 */
import { join } from "node:path";
import { parseOptions } from "../cli/options.ts";
import { runOn } from "../cli/run-on.ts";
import type { Console } from "../kernel/files/console.ts";
import { type Comparison, compared, shortest } from "./comparison.ts";
import type { Row } from "./main.ts";

const CALLS = 100_000;
/** A system call and its return for so many calls. */
const CALLS_A_SYSTEM_CALL = 8;
const TURNS = 5;

/** Probes of a script; PROGRAM is the program. Nanoseconds are divided by the hits that a call makes. */
interface Contestant {
  readonly probes: string;
  readonly hitsOfCall: number;
  readonly calls?: number;
}

const entry = 'probe process("PROGRAM").function("hot") { n++ }\n';
const cold = (pattern: string): string => `probe process("PROGRAM").function("${pattern}") { n++ }\n`;

// biome-ignore format: table
const contestants = {
  unprobed:      { probes: "",                                                              hitsOfCall: 0.1 },
  entry:         { probes: entry,                                                           hitsOfCall: 1 },
  longer:        { probes: entry,                                                           hitsOfCall: 1, calls: 10 * CALLS },
  returns:       { probes: entry.replace('"hot")', '"hot").return'),                        hitsOfCall: 1 },
  syscalls:      { probes: 'probe process("PROGRAM").syscall { n++ }\n',                    hitsOfCall: 1 / CALLS_A_SYSTEM_CALL },
  events:        { probes: 'probe kernel.trace("raw_syscalls:sys_enter") { n++ }\n',                 hitsOfCall: 1 / CALLS_A_SYSTEM_CALL },
  fields:        { probes: 'probe kernel.trace("raw_syscalls:sys_enter") { if ($id >= 0) n++ }\n',  hitsOfCall: 1 / CALLS_A_SYSTEM_CALL },
  tenProbes:     { probes: entry.repeat(10),                                                hitsOfCall: 10 },
  tenPoints:     { probes: entry + cold("cold_00?"),                                        hitsOfCall: 1 },
  hundredPoints: { probes: entry + cold("cold_0??"),                                        hitsOfCall: 1 },
  thousandPoints:{ probes: entry + cold("cold_???"),                                        hitsOfCall: 1 },
} as const satisfies { readonly [name: string]: Contestant };

type Name = keyof typeof contestants;

// biome-ignore format: table
const rows: readonly Comparison<Name>[] = [
  { name: "probe hit: entry of a function",                of: "entry",          against: "10 calls of it, not probed", to: "unprobed" },
  { name: "probe hit: return of a function",               of: "returns",        against: "entry",                       to: "entry" },
  { name: "probe hit: system call",                        of: "syscalls",       against: "entry",                       to: "entry" },
  { name: "probe hit: a trace event",                      of: "events",         against: "entry",                       to: "entry" },
  { name: "probe hit: a trace event and a field of it",    of: "fields",         against: "without the field",           to: "events" },
  { name: "probe hit: 1,000,000 of them, each",            of: "longer",         against: "100,000",                     to: "entry" },
  { name: "probe hit: 10 probes at one point, each",       of: "tenProbes",      against: "1 probe",                     to: "entry" },
  { name: "probe hit: 10 more breakpoints in the process", of: "tenPoints",      against: "1 breakpoint",                to: "entry" },
  { name: "probe hit: 100 more breakpoints",               of: "hundredPoints",  against: "10 more",                     to: "tenPoints" },
  { name: "probe hit: 1,000 more breakpoints",             of: "thousandPoints", against: "100 more",                    to: "hundredPoints" },
];

/** `root` is the folder of the repository. */
export function benchHits(root: string): readonly Row[] {
  const program = join(root, "bench/programs/hot.elf");
  const best = shortest(Object.keys(contestants) as Name[], TURNS, (name) => {
    const contestant: Contestant = contestants[name];
    return { some: run(program, contestant, 1), all: run(program, contestant, contestant.calls ?? CALLS) };
  });
  return compared(rows, (name) => {
    const { some, all } = best.get(name)!;
    const { hitsOfCall, calls = CALLS }: Contestant = contestants[name];
    return (all - some) / (calls * hitsOfCall);
  });
}

function run(program: string, { probes }: Contestant, calls: number): number {
  const script = `global n\n${probes.replaceAll("PROGRAM", program)}probe end { if (n < 0) print(n) }\n`;
  const options = parseOptions(["-w", "-D", "STP_NO_OVERLOAD=1", "-c", `${program} ${calls}`, "-e", script]);
  if ("exit" in options) throw new Error("the options of the bench");
  let text = "";
  const start = performance.now();
  const { status } = runOn(options, nobody, { write: (_stream, more) => void (text += more) });
  const time = performance.now() - start;
  if (status !== 0 || text !== "") throw new Error(`a run ends with ${status}: ${text}`);
  return time;
}

const nobody: Console = {
  write: () => {},
  read: () => "eof",
  isTty: () => false,
  windowSize: () => ({ rows: 24, columns: 80 }),
};
