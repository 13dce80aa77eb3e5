/**
 * Live tracing against what does the same: strace, gdb, bpftrace, and no tracing; and against itself with ten times as much.
 *
 * `programs/live.c` does one thing a great many times. Tracer and program share one CPU, and what is compared is the
 * time of the processor that both take together, for one event: how much longer it takes to do the thing 4N times than
 * N times, so what starting and warming up take is in no row but those of launching, which are by the clock.
 * Contestants take turns and the shortest run of each counts. Rows of tools that are not installed are left out; so is
 * everything where there is no live tracing.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Comparison, compared, shortest } from "./comparison.ts";
import type { Row } from "./main.ts";

const TURNS = 3;
/** How many times as long the longer run is. */
const MORE = 4;
/** Of the bare program, and of things that hardly cost anything. */
const MANY = 1_000_000;
const LIBRARIES = 50;
/** `/bin/true` and nothing to trace, runs of each. */
const LAUNCHES = 11;

interface Contestant {
  /** Words before those of the program; PROGRAM is its path. Of `utap`, the script. */
  readonly tool: "none" | "strace" | "gdb" | "bpftrace" | "utap";
  readonly words: readonly string[];
  readonly mode: "getppid" | "openat" | "hot";
  /** Times in the shorter run; four times as many in the other. */
  readonly n: number;
  readonly threads?: number;
  readonly libraries?: number;
}

const counted = (points: string): string => `global n probe ${points} { n++ } probe end { if (n < 0) println(n) }`;
const hot = (probe: string): string => `global s probe process("PROGRAM").${probe} probe end { if (s < 0) println(s) }`;
const FIELD = 'function("hot") { s += $p->id }';
const RETURN = 'function("hot").return { s += $return }';
const cold = (pattern: string): string => `${hot(FIELD)} probe process("PROGRAM").function("${pattern}") { s = 0 }`;
const ALL_CALLS = "process.syscall, process.syscall.return";
const OPENAT =
  'probe syscall.openat { printf("%s(%s)", name, argstr) } probe syscall.openat.return { println(retstr) }';

// biome-ignore format: table
const contestants = {
  bare:            { tool: "none",     mode: "getppid", n: MANY,   words: [] },
  straceAll:       { tool: "strace",   mode: "getppid", n: 40_000, words: ["-f"] },
  utapAll:         { tool: "utap",     mode: "getppid", n: 40_000, words: [counted(ALL_CALLS)] },
  utapEntries:     { tool: "utap",     mode: "getppid", n: 40_000, words: [counted("process.syscall")] },
  utapNamed:       { tool: "utap",     mode: "getppid", n: 40_000, words: [counted("syscall.*, syscall.*.return")] },
  straceOpenat:    { tool: "strace",   mode: "openat",  n: 10_000, words: ["-f"] },
  utapOpenat:      { tool: "utap",     mode: "openat",  n: 10_000, words: [OPENAT] },
  straceFiltered:  { tool: "strace",   mode: "getppid", n: MANY,   words: ["--seccomp-bpf", "-f", "-e", "trace=openat"] },
  utapFiltered:    { tool: "utap",     mode: "getppid", n: MANY,   words: [counted("syscall.openat")] },
  gdbEntry:        { tool: "gdb",      mode: "hot",     n: 1_000,  words: ["break hot", "$s += p->id"] },
  gdbReturn:       { tool: "gdb",      mode: "hot",     n: 1_000,  words: ["break hot", "$s += p->id", "break *after_hot", "$s += 1"] },
  bpftraceEntry:   { tool: "bpftrace", mode: "hot",     n: 10_000, words: ["uprobe:PROGRAM:hot { @s += *(uint64 *)arg0; }"] },
  utapEntry:       { tool: "utap",     mode: "hot",     n: 10_000, words: [hot(FIELD)] },
  utapReturn:      { tool: "utap",     mode: "hot",     n: 10_000, words: [hot(RETURN)] },
  utapBoth:        { tool: "utap",     mode: "hot",     n: 10_000, words: [`${hot(FIELD)} probe process("PROGRAM").${RETURN}`] },
  longer:          { tool: "utap",     mode: "hot",     n: 50_000, words: [hot(FIELD)] },
  longerCalls:     { tool: "utap",     mode: "getppid", n: 80_000, words: [counted(ALL_CALLS)] },
  tenPoints:       { tool: "utap",     mode: "hot",     n: 10_000, words: [cold("cold_0?")] },
  hundredPoints:   { tool: "utap",     mode: "hot",     n: 10_000, words: [cold("cold_??")] },
  tenProbes:       { tool: "utap",     mode: "hot",     n: 10_000, words: [`${hot(FIELD)}${` probe process("PROGRAM").${FIELD}`.repeat(9)}`] },
  twoThreads:      { tool: "utap",     mode: "hot",     n: 5_000,  words: [hot(FIELD)], threads: 2 },
  twentyThreads:   { tool: "utap",     mode: "hot",     n: 500,    words: [hot(FIELD)], threads: 20 },
  fiveLibraries:   { tool: "utap",     mode: "hot",     n: 10_000, words: [hot(FIELD)], libraries: LIBRARIES / 10 },
  fiftyLibraries:  { tool: "utap",     mode: "hot",     n: 10_000, words: [hot(FIELD)], libraries: LIBRARIES },
} as const satisfies { readonly [name: string]: Contestant };

type Name = keyof typeof contestants;

// biome-ignore format: table
const comparisons: readonly Comparison<Name>[] = [
  { name: "live: every system call, entry and return",      of: "utapAll",        against: "strace -f",                 to: "straceAll" },
  { name: "live: every system call, entry",                 of: "utapEntries",    against: "strace -f",                 to: "straceAll" },
  { name: "live: syscall.* and syscall.*.return",           of: "utapNamed",      against: "strace -f",                 to: "straceAll" },
  { name: "live: openat printed as strace does",            of: "utapOpenat",     against: "strace -f",                 to: "straceOpenat" },
  { name: "live: other calls while openat is traced",       of: "utapFiltered",   against: "strace --seccomp-bpf",      to: "straceFiltered" },
  { name: "live: other calls while openat is traced",       of: "utapFiltered",   against: "not traced",                to: "bare" },
  { name: "live: entry of a function, a field read",        of: "utapEntry",      against: "gdb, a silent breakpoint",  to: "gdbEntry" },
  { name: "live: return of a function",                     of: "utapReturn",     against: "gdb, two breakpoints",      to: "gdbReturn" },
  { name: "live: entry with a field and return",            of: "utapBoth",       against: "gdb, two breakpoints",      to: "gdbReturn" },
  { name: "live: entry of a function, a field read",        of: "utapEntry",      against: "bpftrace",                  to: "bpftraceEntry" },
  { name: "live: a hit in a run of 200,000",                of: "longer",         against: "in a run of 40,000",         to: "utapEntry" },
  { name: "live: a system call in a run of 320,000",        of: "longerCalls",    against: "in a run of 160,000",        to: "utapAll" },
  { name: "live: 100 more breakpoints",                     of: "hundredPoints",  against: "10 more",                   to: "tenPoints" },
  { name: "live: a hit of 10 probes at one point",              of: "tenProbes",      against: "1 probe",                   to: "utapEntry" },
  { name: "live: 20 threads, a hit",                        of: "twentyThreads",  against: "2 threads",                 to: "twoThreads" },
  { name: `live: ${LIBRARIES} more libraries, a hit`,       of: "fiftyLibraries", against: `${LIBRARIES / 10} more`,    to: "fiveLibraries" },
];

/** `root` is the folder of the repository; words on the command line choose rows. */
export function benchLive(root: string, isAsked: (row: string) => boolean): readonly Row[] {
  if (process.platform !== "linux" || process.arch !== "x64" || !isInstalled("gcc")) return [];
  const folder = mkdtempSync(join(tmpdir(), "utap-bench-"));
  try {
    const setting = prepare(root, folder);
    const asked = comparisons.filter(({ name, of, to }) => isAsked(name) && [of, to].every((one) => isUsable(one)));
    const names = [...new Set(asked.flatMap(({ of, to }) => [of, to]))];
    const costs = measure(setting, names);
    const rows = compared(asked, (name) => costs.get(name)!);
    return isAsked(LAUNCH) ? [...rows, ...launching(setting)] : rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isUsable(name: Name): boolean {
  const { tool } = contestants[name];
  return tool === "none" || tool === "utap" || isInstalled(tool);
}

function isInstalled(tool: string): boolean {
  return spawnSync(tool, ["--version"]).status === 0;
}

interface Setting {
  readonly utap: string;
  readonly folder: string;
  readonly program: string;
  readonly libraries: readonly string[];
}

function prepare(root: string, folder: string): Setting {
  const program = join(folder, "live");
  const source = join(root, "bench/programs/live.c");
  mustSucceed(["gcc", "-O2", "-g", "-fcf-protection", "-pthread", "-o", program, source]);
  const library = join(folder, "library.c");
  writeFileSync(library, "static int loaded; int *library(void) { return &loaded; }\n");
  mustSucceed(["gcc", "-shared", "-fPIC", "-o", join(folder, "library.so"), library]);
  const libraries = Array.from({ length: LIBRARIES }, (_, i) => join(folder, `library${i}.so`));
  for (const copy of libraries) copyFileSync(join(folder, "library.so"), copy);
  return { utap: join(root, "bin/utap"), folder, program, libraries };
}

/** Nanoseconds of the processor for an event, of the shortest run of each. */
function measure(setting: Setting, names: readonly Name[]): ReadonlyMap<Name, number> {
  const best = shortest(names, TURNS, (name) => {
    const { n } = contestants[name];
    return {
      some: processorTime(setting, contestants[name], n),
      all: processorTime(setting, contestants[name], MORE * n),
    };
  });
  return new Map(
    [...best].map(([name, { some, all }]) => {
      const { n, threads = 1 }: Contestant = contestants[name];
      return [name, (all - some) / ((MORE - 1) * n * threads)];
    }),
  );
}

/** User and system time in nanoseconds, as a shell counts them for what it has started. */
function processorTime(setting: Setting, contestant: Contestant, n: number): number {
  const { program, libraries } = setting;
  const { mode, threads = 1, libraries: loaded = 0 } = contestant;
  const command = commandOf(setting, contestant, [
    program,
    mode,
    String(n),
    String(threads),
    ...libraries.slice(0, loaded),
  ]);
  const text = mustSucceed(
    ["taskset", "-c", "1", "bash", "-c", '"$@" >/dev/null </dev/null || exit; times', "-", ...command],
    setting,
  );
  const children = text.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 6e10 + Number(s) * 1e9,
    0,
  );
}

function commandOf(setting: Setting, { tool, words }: Contestant, program: readonly string[]): readonly string[] {
  const text = words.map((word) => word.replaceAll("PROGRAM", setting.program));
  switch (tool) {
    case "none":
      return program;
    case "strace":
      return ["strace", ...text, "-o", "/dev/null", ...program];
    case "utap":
      return [setting.utap, "-w", "-D", "STP_NO_OVERLOAD=1", "-e", text.join(" "), "-c", program.join(" ")];
    case "bpftrace":
      return ["bpftrace", "-e", text.join(" "), "-c", program.join(" ")];
    case "gdb": {
      const commands = join(setting.folder, "commands");
      const breaks = [];
      for (let i = 0; i < text.length; i += 2)
        breaks.push(text[i], "commands", "silent", `set ${text[i + 1]}`, "continue", "end");
      writeFileSync(commands, ["set pagination off", "set $s = 0", ...breaks, "run", ""].join("\n"));
      return ["gdb", "-nx", "-batch", "-x", commands, "--args", ...program];
    }
  }
}

const LAUNCH = "live: launching /bin/true";

/** By the clock: the median of runs in turn. */
function launching(setting: Setting): readonly Row[] {
  const others = [
    { against: "strace -f", command: ["strace", "-f", "-o", "/dev/null", "/bin/true"] },
    { against: "node -e 0, nothing else", command: [process.execPath, "-e", "0"] },
  ].filter(({ command }) => isInstalled(command[0]!));
  const ours = [setting.utap, "-e", 'probe begin { println("hi") }', "-c", "/bin/true"];
  const commands = [ours, ...others.map(({ command }) => command)];
  const times = commands.map((): number[] => []);
  for (let run = -1; run < LAUNCHES; run++) {
    commands.forEach((command, i) => {
      const from = performance.now();
      mustSucceed(command, setting);
      // The first run fills caches.
      if (run >= 0) times[i]?.push(performance.now() - from);
    });
  }
  const [own = 0, ...rest] = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
  return others.map(({ against }, i) => ({ name: LAUNCH, against, ratio: own / (rest[i] ?? 0) }));
}

/** Runs a command; what it prints. */
function mustSucceed(command: readonly string[], setting?: Setting): string {
  const [file = "", ...args] = command;
  const env = setting ? { ...process.env, UTAP_CACHE_DIR: setting.folder } : process.env;
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: "latin1", timeout: 120_000 });
  if (status !== 0) throw new Error(`${command.join(" ")}: status ${status}: ${stderr}`);
  return stdout;
}
