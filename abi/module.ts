/**
 * The contract between a compiled module and the runtime.
 *
 * An emitted module has two exports and imports nothing:
 *
 *     export const manifest = { … };                     // abi/manifest.ts, plain JSON
 *     export function instantiate(rt) {                  // rt: RuntimeApi
 *       const { add, print } = rt;
 *       let g_hits = 0;                                  // a scalar global
 *       const g_sizes = rt.globals[1];                   // an array or an aggregate, by its index in the manifest
 *       const fmt_0 = rt.format("%d\n");
 *       function f_next_id(c, a) { … }                   // a script function: context first
 *       function probe_0(c) { g_hits = add(g_hits, 1); } // a handler
 *       return { probes: [probe_0], scalars: { hits: { get: () => g_hits, set: (v) => { g_hits = v; } } } };
 *     }
 *
 * `abi/contract.ts` lists these names as data; `lang/compiler/verify.ts` rejects a module that uses any other.
 *
 * Values: a long is a `Long` of base/int64.ts; a string is a byte string (latin-1 view) of at most MAXSTRINGLEN-1
 * bytes, and every operation that could make a longer one cuts it. Truth: 0 is false; comparisons of the language
 * give 0 or 1. A map with one key is indexed by the key itself, with several by the keys joined with "\0"
 * (longs in decimal): `${a}\0${b}`.
 */
import type { Long } from "../base/int64.ts";
import type { Regex } from "../base/regex/regex.ts";
import type { EmbeddedFunctions, EmbeddedRuntime, ScalarAccess } from "./embedded.ts";
import type { Manifest } from "./manifest.ts";

export type Value = Long | string;

export interface CompiledModule {
  readonly manifest: Manifest;
  instantiate(rt: RuntimeApi): ModuleInstance;
}

export type Handler = (c: HandlerContext) => void;

export interface ModuleInstance {
  /** In the order of `manifest.probes`. */
  readonly probes: readonly Handler[];
  readonly scalars: { readonly [name: string]: { readonly get: () => Value; readonly set: (value: Value) => void } };
}

export interface LastMatch {
  readonly regex: Regex;
  readonly text: string;
  readonly found: boolean;
}

/** What a handler knows of the hit it runs for. One object serves all hits of a session, one after another. */
export interface HandlerContext {
  /** Statements this hit may still run. Emitted in loops and functions: `if ((c.left -= n) < 0) rt.outOfActions()`. */
  left: number;
  /** 1 between the `next` of a function and its caller, which then tries the following candidate; else 0. */
  next: 0 | 1;
  /** Emitted around the body of a function whose depth counts: `c.enter(); try { … } finally { c.leave(); }`. */
  enter(): void;
  leave(): void;
  /** The last regular expression of this hit and what it was asked about. Not for modules: `matched()` and its kin look here. */
  lastMatch: LastMatch | undefined;
  /** The value of plan `index` of this probe; `dynamic` are the run-time indexes. A fault is a ScriptError. */
  target(index: number, ...dynamic: Long[]): Long;
  /** Writes to where plan `index` leads; gives back the value. What cannot be written is a ScriptError. */
  setTarget(index: number, value: Long, ...dynamic: Long[]): Long;
  /**
   * The value that entry plan `index` (position in `entryPlans`) had when the function was entered; 0 if nobody saw
   * that, a ScriptError if it could not be read.
   */
  saved(index: number): Long;
  /** The value of plan `index` of the manifest: casts and variables of a module that the script names. */
  access(index: number, ...dynamic: Long[]): Long;
  setAccess(index: number, value: Long, ...dynamic: Long[]): Long;
  /** Plan `index` of the manifest's `pretty`: the value as text, `ERROR` when it cannot be read. */
  pretty(index: number, ...dynamic: Long[]): string;
  /** The name that table `table` of the manifest's `enums` has for a value; in decimal if it has none. */
  enumName(table: number, value: Long): string;
  /** `=0x1f` or `=?` when the plan faults: the pieces of `$$vars`. */
  show(index: number): string;
  /** The same for an entry value. */
  showSaved(index: number): string;
  /** `$syscall`, `$arg1`…`$arg6` (n from 1) and `$return` of process.syscall probes. */
  syscall(): Long;
  syscallArgument(n: number): Long;
  syscallReturn(): Long;
  /**
   * Assignments to them, with the value. Before the call: a negative number, or a result, means that it is not made.
   */
  setSyscall(value: Long): Long;
  setSyscallArgument(n: number, value: Long): Long;
  setSyscallReturn(value: Long): Long;
  /**
   * Of a probe in the kernel: what `prev->cred->uid` or `args[2]` leads to; `[]` takes the next of the run-time indexes.
   * What is not there is a ScriptError.
   */
  kernelNumber(path: string, ...dynamic: Long[]): Long;
  kernelText(path: string, ...dynamic: Long[]): string;
  /** The same as text, `{.si_signo=17, …}`; `type` is that of target/kernel-points.ts. */
  kernelPretty(path: string, type: string, deep: number, ...dynamic: Long[]): string;
  /** `sig=0x11 info=0x1`, of variables that are declared as in target/kernel-points.ts; pretty from 1 on, deep from 2 on. */
  kernelVariables(declaration: string, pretty: number): string;
}

/** An aggregate. `min`, `max`, `avg`, `variance` and histograms of an empty one are a ScriptError. */
export interface Stat {
  /** `<<<`; gives back the number added. */
  add(value: Long): Long;
  count(): Long;
  sum(): Long;
  min(): Long;
  max(): Long;
  avg(): Long;
  variance(): Long;
  /** Histogram number `histogram` of the global's StatSpec, as text. */
  render(histogram: number): string;
  /** The same for `printHistogram`; `name` is that of the global. */
  chart(histogram: number, name: string): Chart;
  /** One bucket's count. */
  bucket(histogram: number, index: Long): Long;
  /** There is a bucket of that number. */
  hasBucket(histogram: number, index: Long): boolean;
  /** The buckets of histogram number `histogram`: the key is the bucket's number, the value its count. */
  walkBuckets(histogram: number, options?: WalkOptions): Cursor<Long>;
  clear(): void;
}

/** A histogram that can be printed. */
export interface Chart {
  readonly name: string;
  readonly kind: "log" | "linear";
  /** From the first to the last that holds something. */
  buckets(): readonly ChartBucket[];
  /** As text. */
  render(): string;
}

/** Both bounds belong to it; absent ones are those of all longs. */
export interface ChartBucket {
  readonly min?: Long;
  readonly max?: Long;
  readonly count: number;
}

export type MapKey = Value;

/** What a loop goes over, an entry at a time: `for (const a_0 = g_x.walkKeys(); a_0.next();)`. */
export interface KeyCursor {
  /** Goes to the next entry, at first to the first one; false when there is none. */
  next(): boolean;
  /** Key number `i` of the entry, from 0. */
  key(i: number): Value;
}

export interface Cursor<V> extends KeyCursor {
  readonly value: V;
}

export interface WalkOptions {
  /** A key's position, or the value; absent: order of creation. */
  readonly by?: number | "value";
  /** 1 ascending, -1 descending. */
  readonly direction?: 1 | -1;
  /** Of an array of aggregates sorted by value: which reading; default "count". */
  readonly reading?: "count" | "sum" | "min" | "max" | "avg" | "variance";
  /** At most so many entries, after sorting; 0 and less are none. */
  readonly limit?: Long;
  /** Only entries whose keys equal these; null matches any key. */
  readonly slice?: readonly (Value | null)[];
}

interface AnyMap<V> {
  has(key: MapKey): boolean;
  /** `[*, 2] in a` */
  hasMatching(slice: readonly (Value | null)[]): boolean;
  /** Deleting what is not there is no error. */
  delete(key: MapKey): void;
  deleteMatching(slice: readonly (Value | null)[]): void;
  clear(): void;
  /** The entries, sorted, cut; no new ones may come while they are walked, and those that are deleted before their turn are not visited. */
  walk(options?: WalkOptions): Cursor<V>;
  /** The same for loops that do not ask for the values. */
  walkKeys(options?: WalkOptions): KeyCursor;
}

/** An array of longs or strings. */
export interface ScalarMap extends AnyMap<Value> {
  /** 0 or "" for a key that is not there, which is not created. */
  get(key: MapKey): Value;
  /** Gives back the value. A full map is a ScriptError, or drops its oldest entry when it wraps. */
  set(key: MapKey, value: Value): Value;
}

/** An array of aggregates. */
export interface StatMap extends AnyMap<Stat> {
  /** `a[key] <<< value` */
  add(key: MapKey, value: Long): Long;
  /** The aggregate for reading; an empty one for a key that is not there, which is not created. */
  at(key: MapKey): Stat;
}

/** What `instantiate` is given. */
export interface RuntimeApi {
  /** Arrays and aggregates by index in `manifest.globals`; undefined where the global is a scalar long or string. */
  readonly globals: readonly (ScalarMap | StatMap | Stat | undefined)[];
  /** Builtin functions by name, see abi/builtins.ts; the context goes first. */
  readonly fn: { readonly [name: string]: (c: HandlerContext, ...values: never[]) => Value | undefined };

  // Exact 64-bit arithmetic, base/int64.ts; div and mod by 0 are a ScriptError.
  add(a: Long, b: Long): Long;
  sub(a: Long, b: Long): Long;
  mul(a: Long, b: Long): Long;
  div(a: Long, b: Long): Long;
  mod(a: Long, b: Long): Long;
  neg(a: Long): Long;
  not(a: Long): Long;
  and(a: Long, b: Long): Long;
  or(a: Long, b: Long): Long;
  xor(a: Long, b: Long): Long;
  shl(a: Long, b: Long): Long;
  shr(a: Long, b: Long): Long;
  ushr(a: Long, b: Long): Long;

  /** Concatenation, cut to MAXSTRINGLEN-1. */
  cat(...parts: string[]): string;
  /** Cuts to MAXSTRINGLEN-1: for text made by `show`. */
  cut(text: string): string;
  /** Compiles a format once; the function formats without cutting (a print is not limited, `cut` limits sprintf). */
  format(format: string): (...values: Value[]) => string;
  /** Compiles a regular expression once; the function says whether it matches, which `matched()` then tells more about. */
  regex(pattern: string): (c: HandlerContext, text: string) => boolean;
  /** Sends text to the script's output. */
  print(text: string): void;
  printHistogram(chart: Chart): void;

  /** The message of a caught error; rethrows what a script may not catch. Sole statement of a catch clause. */
  caught(error: unknown): string;
  /** `left` ran out: gives the hit more, or ends the handler. */
  outOfActions(): void;
  /** The last candidate of an overloaded function moved on: a ScriptError. */
  exhausted(name: string): never;
  /** Makes the functions of embedded code, see abi/embedded.ts; `scalars` are the globals that live in the module. */
  embed(
    make: (runtime: EmbeddedRuntime) => EmbeddedFunctions,
    scalars: { readonly [name: string]: ScalarAccess },
  ): EmbeddedFunctions;
}
