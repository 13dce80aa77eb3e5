/**
 * Writes `$variables`, which -g scripts may do: a plan of abi/plan.ts leads to the place, in memory or in registers.
 *
 * As a store of the program itself: memory that it may not write is an error of the script, so code and constants
 * stay as they are. A register gets the whole value, extended as the calling conventions want it.
 */
import type { PlanFetch, VariablePlan } from "../abi/plan.ts";
import { big, type Long } from "../base/int64.ts";
import type { Location } from "../debuginfo/dwarf/expression.ts";
import type { Task } from "../target/target.ts";
import { ScriptError } from "./errors.ts";
import { compilePlace, littleEndian, type PlanPlace, type ReadMemory, readAt } from "./variables.ts";

export type PlanWriter = (task: Task, bias: number, dynamic: readonly Long[], value: Long) => void;

export function compileWriter(plan: VariablePlan, readMemory: ReadMemory): PlanWriter {
  const locate = compilePlace(plan, readMemory);
  return (task, bias, dynamic, value) => {
    const problem = write(task, locate(task, bias, dynamic), plan.fetch, big(value));
    if (problem !== undefined) throw new ScriptError(`cannot write ${plan.text}: ${problem}`);
  };
}

/** What went wrong. */
function write(task: Task, { location, offset, env }: PlanPlace, fetch: PlanFetch, value: bigint): string | undefined {
  if (location.kind === "failure") return env.explain(location);
  if (fetch.kind === "address") return "an address is no variable";
  let bits = fetch.kind === "float" && fetch.size === 4 ? narrowFloat(value) : value;
  if (fetch.kind === "integer" && fetch.bits) {
    const old = readAt(location, offset, fetch.size, env);
    if (!(old instanceof Uint8Array)) return env.explain(old);
    const mask = ((1n << BigInt(fetch.bits.size)) - 1n) << BigInt(fetch.bits.offset);
    bits = (littleEndian(old) & ~mask) | ((bits << BigInt(fetch.bits.offset)) & mask);
  }
  const isField = fetch.kind === "integer" && fetch.bits !== undefined;
  return location.kind === "memory"
    ? writeMemory(task, Number(BigInt.asUintN(64, location.address + offset)), fetch.size, bits)
    : writeLocation(
        task,
        location,
        Number(offset),
        fetch.size,
        bits,
        fetch.kind === "integer" && fetch.signed,
        isField,
      );
}

function writeMemory(task: Task, address: number, size: number, bits: bigint): string | undefined {
  const end = address + size;
  const mapping = task.mm.mappings().find((area) => address >= area.start && end <= area.end);
  if (!mapping?.writable) return `no memory that can be written at 0x${address.toString(16)}`;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, bits), true);
  const done = task.mm.write(address, bytes.subarray(0, size));
  return done === true ? undefined : `no memory at 0x${done.address.toString(16)}`;
}

function writeLocation(
  task: Task,
  location: Location,
  offset: number,
  size: number,
  bits: bigint,
  signed: boolean,
  isField: boolean,
): string | undefined {
  if (location.kind === "register") {
    const { register } = location;
    if (offset < 0 || offset + size > 8) return "it is only in part in a register";
    const whole = offset === 0 && !isField;
    task.writeRegister(
      register,
      whole ? extended(bits, size, signed) : spliced(task.readRegister(register), offset, size, bits),
    );
    return undefined;
  }
  if (location.kind === "pieces") {
    let start = 0;
    for (const piece of location.pieces) {
      const bytes = piece.bits / 8;
      const inside = offset >= start && offset + size <= start + bytes;
      if (inside && piece.bits % 8 === 0 && piece.bitOffset % 8 === 0) {
        const at = offset - start + piece.bitOffset / 8;
        // A register holds several members of a struct: the others stay.
        if (piece.location.kind === "memory") {
          return writeMemory(task, Number(BigInt.asUintN(64, piece.location.address)) + at, size, bits);
        }
        return writeLocation(task, piece.location, at, size, bits, signed, true);
      }
      start += bytes;
    }
    return "it is in several places";
  }
  return "it is a value without a place here";
}

/** 32 bits are sign-extended whatever their type, fewer first as their type says (RISC-V psABI). */
function extended(bits: bigint, size: number, signed: boolean): bigint {
  const narrow = signed ? BigInt.asIntN(size * 8, bits) : BigInt.asUintN(size * 8, bits);
  return BigInt.asUintN(64, size === 4 ? BigInt.asIntN(32, narrow) : narrow);
}

function spliced(old: bigint, offset: number, size: number, bits: bigint): bigint {
  const mask = ((1n << BigInt(size * 8)) - 1n) << BigInt(offset * 8);
  return BigInt.asUintN(64, (old & ~mask) | ((bits << BigInt(offset * 8)) & mask));
}

/** The four bytes of the `float` nearest to what the bits of a `double` say. */
function narrowFloat(bits: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, bits));
  view.setFloat32(0, view.getFloat64(0));
  return BigInt(view.getUint32(0));
}
