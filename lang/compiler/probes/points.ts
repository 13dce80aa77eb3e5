/**
 * The probe points of the language, as one table.
 *
 * From it come the tree that points are matched against (`tree.ts`), the hints for what may follow, wildcards, and
 * `--dump-probe-types`. `S` is a string argument, `N` a number, `{a,b}` alternatives. `family` names the handler in
 * `families.ts`; a `missing` row is part of the language and resolves to nothing yet, for the reason it gives.
 */

export type FamilyName =
  | "session"
  | "timer"
  | "procfs"
  | "process-event"
  | "function"
  | "statement"
  | "label"
  | "callee"
  | "mark"
  | "plt"
  | "syscall"
  | "kernel"
  | "missing";

export interface PointRow {
  readonly family: FamilyName;
  readonly points: string;
  /** Of `missing` rows, and of `kernel` rows where the target shows none of its kernel: what is lacking. */
  readonly lacks?: string;
}

const PROCESS = "process{,(S),(N)}";
const PROGRAM = "process{,(S),.library(S),(S).library(S)}";
const BY_NUMBER = "functions of a process given by its number";
const VARIANTS = "{,.call,.exported,.return,.return.maxactive(N)}";
const KERNEL = "{kernel,module(S)}";
const NO_KERNEL =
  "this target has no probes in the kernel; the kernel model has, for riscv64 programs: --target model -c 'PROGRAM ARGS'";
const IN_KERNEL = "probes in the kernel other than kernel.trace(S), kernel.function(S) and kprobe.function(S)";

// biome-ignore format: table
export const pointRows: readonly PointRow[] = [
  { family: "session",       points: "{begin,end,error}{,(N)}" },
  { family: "session",       points: "never" },
  { family: "timer",         points: "timer.{s,sec,ms,msec,us,usec,ns,nsec,jiffies}(N){,.randomize(N)}" },
  { family: "timer",         points: "timer.hz(N)" },
  { family: "timer",         points: "timer.profile{,.tick,.freq.hz(N)}" },
  { family: "procfs",        points: "procfs{,(S)}{,.umask(N)}.{read,read.maxsize(N),write}" },
  { family: "process-event", points: `${PROCESS}.{begin,end,thread.begin,thread.end,syscall,syscall.return}` },
  { family: "process-event", points: `${PROCESS}.syscall(S){,.return}` },
  { family: "syscall",       points: "syscall_any{,.return}" },
  { family: "function",      points: `${PROGRAM}.function{(S),(N)}${VARIANTS}` },
  { family: "function",      points: `${PROGRAM}.function(S).inline` },
  { family: "label",         points: `${PROGRAM}.function(S).label(S)` },
  { family: "callee",        points: `${PROGRAM}.function(S).{callee(S){,.call,.return},callees{,(N)}}` },
  { family: "statement",     points: `${PROGRAM}.statement{(S),(N)}{,.nearest}` },
  { family: "mark",          points: `${PROGRAM}.{mark(S),provider(S).mark(S)}` },
  { family: "plt",           points: `${PROGRAM}.plt{,(S)}{,.return}` },
  { family: "missing",       points: `process(N).function{(S),(N)}${VARIANTS}`, lacks: BY_NUMBER },
  { family: "missing",       points: "process(N).function(S).{inline,label(S),callee(S){,.call,.return},callees{,(N)}}", lacks: BY_NUMBER },
  { family: "missing",       points: "process(N).statement{(S),(N)}{,.nearest}", lacks: "statements of a process given by its number" },
  { family: "missing",       points: "process(N).statement(N).absolute{,.return}", lacks: "probe point statement.absolute" },
  { family: "missing",       points: "process(N).{mark(S),provider(S).mark(S),plt{,(S)}{,.return}}", lacks: "marks of a process given by its number" },
  { family: "missing",       points: `${PROCESS}.insn{,.block}`,          lacks: "probe point process.insn" },
  { family: "missing",       points: "process.data{(N),(S)}{,.length(N)}.{write,rw}", lacks: "probe point process.data" },
  { family: "kernel",        points: "kernel.trace(S)",                   lacks: NO_KERNEL },
  { family: "kernel",        points: "kernel.function(S){,.call,.return,.return.maxactive(N)}", lacks: NO_KERNEL },
  { family: "kernel",        points: "kprobe.function(S){,.call,.return,.return.maxactive(N)}", lacks: NO_KERNEL },
  { family: "missing",       points: "kernel.function(S).exported",       lacks: IN_KERNEL },
  { family: "missing",       points: `kernel.function(N)${VARIANTS}`,     lacks: IN_KERNEL },
  { family: "missing",       points: `module(S).function{(S),(N)}${VARIANTS}`, lacks: IN_KERNEL },
  { family: "missing",       points: `${KERNEL}.function{(S),(N)}.inline`, lacks: IN_KERNEL },
  { family: "missing",       points: `${KERNEL}.function(S).{label(S),callee(S),callee(S).call,callee(S).return,callees,callees(N)}`, lacks: IN_KERNEL },
  { family: "missing",       points: `${KERNEL}.statement{(S),(N)}{,.nearest}`, lacks: IN_KERNEL },
  { family: "missing",       points: "kernel.statement(N).absolute",      lacks: IN_KERNEL },
  { family: "missing",       points: "kernel.data{(N),(N).length(N),(S)}.{write,rw}", lacks: IN_KERNEL },
  { family: "missing",       points: "kernel.mark(S){,.format(S)}",       lacks: IN_KERNEL },
  { family: "missing",       points: "kernel.lsm(S)",                     lacks: IN_KERNEL },
  { family: "missing",       points: `${KERNEL}.tracepoint(S)`,           lacks: IN_KERNEL },
  { family: "missing",       points: "kprobe.module(S).function(S){,.call,.return,.return.maxactive(N)}", lacks: IN_KERNEL },
  { family: "missing",       points: "kprobe.statement(N).absolute",      lacks: IN_KERNEL },
  { family: "missing",       points: "perf.type(N).config(N){,.sample(N),.hz(N)}{,.process{,(S)}}{,.counter(S)}", lacks: "probe family 'perf'" },
  { family: "missing",       points: "netfilter.{hook(S).pf(S),pf(S).hook(S)}{,.priority(S)}", lacks: "probe family 'netfilter'" },
  { family: "missing",       points: "debuginfod{,.archive(S)}.process(S).function(S){,.call,.return}", lacks: "probe family 'debuginfod'" },
  { family: "missing",       points: "java{(S),(N)}.class(S).method(S){,.return}", lacks: "probe family 'java'" },
  { family: "missing",       points: "python{2,3}.module(S).function(S){,.call,.return}", lacks: "probe families 'python2' and 'python3'" },
];

/** The texts a pattern with `{a,b}` stands for; alternatives may hold further braces. */
export function expandBraces(pattern: string): readonly string[] {
  const open = pattern.indexOf("{");
  if (open < 0) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  let at = open;
  for (; ; at++) {
    const letter = pattern[at];
    if (letter === "{") depth++;
    if (letter === "}") depth--;
    if ((letter === "," && depth === 1) || depth === 0) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) break;
  }
  const rests = expandBraces(pattern.slice(at + 1));
  const heads = parts.flatMap(expandBraces).map((part) => pattern.slice(0, open) + part);
  return heads.flatMap((head) => rests.map((rest) => head + rest));
}
