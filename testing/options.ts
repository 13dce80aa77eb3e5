/** What `probe` is given and gives back. Plain types: they are published, so they mention nothing of the model's inside. */
import type { ScriptedProgram } from "../kernel/scripted/program.ts";

/** The program of a test and the world that it finds. */
export interface WorldOptions {
  /** A JavaScript program, which becomes /program, or the path of one in `programs`, `executables` or `root`. */
  readonly program: ScriptedProgram | ScriptedProgram["main"] | string;
  /** More programs, by path: what the first one calls execve for. */
  readonly programs?: { readonly [path: string]: ScriptedProgram };
  /** Files by path; text is UTF-8. */
  readonly files?: { readonly [path: string]: string | Uint8Array };
  /** ELF programs for riscv64 by path, as files that can be run. */
  readonly executables?: { readonly [path: string]: Uint8Array };
  /** What is read from descriptor 0. */
  readonly input?: string;
  /** With argv[0]; the program's path alone when absent. */
  readonly argv?: readonly string[];
  /** `NAME=value`. */
  readonly envp?: readonly string[];
  readonly cwd?: string;
  /** 1000 when absent. */
  readonly uid?: number;
  readonly gid?: number;
  /** Of all chance in the model. */
  readonly seed?: number;
  /** Virtual CPUs; 1 when absent. */
  readonly cpus?: number;
  /** Instructions of a time slice. */
  readonly quantum?: number;
}

export interface ProbeOptions extends WorldOptions {
  /** A folder of this machine that is the root of the model's files; it is not changed. Without one there are /dev, /proc and /tmp. */
  readonly root?: string;
  /** More options of the command line, `["-g"]`. */
  readonly options?: readonly string[];
  /** Arguments of the script: `$1`, `@1`, … */
  readonly args?: readonly string[];
  /** Give what a program has thrown, instead of throwing it. */
  readonly keepsErrors?: boolean;
  /** Seconds of this machine after which a run that has no end is given up, with an error; 30 when absent. */
  readonly timeout?: number;
}

export interface Outcome {
  /** As of the command line: that of the program, 128 and the signal that ended it, or 1 for an error of the script. */
  readonly status: number;
  /** What the script printed and programs wrote to descriptor 1, in order; bytes that are no UTF-8 are U+FFFD. */
  readonly out: string;
  /** Warnings and errors of the script, and what programs wrote to descriptor 2. */
  readonly err: string;
  /** What JavaScript programs have thrown, a `MemoryFault` that became a signal among it. */
  readonly errors: readonly unknown[];
}
