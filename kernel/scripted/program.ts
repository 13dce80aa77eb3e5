/**
 * What a JavaScript program is made of, as its author writes it: generator functions that yield steps.
 *
 *     const cat = { main: function* (sys, memory, argv) {
 *       const fd = yield sys.openat(AT_FDCWD, argv[1], 0, 0);
 *       const buffer = memory.alloc(4096);
 *       for (let n; (n = yield sys.read(fd, buffer, 4096)) > 0; ) yield sys.write(1, buffer, n);
 *     } };
 *
 * `yield` gives the step's result: that of a system call (-errno for an error), or of a function. `scripts.ts` runs
 * them. Variables of JavaScript are not memory of the process: a fork does not copy them, threads and children see the
 * same ones. What must be a process's own stands in `memory`.
 */
import type { Memory } from "./memory-of-program.ts";
import type { SyscallName } from "./syscall-names.ts";

/**
 * What a system call or a function is given. A number goes into the register as it is, `null` is 0. The rest is put
 * into the process's memory, below the stack pointer, for as long as the call takes, and its address is the argument: a
 * string in UTF-8 with a NUL; bytes, which are given back afterwards, so that a call can fill them; a list, which is an
 * array of 64-bit words, each an argument again (argv, struct iovec, struct timespec, struct sigaction). A function is
 * the address of its code.
 */
export type Argument = number | bigint | boolean | null | string | Uint8Array | Code | readonly Argument[];

/** What a generator yields. */
export type Step =
  | { readonly kind: "call"; readonly nr: number; readonly args: readonly Argument[]; readonly child?: Child }
  | { readonly kind: "invoke"; readonly code: Code | string; readonly args: readonly Argument[] }
  | { readonly kind: "mark"; readonly name: string; readonly args: readonly Argument[] }
  | { readonly kind: "work"; readonly instructions: number };

export interface Child {
  readonly code: Code;
  readonly thread: boolean;
}

/** What a function gives back: a0 has it. */
// biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return gives
export type Result = number | bigint | boolean | void;

/** A generator of steps. What `yield` gives is a number, a bigint beyond 2^53: take `BigInt(result)` where that is possible. */
export type Body = Generator<Step, Result, number>;

/**
 * A function of a program: a signal handler gets the signal and the addresses of siginfo and ucontext, a called function
 * its arguments. (One that wants nothing of the system may be a plain function with a result; TypeScript does not know,
 * because then it could not tell the type of `yield`.)
 */
// biome-ignore format: the registers a0 to a7
export type Code = (
  sys: Sys, memory: Memory,
  a0: number, a1: number, a2: number, a3: number, a4: number, a5: number, a6: number, a7: number,
) => Body;

/** Where a program begins. Its result is the exit status. */
export type Main = (sys: Sys, memory: Memory, argv: readonly string[], envp: readonly string[]) => Body;

export interface ScriptedProgram {
  readonly main: Main;
  /** Functions with a name: symbols of the program, for `sys.call` and for function probes. */
  readonly functions?: { readonly [name: string]: Code };
  /**
   * What a header says of them, in C: prototypes of functions, structs, typedefs, enums and variables. They become debug
   * information, so a script has `$parameter`, `$r->member`, `$return` and `@var`. A function that is declared and has no
   * code here does nothing and returns 0.
   */
  readonly declarations?: string;
  /**
   * Places for `process.mark("NAME")`, with the types of their arguments: `{ request: ["char *", "int"] }`. A provider
   * other than the program's name stands before: `"nginx:request"`. `sys.mark` comes by.
   */
  readonly marks?: { readonly [name: string]: readonly string[] };
}

/** Every system call of riscv64 by its name, and some steps more. */
export type Sys = { readonly [name in Exclude<SyscallName, "clone">]: (...args: Argument[]) => Step } & {
  /** clone(2) as riscv64 has it: flags, stack, parent_tid, tls, child_tid; then what the child runs. */
  clone(...args: [...Argument[], Code]): Step;
  /** What fork(3) does: the child runs `code`, and its result is the exit status; the parent gets the pid. */
  fork(code: Code): Step;
  /** The same, and the parent waits until the child has called execve or has ended. */
  vfork(code: Code): Step;
  /** A thread on a stack of one's own; `stack` is the end of it. */
  thread(code: Code, stack: number): Step;
  /** A call by number. */
  syscall(nr: number, ...args: Argument[]): Step;
  /** Calls a function, by itself or by its name, as code of riscv64 does: a0 has the result. */
  call(code: Code | string, ...args: Argument[]): Step;
  /** Comes by a mark of the program; a script sees the arguments as `$arg1`, `$arg2`. */
  mark(name: string, ...args: Argument[]): Step;
  /** Lets so many instructions go by, 3 at least; the process can be preempted among them. */
  work(instructions: number): Step;
};
