/**
 * One step up the stack: from the registers of a frame to those of its caller.
 *
 * `unwindStep` follows a row of call frame information. Called for every frame by `runtime/backtrace/walk.ts`, which
 * finds the rows and decides where a stack ends. Pure: memory comes through `UnwindMemory`. A rule that cannot be
 * followed leaves its register unknown; without a CFA or a return address there is no caller.
 */
import { limits } from "../base/limits.ts";
import type { RegisterRule, UnwindRow } from "./cfi.ts";
import { type EvaluateEnvironment, evaluateNumber } from "./dwarf/expression.ts";
import { fromHex } from "./hex.ts";
import type { UnwindMachine } from "./unwind-machine.ts";

/** Memory of the stopped task; undefined for what cannot be read. */
export interface UnwindMemory {
  word(address: bigint): bigint | undefined;
  bytes(address: bigint, size: number): Uint8Array | undefined;
}

/** Values by DWARF number; undefined for one that is not known. */
export type RegisterSet = readonly (bigint | undefined)[];

export interface UnwoundFrame {
  readonly pc: bigint;
  readonly registers: RegisterSet;
}

/** The caller of the frame that has these registers, by `row`, which is the one for its pc; `bias` is its file's. */
export function unwindStep(
  registers: RegisterSet,
  row: UnwindRow,
  machine: UnwindMachine,
  memory: UnwindMemory,
  bias: bigint,
): UnwoundFrame | undefined {
  const env = new RuleEnvironment(registers, memory, bias);
  const cfa = readCfa(row, env);
  if (cfa === undefined) return undefined;
  const caller = [...registers];
  caller[machine.stackPointer] = cfa;
  for (const [register, rule] of row.rules) {
    if (register < limits.maxUnwindRegisters) caller[register] = follow(rule, registers[register], cfa, env);
  }
  const { returnAddressRegister: column } = row;
  const pc = row.rules.has(column) || isRegister(machine, column) ? caller[column] : undefined;
  return pc === undefined ? undefined : { pc, registers: caller };
}

/** Without a rule the return address is still where the call left it: only a register can be such a place. */
function isRegister({ atEntry }: UnwindMachine, column: number): boolean {
  return "register" in atEntry && column < limits.maxUnwindRegisters;
}

function readCfa({ cfa }: UnwindRow, env: RuleEnvironment): bigint | undefined {
  if (cfa.kind === "expression") return env.evaluate(cfa.expression, []);
  const base = env.find(cfa.register);
  return base === undefined ? undefined : wrap(base + BigInt(cfa.offset));
}

function follow(
  rule: RegisterRule,
  current: bigint | undefined,
  cfa: bigint,
  env: RuleEnvironment,
): bigint | undefined {
  switch (rule.kind) {
    case "undefined":
      return undefined;
    case "same-value":
      return current;
    case "offset":
      return env.word(wrap(cfa + BigInt(rule.offset)));
    case "val-offset":
      return wrap(cfa + BigInt(rule.offset));
    case "register":
      return env.find(rule.register);
    case "expression": {
      const address = env.evaluate(rule.expression, [cfa]);
      return address === undefined ? undefined : env.word(address);
    }
    case "val-expression":
      return env.evaluate(rule.expression, [cfa]);
  }
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** What expressions of CFI may see: registers and memory, no frame. */
class RuleEnvironment implements EvaluateEnvironment {
  readonly bias: bigint;
  readonly #registers: RegisterSet;
  readonly #memory: UnwindMemory;
  /** An expression asked for a register that is not known: its value means nothing. */
  #missing = false;

  constructor(registers: RegisterSet, memory: UnwindMemory, bias: bigint) {
    this.#registers = registers;
    this.#memory = memory;
    this.bias = bias;
  }

  evaluate(expression: string, initial: readonly bigint[]): bigint | undefined {
    this.#missing = false;
    const value = evaluateNumber(fromHex(expression), this, initial);
    return typeof value === "bigint" && !this.#missing ? value : undefined;
  }

  find(register: number): bigint | undefined {
    return this.#registers[register];
  }

  word(address: bigint): bigint | undefined {
    return this.#memory.word(address);
  }

  register(n: number): bigint {
    const value = this.#registers[n];
    if (value === undefined) this.#missing = true;
    return value ?? 0n;
  }

  memory(address: bigint, size: number): Uint8Array | undefined {
    return this.#memory.bytes(address, size);
  }

  frameBase(): undefined {
    return undefined;
  }

  cfa(): undefined {
    return undefined;
  }
}
