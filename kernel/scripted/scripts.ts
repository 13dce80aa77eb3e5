/**
 * JavaScript processes: what runs when a task comes to a custom instruction of a scripted program (`image.ts`).
 *
 * `model.ts` makes one for a machine and gives it the programs; the scheduler calls `execute`. A task has a stack of
 * activations, one for each function that has not returned; the registers say which instruction is next, so signals,
 * restarts, clone, execve, single steps and breakpoints work as for any other code: the kernel does not know.
 *
 * A generator that throws is the end of its process: a `MemoryFault` is the SIGSEGV or SIGBUS that it stands for (and a
 * second time, without mercy, if a handler returns), anything else is SIGABRT. Both are told.
 */
import { SIG } from "../../target/signals.ts";
import type { AddressSpace } from "../memory/address-space.ts";
import { SIG_DFL } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { A0, A7, RA, SP } from "../riscv/abi-registers.ts";
import { causes } from "../trap.ts";
import { CALL_ARGUMENTS, placeArguments, SYSCALL_ARGUMENTS } from "./arguments.ts";
import { CodeTable } from "./code-table.ts";
import { makeImage } from "./image.ts";
import { UserMemory } from "./memory.ts";
import { MemoryFault } from "./memory-fault.ts";
import type { Memory } from "./memory-of-program.ts";
import type { Body, Main, Result, ScriptedProgram, Step } from "./program.ts";
import { decodeCustom, EXIT_GROUP, EXIT_THREAD, MAX_PROGRAMS, SLOT, slotAddress } from "./slots.ts";
import { readStartStrings } from "./start-strings.ts";
import { sys } from "./sys.ts";

const T0 = 5;
const T1 = 6;
const S0 = 8;
const S1 = 9;
/** Calls in calls: then the stack is full. */
const MAX_CALLS = 10_000;
/** Wrong steps that a generator may answer with others. */
const MAX_CORRECTIONS = 100;

/** A function that has not returned. */
interface Activation {
  readonly code: CodeTable;
  readonly slot: number;
  readonly body: Body;
  /** What the stack pointer is to be again. */
  readonly sp: bigint;
  /** What is to be done with the result of the step; undefined when there is none to give. */
  settle: ((result: number) => void) | undefined;
  /** The signal that an exception became. */
  deadly: number;
}

interface Thread {
  readonly mm: AddressSpace;
  readonly memory: Memory;
  readonly stack: Activation[];
}

export type OnScriptError = (task: Task, error: unknown) => void;

export class Scripts {
  readonly #programs: CodeTable[] = [];
  readonly #threads = new WeakMap<Task, Thread>();
  readonly #onError: OnScriptError;

  constructor(onError: OnScriptError) {
    this.#onError = onError;
  }

  /** The program file to install at a path. */
  add(program: ScriptedProgram, path: string): Uint8Array {
    if (this.#programs.length >= MAX_PROGRAMS) throw new RangeError(`more than ${MAX_PROGRAMS} JavaScript programs`);
    const table = new CodeTable(program, path.slice(path.lastIndexOf("/") + 1));
    this.#programs.push(table);
    return makeImage(this.#programs.length - 1, table.image);
  }

  /** Runs an instruction at which the CPU has stopped; false when it is none of ours. */
  execute(task: Task, word: number): boolean {
    const instruction = decodeCustom(word);
    const table = instruction && this.#programs[instruction.program];
    if (!table) return false;
    const thread = this.#threadOf(task, table);
    return instruction.operation === "enter"
      ? this.#enter(task, thread, table, instruction.slot)
      : this.#step(task, thread, table, instruction.slot);
  }

  /** What was left of another program is gone with its memory. */
  #threadOf(task: Task, table: CodeTable): Thread {
    const known = this.#threads.get(task);
    if (known?.mm === task.mm) return known;
    const thread = { mm: task.mm, memory: new UserMemory(task, table), stack: [] };
    this.#threads.set(task, thread);
    return thread;
  }

  #enter(task: Task, { stack, memory }: Thread, code: CodeTable, slot: number): boolean {
    const { x } = task.hart;
    if (stack.length >= MAX_CALLS) {
      raise(task, SIG.SIGSEGV!, causes.SEGV_MAPERR.code, Number(x[SP]!));
      return true;
    }
    const run = code.take(slot);
    if (!run) return false;
    const body = bodyOf(() => {
      const a = (i: number): number => toNumber(x[A0 + i]!);
      if (slot !== 0) return run(sys, memory, a(0), a(1), a(2), a(3), a(4), a(5), a(6), a(7));
      const { argv, envp } = readStartStrings(memory, Number(x[S0]!));
      return (run as unknown as Main)(sys, memory, argv, envp);
    });
    stack.push({ code, slot, body, sp: x[SP]!, settle: undefined, deadly: 0 });
    task.pc = slotAddress(slot) + SLOT.STEP;
    return true;
  }

  #step(task: Task, { stack, memory }: Thread, code: CodeTable, slot: number): boolean {
    // Whatever was called from here and did not return never will.
    while (stack.length > 0 && !(stack.at(-1)!.slot === slot && stack.at(-1)!.code === code)) stack.pop();
    const activation = stack.at(-1);
    if (!activation) return false;
    if (activation.deadly !== 0) {
      const { handlers } = task.process;
      handlers.set(activation.deadly, { ...handlers.get(activation.deadly), handler: SIG_DFL });
      raise(task, activation.deadly);
      return true;
    }
    const { hart } = task;
    const result = toNumber(hart.x[A0]!);
    hart.x[SP] = activation.sp;
    try {
      const { settle } = activation;
      activation.settle = undefined;
      settle?.(result);
      this.#advance(task, activation, memory, settle ? result : 0);
      if (task.pc === slotAddress(slot) + SLOT.RET) stack.pop();
    } catch (error) {
      this.#fail(task, activation, error);
    }
    return true;
  }

  /** Runs the generator, and sets the registers for what it wants. */
  #advance(task: Task, activation: Activation, memory: Memory, result: number): void {
    const { hart } = task;
    let next = activation.body.next(result);
    for (let corrections = 0; !next.done; corrections++) {
      try {
        prepare(task, activation, memory, next.value);
        return;
      } catch (error) {
        if (corrections >= MAX_CORRECTIONS) throw error;
        next = activation.body.throw(error);
      }
    }
    hart.x[A0] = toRegister(next.value);
    task.pc = slotAddress(activation.slot) + SLOT.RET;
  }

  #fail(task: Task, activation: Activation, error: unknown): void {
    this.#onError(task, error);
    if (error instanceof MemoryFault) {
      const { signal, code } = causes[error.faultCause];
      activation.deadly = SIG[signal]!;
      raise(task, activation.deadly, code, error.address);
    } else {
      activation.deadly = SIG.SIGABRT!;
      raise(task, activation.deadly);
    }
  }
}

/** What a function has thrown is thrown at its first step. */
function bodyOf(run: () => Body): Body {
  try {
    const made = run();
    const isGenerator = typeof made?.next === "function" && !(Symbol.asyncIterator in made);
    return isGenerator ? made : finished(() => resultOf(made));
  } catch (error) {
    return finished(() => {
      throw error;
    });
  }
}

// biome-ignore lint/correctness/useYield: it has no steps
function* finished(result: () => Result): Body {
  return result();
}

function resultOf(value: unknown): Result {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return value;
  if (value instanceof Promise || (typeof value === "object" && Symbol.asyncIterator in value)) {
    // Told once, here: what the function itself throws would end a test runner.
    if (value instanceof Promise) value.catch(() => {});
    throw new TypeError("a program does not wait for promises: no async function, no await");
  }
  throw new TypeError("a function of a program is a generator, function* () {}, or gives a number");
}

function prepare(task: Task, activation: Activation, memory: Memory, step: Step): void {
  const { hart } = task;
  const { code, slot, sp } = activation;
  switch (step?.kind) {
    case "call":
    case "invoke":
    case "mark": {
      const called = step.kind === "call" ? undefined : addressOfCalled(code, step);
      const count = called === undefined ? SYSCALL_ARGUMENTS : CALL_ARGUMENTS;
      const placed = placeArguments(memory, Number(sp), step.args, count, (given) => code.addressOf(given));
      const slotBase = slotAddress(slot);
      if (step.kind === "call") {
        hart.x[A7] = BigInt(step.nr);
        task.pc = slotBase + SLOT.CALL;
      } else {
        hart.x[T1] = BigInt(called!);
        task.pc = slotBase + SLOT.INVOKE;
      }
      activation.settle = () => placed.giveBack();
      if (step.kind === "call" && step.child) {
        const child = code.reserve(step.child.code);
        hart.x[S1] = BigInt(child.address);
        hart.x[RA] = BigInt(step.child.thread ? EXIT_THREAD : EXIT_GROUP);
        task.pc = slotBase + SLOT.CLONE;
        activation.settle = (result) => {
          if (result < 0) child.release();
        };
      }
      placed.registers.forEach((value, i) => void (hart.x[A0 + i] = value));
      hart.x[SP] = BigInt(placed.sp);
      return;
    }
    case "work": {
      if (!(step.instructions >= 0))
        throw new TypeError(`sys.work(${step.instructions}): a number of instructions is needed`);
      // Two instructions a round and a jump back: an odd number; the step itself makes it even.
      hart.x[T0] = BigInt(Math.max(1, Math.floor((step.instructions - 1) / 2)));
      task.pc = slotAddress(slot) + SLOT.WORK;
      return;
    }
  }
  throw new TypeError("yield a step: sys.NAME(…)");
}

function addressOfCalled(code: CodeTable, step: Exclude<Step, { kind: "call" | "work" }>): number {
  if (step.kind === "invoke") return code.addressOf(step.code);
  const { address, count } = code.markAddress(step.name);
  if (step.args.length !== count) {
    throw new TypeError(`the mark ${step.name} has ${count} arguments, not ${step.args.length}`);
  }
  return address;
}

function raise(task: Task, signal: number, code?: number, address?: number): void {
  const { signals } = task.machine;
  signals.force(task, signals.fromKernel(signal, code, address));
}

function toNumber(value: bigint): number {
  // Beyond what a number holds it stays a bigint, as `Body` says.
  const result = Number(value);
  return Number.isSafeInteger(result) ? result : (value as unknown as number);
}

function toRegister(value: unknown): bigint {
  if (typeof value === "number") return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
  return typeof value === "bigint" ? BigInt.asIntN(64, value) : value === true ? 1n : 0n;
}
