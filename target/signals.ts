/**
 * Linux signals (signal(7); numbers of asm-generic, which x86-64 and riscv64 share) and their default actions.
 */
export type DefaultAction = "terminate" | "core" | "ignore" | "stop" | "continue";

export interface SignalRow {
  readonly number: number;
  readonly name: string;
  readonly action: DefaultAction;
}

// biome-ignore format: table
const table = [
  { number:  1, name: "SIGHUP",    action: "terminate" },
  { number:  2, name: "SIGINT",    action: "terminate" },
  { number:  3, name: "SIGQUIT",   action: "core" },
  { number:  4, name: "SIGILL",    action: "core" },
  { number:  5, name: "SIGTRAP",   action: "core" },
  { number:  6, name: "SIGABRT",   action: "core" },
  { number:  7, name: "SIGBUS",    action: "core" },
  { number:  8, name: "SIGFPE",    action: "core" },
  { number:  9, name: "SIGKILL",   action: "terminate" },
  { number: 10, name: "SIGUSR1",   action: "terminate" },
  { number: 11, name: "SIGSEGV",   action: "core" },
  { number: 12, name: "SIGUSR2",   action: "terminate" },
  { number: 13, name: "SIGPIPE",   action: "terminate" },
  { number: 14, name: "SIGALRM",   action: "terminate" },
  { number: 15, name: "SIGTERM",   action: "terminate" },
  { number: 16, name: "SIGSTKFLT", action: "terminate" },
  { number: 17, name: "SIGCHLD",   action: "ignore" },
  { number: 18, name: "SIGCONT",   action: "continue" },
  { number: 19, name: "SIGSTOP",   action: "stop" },
  { number: 20, name: "SIGTSTP",   action: "stop" },
  { number: 21, name: "SIGTTIN",   action: "stop" },
  { number: 22, name: "SIGTTOU",   action: "stop" },
  { number: 23, name: "SIGURG",    action: "ignore" },
  { number: 24, name: "SIGXCPU",   action: "core" },
  { number: 25, name: "SIGXFSZ",   action: "core" },
  { number: 26, name: "SIGVTALRM", action: "terminate" },
  { number: 27, name: "SIGPROF",   action: "terminate" },
  { number: 28, name: "SIGWINCH",  action: "ignore" },
  { number: 29, name: "SIGIO",     action: "terminate" },
  { number: 30, name: "SIGPWR",    action: "terminate" },
  { number: 31, name: "SIGSYS",    action: "core" },
] as const satisfies readonly SignalRow[];

export const signals: readonly SignalRow[] = table;

/** Signal numbers by name: `SIG.SIGCHLD`. */
export const SIG = Object.fromEntries(signals.map((row) => [row.name, row.number])) as {
  readonly [name in (typeof table)[number]["name"]]: number;
};

/** Number of signals, real-time ones (32..64) included. */
export const NSIG = 64;
/** The first real-time signal of the kernel. */
const SIGRTMIN = 32;

/** What a signal does without a handler; real-time signals terminate. */
export function defaultAction(signal: number): DefaultAction {
  return signals[signal - 1]?.action ?? "terminate";
}

/** `SIGINT`, `SIGRTMIN` (32), `SIGRT_3` (32 + 3), or `SIG99` for a number that is none. */
export function signalName(signal: number): string {
  const row = signals[signal - 1];
  if (row) return row.name;
  if (signal < SIGRTMIN || signal > NSIG) return `SIG${signal}`;
  return signal === SIGRTMIN ? "SIGRTMIN" : `SIGRT_${signal - SIGRTMIN}`;
}
