/**
 * The manifest of a compiled module: data, JSON, all that the runtime must know before it runs a handler.
 */
import type { ScriptLimit } from "../base/limits.ts";
import type { PrettyPlan, VariablePlan } from "./plan.ts";
import type { ValueType } from "./values.ts";

/** Changes with every incompatible change of this folder; the loader refuses another number. */
export const ABI_VERSION = 1;

/** Which processes a process probe is about. */
export type ProcessSelector =
  /** `process`: every process of the session; with `-c` or `-x`, the target's tree. */
  | { readonly kind: "any" }
  /** `process("PATH")`: canonical path as the target sees it. */
  | { readonly kind: "path"; readonly path: string }
  /** `process(PID)` */
  | { readonly kind: "pid"; readonly pid: number };

export type ProcessEvent = "begin" | "end" | "thread.begin" | "thread.end" | "syscall" | "syscall.return";

/** Only what the script uses. */
export interface SyscallTexts {
  readonly name?: string;
  /** Decoders of the arguments: `kind@argument`, in order. */
  readonly argstr?: string;
  /** 1 decimal, 2 hexadecimal, 3 octal. */
  readonly retstr?: number;
}

/** Where a probe sits: one kind per family of `lang/compiler/probes/`. */
export type ProbeSpec =
  /** `sequence`: decimal text of a signed 64-bit integer; lower ones run first. */
  | { readonly kind: "begin" | "end" | "error"; readonly sequence: string }
  | { readonly kind: "never" }
  /** What a return probe keeps from the entry of its function; runs only when the uprobe of that one says so. */
  | { readonly kind: "entry"; readonly function: string }
  /** Says with the builtin `__probe_condition` whether the condition of other probes holds. */
  | { readonly kind: "condition" }
  /** Nanoseconds; a period moves by a random amount in [-randomize, +randomize]. */
  | { readonly kind: "timer"; readonly period: number; readonly randomize: number }
  /**
   * A file that the target shows to its programs, below the folder of the session; `input` is the standard input of
   * utap. `size` bytes fit into one `$value`.
   */
  | {
      readonly kind: "procfs";
      readonly path: string;
      readonly access: "read" | "write";
      readonly umask: number;
      readonly size?: number;
    }
  /** An event of the kernel, or a function of it that is called or returns; `entry` as of a uprobe. */
  | {
      readonly kind: "kernel";
      readonly place: { readonly kind: "trace" | "call" | "return"; readonly name: string };
      readonly entry?: EntryProbe;
    }
  | {
      readonly kind: "process";
      readonly event: ProcessEvent;
      readonly selector: ProcessSelector;
      /** Of syscall and syscall.return: names of the calls it is about; absent, all are. */
      readonly calls?: readonly string[];
      /** Of syscall.return: wants the arguments of the call. */
      readonly arguments?: boolean;
      /** Of one call: what `__syscall_name`, `__syscall_argstr` and `__syscall_retstr` make their texts from. */
      readonly texts?: SyscallTexts;
    }
  /** A breakpoint on an instruction of a file, or, with `return`, on the return of the function that starts there. */
  | {
      readonly kind: "uprobe";
      readonly selector: ProcessSelector;
      /** Canonical path of the mapped file. */
      readonly path: string;
      readonly buildId?: string;
      readonly fileOffset: number;
      /** Link-time address at `fileOffset`: what turns a run-time address into a load bias. */
      readonly address: number;
      readonly function: string;
      readonly return: boolean;
      /** Of a return probe: where what it keeps of a call is read, when not at the entry itself. */
      readonly entryAt?: { readonly address: number; readonly fileOffset: number };
      /** Counts only when the function was called from one of these places: link-time addresses of the same file. */
      readonly returnsTo?: readonly number[];
      /** Offset in the file of a 16-bit counter that the program looks at; it is raised while the probe is armed. */
      readonly semaphore?: number;
      readonly entry?: EntryProbe;
    };

/**
 * Of a return probe: the probe of kind `entry` to run at the entry, and the scalar globals whose values it leaves there;
 * the handler of the return probe finds them as they were left for its call.
 */
export interface EntryProbe {
  readonly probe: number;
  readonly globals: readonly string[];
}

export interface ResolvedProbe {
  readonly spec: ProbeSpec;
  /** The canonical probe point, `pp()`. */
  readonly point: string;
  /** What the script calls it, `pn()`: the outermost alias, else the canonical probe point. */
  readonly name: string;
  /** Indexes of plans to evaluate at the entry of a `.return` probe; the handler reads them with `c.saved(i)`. */
  readonly entryPlans: readonly number[];
  readonly plans: readonly VariablePlan[];
  readonly source: { readonly file: string; readonly line: number };
  /** The probe of kind `condition` to ask: while it says no, this one need not be armed. Its handler asks again itself. */
  readonly condition?: number;
  /** Probes of kind `condition` whose answer the handler may have changed. */
  readonly affects?: readonly number[];
}

export type HistogramSpec =
  | { readonly kind: "log" }
  | { readonly kind: "linear"; readonly low: number; readonly high: number; readonly width: number };

/** What must be kept of an aggregate; only what the script reads. */
export interface StatSpec {
  readonly operators: readonly ("@count" | "@sum" | "@min" | "@max" | "@avg" | "@variance")[];
  readonly histograms: readonly HistogramSpec[];
  /** Bits that `@variance` scales by; absent is 0. */
  readonly shift?: number;
}

export interface GlobalSpec {
  readonly name: string;
  readonly type: ValueType;
  /** Types of the keys; empty for a scalar. */
  readonly keys: readonly ("long" | "string")[];
  /** Declared size of an array; absent is MAXMAPENTRIES. */
  readonly size?: number;
  readonly wrap: boolean;
  readonly stat?: StatSpec;
  /** Written and never read: printed when the session ends. */
  readonly autoPrint: boolean;
  /** Values that go in are pointers: printed in hexadecimal when printed by themselves. */
  readonly pointer: boolean;
}

/** The names of an enum by decimal value. */
export type EnumTable = { readonly [value: string]: string };

export interface Manifest {
  readonly abi: number;
  /** Name of the script, for messages. */
  readonly script: string;
  readonly globals: readonly GlobalSpec[];
  readonly probes: readonly ResolvedProbe[];
  /** Plans that depend on no probe, for `c.access`. */
  readonly plans?: readonly VariablePlan[];
  /** For `c.pretty`. */
  readonly pretty?: readonly PrettyPlan[];
  /** For `c.enumName`. */
  readonly enums?: readonly EnumTable[];
  readonly limits: { readonly [name in ScriptLimit]?: number };
}
