/** Evaluates plans over registers and memory that were recorded, and reads C expressions as variable accesses. */
import type { VariablePlan } from "../../abi/plan.ts";
import type { AccessStep, VariableAccess } from "../../abi/symbol-source.ts";
import { evaluateEntryValue } from "../../debuginfo/dwarf/entry-value.ts";
import {
  type EvaluateEnvironment,
  evaluateCfa,
  evaluateLocation,
  type Location,
  readLocation,
} from "../../debuginfo/dwarf/expression.ts";
import { fromHex } from "../../debuginfo/hex.ts";

export interface Stop {
  readonly function: string;
  readonly address: string;
  readonly hit: number;
  readonly at: "entry" | "body" | "line" | "return";
  readonly values: { readonly [expression: string]: string };
  readonly registers: readonly string[];
  readonly memory: { readonly [address: string]: string };
}

/** `&p->next.x[2]` */
export function accessOf(expression: string): VariableAccess {
  const addressOf = expression.startsWith("&");
  const [name = "", ...rest] = expression.slice(addressOf ? 1 : 0).split(/->|\.|(?=\[)/);
  const steps = rest.map(
    (part): AccessStep =>
      part.startsWith("[") ? { kind: "element", value: Number(part.slice(1, -1)) } : { kind: "member", name: part },
  );
  return { name, steps, addressOf, text: `$${expression}` };
}

/** The value as gdb's decimal text for its type: a bigint, or a number for floats; a string is what went wrong. */
export function planValue(plan: VariablePlan, stop: Stop): bigint | number | string {
  const registers = stop.registers.map(BigInt);
  const memory = Object.entries(stop.memory).map(([start, hex]) => ({ start: BigInt(start), bytes: fromHex(hex) }));
  const { base, fetch } = plan;
  const env: EvaluateEnvironment = {
    register: (n) => registers[n] ?? 0n,
    memory(address, size) {
      const area = memory.find((m) => address >= m.start && address + BigInt(size) <= m.start + BigInt(m.bytes.length));
      return area?.bytes.subarray(Number(address - area.start), Number(address - area.start) + size);
    },
    frameBase: () => (base.kind === "dwarf" && base.frameBase !== undefined ? fromHex(base.frameBase) : undefined),
    cfa: () => (base.kind === "dwarf" && base.cfa ? evaluateCfa(base.cfa, env) : undefined),
    entryValue: (register) => evaluateEntryValue(base.kind === "dwarf" ? base.entry : undefined, register, env),
    bias: 0n,
  };
  if (base.kind === "argument") return "no arguments here";
  let location: Location;
  if (base.kind === "constant") location = { kind: "value", value: BigInt.asUintN(64, BigInt(base.value)) };
  else if (base.kind === "registers") location = { kind: "register", register: base.registers[0]! };
  else {
    const found = evaluateLocation(fromHex(base.expression), env);
    if (found.kind === "failure") return found.message;
    location = found;
  }
  let offset = 0;
  for (const step of plan.steps) {
    if (step.kind === "offset") offset += step.bytes;
    else if (step.kind === "deref") {
      const pointer = readLocation(location, offset, 8, env);
      if (!(pointer instanceof Uint8Array)) return pointer.message;
      location = { kind: "memory", address: unsigned(pointer) };
      offset = 0;
    } else return "no arguments here";
  }
  if (fetch.kind === "address") return location.kind === "memory" ? location.address + BigInt(offset) : location.kind;
  const bytes = readLocation(location, offset, fetch.size, env);
  if (!(bytes instanceof Uint8Array)) return bytes.message;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (fetch.kind === "float") return fetch.size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  const bits = fetch.bits ?? { offset: 0, size: fetch.size * 8 };
  const value = unsigned(bytes) >> BigInt(bits.offset);
  return fetch.signed ? BigInt.asIntN(bits.size, value) : BigInt.asUintN(bits.size, value);
}

function unsigned(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
