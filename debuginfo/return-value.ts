/**
 * Where a function's return value is when it has just returned (RISC-V psABI, LP64D; System V AMD64 psABI).
 *
 * Called by `variables.ts` for `$return`. Aggregates that come back in several registers become a DWARF expression
 * of pieces, so that members of them are found like members of any other object.
 */
import type { PlanBase, PlanStep } from "../abi/plan.ts";
import { limits } from "../base/limits.ts";
import { DW_AT, DW_ATE, DW_OP, DW_TAG } from "./dwarf/constants.ts";
import { toHex } from "./hex.ts";
import { elementType, resolveType, sizeOf, type Type } from "./types.ts";

export interface ReturnPlace {
  readonly base: PlanBase;
  readonly steps: readonly PlanStep[];
}

interface Convention {
  /** DWARF numbers. */
  readonly integer: readonly [number, number];
  readonly float: readonly [number, number];
}

// biome-ignore format: table
const conventions: { readonly [arch: string]: Convention } = {
  riscv64: { integer: [10, 11], float: [42, 43] }, // a0 a1, fa0 fa1
  x86_64:  { integer: [0, 1],   float: [17, 18] }, // rax rdx, xmm0 xmm1
};

/** A string says why there is no place. */
export function returnPlace(arch: string, type: Type): ReturnPlace | string {
  const convention = conventions[arch];
  const size = sizeOf(type);
  if (!convention || size === undefined) return "its type has no known size";
  const leaves: Leaf[] = [];
  if (!flatten(type, 0, leaves, limits.maxDwarfDepth))
    return `return values of a ${type.kind} type like this one are not supported`;
  if (leaves.some((leaf) => leaf.unsupported))
    return "vectors, complex and extended floating-point values are not supported";
  // The caller made room, and the first register has its address.
  if (size > 16 || isByReference(type) || (arch === "x86_64" && leaves.some(isUnaligned))) {
    return { base: { kind: "registers", registers: [convention.integer[0]] }, steps: [{ kind: "deref" }] };
  }
  const parts = arch === "riscv64" ? riscvParts(leaves, size, convention) : amd64Parts(leaves, size, convention);
  const only = parts[0];
  if (parts.length === 1 && only) return { base: { kind: "registers", registers: [only.register] }, steps: [] };
  return { base: { kind: "dwarf", expression: toHex(pieces(parts)) }, steps: [] };
}

/** A class of C++ that is not copied like its bytes. */
function isByReference(type: Type): boolean {
  return type.kind === "struct" && type.die.number(DW_AT.calling_convention) === DW_CC_PASS_BY_REFERENCE;
}

const DW_CC_PASS_BY_REFERENCE = 4;

function isUnaligned({ offset, size }: Leaf): boolean {
  return size > 0 && offset % size !== 0;
}

interface Leaf {
  readonly offset: number;
  readonly size: number;
  readonly float: boolean;
  readonly unsupported: boolean;
}

interface Part {
  readonly register: number;
  readonly offset: number;
  readonly size: number;
}

/** The scalars in a type; false when there are too many to matter or the type is not known. */
function flatten(type: Type, offset: number, leaves: Leaf[], depth: number): boolean {
  if (depth <= 0 || leaves.length > 64) return leaves.length > 64;
  const size = sizeOf(type);
  switch (type.kind) {
    case "base": {
      const float = type.encoding === DW_ATE.float;
      const odd = type.encoding === DW_ATE.complex_float || (float && type.size > 8);
      leaves.push({ offset, size: type.size, float, unsupported: odd });
      return true;
    }
    case "enum":
    case "pointer":
      leaves.push({ offset, size: size ?? 8, float: false, unsupported: false });
      return true;
    case "array": {
      if (type.vector) leaves.push({ offset, size: size ?? 0, float: true, unsupported: true });
      const element = elementType(type);
      const stride = sizeOf(element) ?? 0;
      for (let i = 0; i < Math.min(type.counts[0] ?? 0, 65); i++) {
        if (!flatten(element, offset + i * stride, leaves, depth - 1)) return false;
      }
      return true;
    }
    case "struct":
      for (const child of type.die.unit.children(type.die)) {
        if (child.tag !== DW_TAG.member) continue;
        const member = resolveType(child.follow(DW_AT.type));
        const bits = child.number(DW_AT.data_bit_offset);
        // A bit-field is in a unit of its type.
        const unit = sizeOf(member) ?? 1;
        const at =
          bits === undefined ? (child.number(DW_AT.data_member_location) ?? 0) : Math.floor(bits / 8 / unit) * unit;
        if (!flatten(member, offset + at, leaves, depth - 1)) return false;
      }
      return true;
    default:
      return false;
  }
}

/** One or two scalars with a float among them go to registers of their kind; all else is integer. */
function riscvParts(leaves: readonly Leaf[], size: number, c: Convention): readonly Part[] {
  const [first, second] = leaves;
  const overlap = first && second && second.offset < first.offset + first.size;
  if (first && leaves.length <= 2 && !overlap && leaves.some((leaf) => leaf.float)) {
    let floats = 0;
    return leaves.map((leaf) => {
      const register = leaf.float ? c.float[floats++ as 0 | 1] : c.integer[0];
      return { register, offset: leaf.offset, size: leaf.size };
    });
  }
  return eightbytes(size).map((part, i) => ({ register: c.integer[i as 0 | 1], ...part }));
}

/** Each eight bytes by themselves: floats only go to an SSE register. */
function amd64Parts(leaves: readonly Leaf[], size: number, c: Convention): readonly Part[] {
  let integers = 0;
  let floats = 0;
  return eightbytes(size).map((part) => {
    const here = leaves.filter((leaf) => leaf.offset >= part.offset && leaf.offset < part.offset + 8);
    const float = here.length > 0 && here.every((leaf) => leaf.float);
    return { register: float ? c.float[floats++ as 0 | 1] : c.integer[integers++ as 0 | 1], ...part };
  });
}

function eightbytes(size: number): readonly { readonly offset: number; readonly size: number }[] {
  return size <= 8
    ? [{ offset: 0, size }]
    : [
        { offset: 0, size: 8 },
        { offset: 8, size: size - 8 },
      ];
}

function pieces(parts: readonly Part[]): Uint8Array {
  const code: number[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.offset > at) code.push(DW_OP.piece, part.offset - at);
    code.push(DW_OP.regx, part.register, DW_OP.piece, part.size);
    at = part.offset + part.size;
  }
  return Uint8Array.from(code);
}
