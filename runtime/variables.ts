/**
 * Reads `$variables`: evaluates the location plans of abi/plan.ts on a stopped task.
 *
 * `compilePlan` decodes a plan once; the function it gives is called at every hit. Memory is read through the injected
 * `ReadMemory`, which hides breakpoint bytes. What cannot be read is a ScriptError that names the variable.
 */
import type { ModulePlace, PlanBase, PlanFetch, VariablePlan } from "../abi/plan.ts";
import { bug } from "../base/assert.ts";
import { big, type Long, long } from "../base/int64.ts";
import { evaluateEntryValue } from "../debuginfo/dwarf/entry-value.ts";
import {
  type EvaluateEnvironment,
  type EvaluateFailure,
  evaluateCfa,
  evaluateLocation,
  type Location,
  readLocation,
} from "../debuginfo/dwarf/expression.ts";
import { fromHex } from "../debuginfo/hex.ts";
import type { Task } from "../target/target.ts";
import { ScriptError } from "./errors.ts";

/** `size` bytes of a task's memory as the program would see them; undefined for a fault. */
export type ReadMemory = (task: Task, address: number, size: number) => Uint8Array | undefined;

/** The value of a plan on a task; `bias` is run-time address minus link-time address of the probed file. */
export type PlanReader = (task: Task, bias: number, dynamic: readonly Long[]) => Long;

export function compilePlan(plan: VariablePlan, readMemory: ReadMemory): PlanReader {
  const locate = compilePlace(plan, readMemory);
  return (task, bias, dynamic) => {
    const { location, offset, env } = locate(task, bias, dynamic);
    const value = location.kind === "failure" ? location : fetchValue(location, offset, plan.fetch, plan.base, env);
    if (typeof value !== "bigint") throw new ScriptError(`cannot read ${plan.text}: ${env.explain(value)}`);
    return long(value);
  };
}

/** Where a plan leads on a task: what it reads is `offset` bytes into the location. */
export interface PlanPlace {
  readonly location: Location | EvaluateFailure;
  readonly offset: bigint;
  readonly env: PlanEnvironment;
}

export function compilePlace(
  { base, steps }: Pick<VariablePlan, "base" | "steps">,
  readMemory: ReadMemory,
): (task: Task, bias: number, dynamic: readonly Long[]) => PlanPlace {
  const locate = compileBase(base);
  return (task, bias, dynamic) => {
    const env = new PlanEnvironment(task, bias, base, readMemory);
    let location = locate(env, dynamic);
    let offset = 0n;
    for (const step of steps) {
      if (location.kind === "failure") break;
      if (step.kind === "offset") offset += BigInt(step.bytes);
      else if (step.kind === "index") offset += BigInt(step.stride) * big(argument(dynamic, step.argument));
      else {
        const pointer = readAt(location, offset, 8, env);
        location = pointer instanceof Uint8Array ? { kind: "memory", address: littleEndian(pointer) } : pointer;
        offset = 0n;
      }
    }
    return { location, offset, env };
  };
}

type Locate = (env: PlanEnvironment, dynamic: readonly Long[]) => Location | EvaluateFailure;

function compileBase(base: PlanBase): Locate {
  switch (base.kind) {
    case "dwarf": {
      const expression = fromHex(base.expression);
      const register = loneRegister(expression);
      if (register) return () => register;
      if (!base.module) return (env) => evaluateLocation(expression, env);
      const { path } = base.module;
      const absent: EvaluateFailure = { kind: "failure", reason: "fault", message: `the process has no ${path}` };
      return (env) => (env.isMapped ? evaluateLocation(expression, env) : absent);
    }
    case "constant": {
      const location: Location = { kind: "value", value: BigInt.asUintN(64, BigInt(base.value)) };
      return () => location;
    }
    case "registers": {
      const registers = base.registers.map((register): Location => ({ kind: "register", register }));
      const [only] = registers;
      const location: Location =
        registers.length === 1 && only
          ? only
          : { kind: "pieces", pieces: registers.map((piece) => ({ location: piece, bits: 64, bitOffset: 0 })) };
      return () => location;
    }
    case "argument":
      return (_env, dynamic) => ({ kind: "value", value: BigInt.asUintN(64, big(argument(dynamic, base.argument))) });
  }
}

/** DW_OP_reg0 to DW_OP_reg31, which is where most parameters are at the entry of a function. */
function loneRegister(expression: Uint8Array): Location | undefined {
  const [code = 0] = expression;
  return expression.length === 1 && code >= 0x50 && code <= 0x6f
    ? { kind: "register", register: code - 0x50 }
    : undefined;
}

function argument(dynamic: readonly Long[], index: number): Long {
  return dynamic[index] ?? bug("runtime/variables", `dynamic argument ${index} of ${dynamic.length}`);
}

/** What DWARF expressions may see of the task. */
export class PlanEnvironment implements EvaluateEnvironment {
  readonly bias: bigint;
  /** The process has the module of the plan. */
  readonly isMapped: boolean;
  readonly #task: Task;
  readonly #base: PlanBase;
  readonly #readMemory: ReadMemory;
  #faultAddress: bigint | undefined;

  constructor(task: Task, bias: number, base: PlanBase, readMemory: ReadMemory) {
    const found = base.kind === "dwarf" && base.module ? loadBias(task, base.module) : bias;
    this.isMapped = found !== undefined;
    this.bias = BigInt(found ?? 0);
    this.#task = task;
    this.#base = base;
    this.#readMemory = readMemory;
  }

  register(n: number): bigint {
    return this.#task.readRegister(n);
  }

  memory(address: bigint, size: number): Uint8Array | undefined {
    const bytes = address <= Number.MAX_SAFE_INTEGER ? this.#readMemory(this.#task, Number(address), size) : undefined;
    if (!bytes) this.#faultAddress = address;
    return bytes;
  }

  frameBase(): Uint8Array | undefined {
    const base = this.#base;
    return base.kind === "dwarf" && base.frameBase !== undefined ? fromHex(base.frameBase) : undefined;
  }

  cfa(): bigint | undefined {
    const base = this.#base;
    return base.kind === "dwarf" && base.cfa ? evaluateCfa(base.cfa, this) : undefined;
  }

  entryValue(register: number): bigint | EvaluateFailure {
    return evaluateEntryValue(this.#base.kind === "dwarf" ? this.#base.entry : undefined, register, this);
  }

  explain(failure: EvaluateFailure): string {
    if (failure.reason !== "fault" || this.#faultAddress === undefined) return failure.message;
    return `no memory at 0x${this.#faultAddress.toString(16)}`;
  }
}

/** Run-time address minus link-time address of a file in a process; undefined when it is not mapped there. */
function loadBias(task: Task, { path, fileOffset, address }: ModulePlace): number | undefined {
  for (const { file, start, end, offset } of task.mm.mappings()) {
    const at = start + (fileOffset - offset);
    if (file?.path === path && at >= start && at < end) return at - address;
  }
  return undefined;
}

export function readAt(
  location: Location,
  offset: bigint,
  size: number,
  env: PlanEnvironment,
): Uint8Array | EvaluateFailure {
  if (location.kind === "memory") {
    return readLocation({ kind: "memory", address: BigInt.asUintN(64, location.address + offset) }, 0, size, env);
  }
  return readLocation(location, Number(offset), size, env);
}

function fetchValue(
  location: Location,
  offset: bigint,
  fetch: PlanFetch,
  base: PlanBase,
  env: PlanEnvironment,
): bigint | EvaluateFailure {
  if (fetch.kind === "address") {
    if (location.kind === "memory") return location.address + offset;
    if (location.kind === "value" && base.kind === "argument") return location.value + offset;
    return { kind: "failure", reason: "unsupported", message: "it is not in memory, so it has no address" };
  }
  const bytes = readAt(location, offset, fetch.size, env);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (fetch.kind === "float") return fetch.size === 4 ? widenFloat(bytes) : littleEndian(bytes);
  const raw = littleEndian(bytes);
  const size = fetch.bits?.size ?? fetch.size * 8;
  const field = fetch.bits ? raw >> BigInt(fetch.bits.offset) : raw;
  return fetch.signed ? BigInt.asIntN(size, field) : BigInt.asUintN(size, field);
}

export function littleEndian(bytes: Uint8Array): bigint {
  let low = 0;
  for (let i = Math.min(bytes.length, 6) - 1; i >= 0; i--) low = low * 256 + bytes[i]!;
  let high = 0n;
  for (let i = bytes.length - 1; i >= 6; i--) high = (high << 8n) | BigInt(bytes[i]!);
  return high === 0n ? BigInt(low) : (high << 48n) | BigInt(low);
}

/** The bits of a `double` that has the value of these four bytes of a `float`. */
function widenFloat(bytes: Uint8Array): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true));
  return view.getBigUint64(0);
}
