/**
 * Builtin functions: names that scripts can call and that only native code can answer.
 *
 * The compiler types calls from the prototypes here; `tapsets/*.ts` implements them over `BuiltinHost`. What the
 * language itself can say belongs into `tapsets/*.stp` instead. Names and meanings are SystemTap's (stapfuncs).
 */
import type { Long } from "../base/int64.ts";
import type { HandlerContext, LastMatch, Value } from "./module.ts";

/** name → prototype; sorted. */
export const builtins: { readonly [name: string]: string } = {
  abort: "void()",
  assert: "void(expression:long, [msg:string])",
  cpu: "long()",
  egid: "long()",
  error: "void(msg:string)",
  euid: "long()",
  execname: "string()",
  exit: "void()",
  gettimeofday_ms: "long()",
  gettimeofday_ns: "long()",
  gettimeofday_s: "long()",
  gettimeofday_us: "long()",
  gid: "long()",
  isinstr: "long(s1:string, s2:string)",
  ktime_get_ns: "long()",
  log: "void(msg:string)",
  matched: "string(n:long)",
  matched_str: "string()",
  ngroups: "long()",
  pid: "long()",
  pn: "string()",
  pp: "string()",
  ppfunc: "string()",
  ppid: "long()",
  randint: "long(n:long)",
  strlen: "long(s:string)",
  strtol: "long(str:string, base:long)",
  substr: "string(str:string, start:long, length:long)",
  syscall_name: "string(num:long)",
  syscall_num: "long(name:string)",
  target: "long()",
  tid: "long()",
  uaddr: "long()",
  uid: "long()",
  user_char: "long(addr:long)",
  user_int: "long(addr:long)",
  user_long: "long(addr:long)",
  user_short: "long(addr:long)",
  user_string: "string(addr:long, [err_msg:string])",
  user_string_n: "string(addr:long, n:long, [err_msg:string])",
  user_string_quoted: "string(addr:long)",
  warn: "void(msg:string)",
};

/** Builtins whose call matters even when its value is not used. */
export const impureBuiltins: ReadonlySet<string> = new Set([
  "abort",
  "assert",
  "error",
  "exit",
  "log",
  "randint",
  "warn",
]);

/** Builtins that tell of the last regular expression: with one of them in a script, `=~` matters by itself. */
export const matchReaders: ReadonlySet<string> = new Set(["matched", "matched_str", "ngroups"]);

/** What a builtin may ask of the session and of the hit it runs for. Implemented by `runtime/`. */
export interface BuiltinHost {
  /** The task of the hit; undefined in begin, end, error and timer probes without one. */
  readonly task: BuiltinTask | undefined;
  /** `pp()`, `pn()` and the function part of the point. */
  readonly point: string;
  readonly pointName: string;
  readonly functionName: string;
  /** The user-space pc of the hit; 0 without a task. */
  readonly pc: number;
  /** pid of -c or -x; 0 without. */
  readonly targetPid: number;
  /** The target's system calls: numbers differ between architectures. */
  syscallName(nr: Long): string | undefined;
  syscallNumber(name: string): number | undefined;
  /** The target's clocks, nanoseconds. */
  monotonicNs(): number;
  realtimeNs(): bigint;
  /** The next number of the session's seeded generator, an integer in [0, n). */
  random(n: number): number;
  /** The last regular expression of this hit; undefined before the first. */
  readonly lastMatch: LastMatch | undefined;
  /** Reads user memory; a fault is undefined. */
  readMemory(address: Long, size: number): Uint8Array | undefined;
  /** A NUL-terminated string of at most `limit` bytes; a fault is undefined. */
  readString(address: Long, limit: number): string | undefined;
  readonly maxString: number;
  print(text: string): void;
  warn(text: string): void;
  /** Raises a run-time error of the script, which try/catch catches. */
  fail(message: string): never;
  requestExit(): void;
  /** Ends the handler and the session at once; cannot be caught. */
  abort(): never;
}

export interface BuiltinTask {
  readonly pid: number;
  readonly tid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  readonly execname: string;
  readonly cpu: number;
}

/** A native builtin; the context of the contract is a BuiltinHost too. */
export type Builtin = (c: HandlerContext & BuiltinHost, ...values: never[]) => Value | undefined;
export type BuiltinTable = { readonly [name: string]: Builtin };
