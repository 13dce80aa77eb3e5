/**
 * Types as a script needs them: what is under the typedefs, where a member is, how far apart elements are.
 *
 * Reads type DIEs on demand; called by `variables.ts` and `return-value.ts`. Chains of types are followed at most
 * `limits.maxDwarfDepth` times and a search for a member looks at a bounded number of DIEs, so cyclic types end.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG, dwarfName } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";

export type Type =
  | { readonly kind: "void" }
  /** `encoding` is a DW_ATE number. */
  | { readonly kind: "base"; readonly name: string; readonly size: number; readonly encoding: number }
  | {
      readonly kind: "enum";
      readonly die: Die;
      readonly size: number;
      readonly underlying: Die | undefined;
      readonly encoding: number;
    }
  /** `target` undefined is `void *`. */
  | { readonly kind: "pointer"; readonly target: Die | undefined; readonly reference: boolean }
  /** `counts` has one entry for each dimension that is left; undefined is unknown (`[]`, variable length). */
  | {
      readonly kind: "array";
      readonly element: Die | undefined;
      readonly counts: readonly (number | undefined)[];
      /** One value of many lanes, as vector registers hold it. */
      readonly vector?: true;
    }
  | { readonly kind: "struct"; readonly die: Die; readonly name: string; readonly size: number }
  | { readonly kind: "function" }
  | { readonly kind: "unknown"; readonly message: string };

export interface Member {
  readonly offset: number;
  readonly type: Die | undefined;
  /** Of a bit-field: `offset` bits above the least significant bit of the byte at the member's `offset`. */
  readonly bits?: { readonly offset: number; readonly size: number };
}

const qualifiers: ReadonlySet<number> = new Set([
  DW_TAG.typedef,
  DW_TAG.const_type,
  DW_TAG.volatile_type,
  DW_TAG.restrict_type,
  DW_TAG.atomic_type,
  DW_TAG.immutable_type,
]);

/** The type under typedefs and qualifiers; `undefined` in is void. */
export function resolveType(die: Die | undefined): Type {
  let t = die;
  for (let left: number = limits.maxDwarfDepth; t && qualifiers.has(t.tag); left--) {
    if (left === 0) return { kind: "unknown", message: "a type that refers to itself" };
    if (t.has(DW_AT.type) && !t.follow(DW_AT.type)) return { kind: "unknown", message: "a damaged type" };
    t = t.follow(DW_AT.type);
  }
  if (!t) return { kind: "void" };
  const size = t.number(DW_AT.byte_size) ?? 0;
  const name = t.string(DW_AT.name) ?? "";
  switch (t.tag) {
    case DW_TAG.base_type:
      return { kind: "base", name, size, encoding: t.number(DW_AT.encoding) ?? 0 };
    case DW_TAG.enumeration_type:
      return { kind: "enum", die: t, size, underlying: t.follow(DW_AT.type), encoding: t.number(DW_AT.encoding) ?? 0 };
    case DW_TAG.pointer_type:
      return { kind: "pointer", target: t.follow(DW_AT.type), reference: false };
    case DW_TAG.reference_type:
    case DW_TAG.rvalue_reference_type:
      return { kind: "pointer", target: t.follow(DW_AT.type), reference: true };
    case DW_TAG.array_type:
      return {
        kind: "array",
        element: t.follow(DW_AT.type),
        counts: dimensions(t),
        ...(t.flag(DW_AT.GNU_vector) && { vector: true }),
      };
    case DW_TAG.structure_type:
    case DW_TAG.class_type:
    case DW_TAG.union_type:
      return { kind: "struct", die: t, name: structName(t, name), size };
    case DW_TAG.subroutine_type:
      return { kind: "function" };
    default:
      return { kind: "unknown", message: `${dwarfName("DW_TAG", DW_TAG, t.tag)} is not supported` };
  }
}

/** One dimension off an array. */
export function elementType(array: Type & { kind: "array" }): Type {
  return array.counts.length > 1 ? { ...array, counts: array.counts.slice(1) } : resolveType(array.element);
}

/** Bytes; undefined when it is not known. */
export function sizeOf(type: Type, depth: number = limits.maxDwarfDepth): number | undefined {
  switch (type.kind) {
    case "base":
    case "enum":
    case "struct":
      return type.size > 0 ? type.size : undefined;
    case "pointer":
      return 8;
    case "array": {
      const element = depth > 0 ? sizeOf(resolveType(type.element), depth - 1) : undefined;
      return type.counts.reduce(
        (size, count) => (size !== undefined && count !== undefined ? size * count : undefined),
        element,
      );
    }
    default:
      return undefined;
  }
}

/** The members in order, base classes first as the debuginfo has them; without a name: anonymous ones and base classes. */
export function membersOf(struct: Die): readonly (Member & { readonly name?: string })[] {
  return struct.unit.children(struct).flatMap((child) => {
    const place = isMember(child) ? memberPlace(child) : undefined;
    const name = child.string(DW_AT.name);
    return place ? [{ ...place, type: child.follow(DW_AT.type), ...(name !== undefined && { name }) }] : [];
  });
}

/** A member by name, also inside anonymous members and base classes. */
export function findMember(struct: Die, name: string): Member | undefined {
  return searchMember(struct, name, 0, { left: MEMBER_BUDGET });
}

/** Names of the members, those of anonymous members among them. */
export function memberNames(struct: Die): readonly string[] {
  const names: string[] = [];
  collectNames(struct, names, { left: MEMBER_BUDGET });
  return names;
}

/** DIEs looked at in one search; the largest structs of real programs have a few thousand members. */
const MEMBER_BUDGET = 100_000;

function structName(die: Die, name: string): string {
  const keyword = die.tag === DW_TAG.union_type ? "union" : die.tag === DW_TAG.class_type ? "class" : "struct";
  return name === "" ? `anonymous ${keyword}` : `${keyword} ${name}`;
}

function dimensions(array: Die): readonly (number | undefined)[] {
  const counts: (number | undefined)[] = [];
  for (const child of array.unit.children(array)) {
    if (child.tag !== DW_TAG.subrange_type) continue;
    const upper = child.number(DW_AT.upper_bound);
    counts.push(child.number(DW_AT.count) ?? (upper === undefined ? undefined : upper + 1));
  }
  return counts.length > 0 ? counts : [undefined];
}

function isMember(die: Die): boolean {
  return (die.tag === DW_TAG.member || die.tag === DW_TAG.inheritance) && !die.has(DW_AT.external);
}

function nested(die: Die): (Type & { kind: "struct" }) | undefined {
  const type = die.has(DW_AT.name) ? undefined : resolveType(die.follow(DW_AT.type));
  return type?.kind === "struct" ? type : undefined;
}

function searchMember(struct: Die, name: string, base: number, budget: { left: number }): Member | undefined {
  const inner: { readonly die: Die; readonly offset: number }[] = [];
  for (const child of struct.unit.children(struct)) {
    if (budget.left-- <= 0) return undefined;
    if (!isMember(child)) continue;
    const place = memberPlace(child);
    if (!place) continue;
    if (child.string(DW_AT.name) === name) {
      return { ...place, offset: base + place.offset, type: child.follow(DW_AT.type) };
    }
    const type = nested(child);
    if (type) inner.push({ die: type.die, offset: base + place.offset });
  }
  budget.left -= limits.maxDwarfDepth;
  for (const { die, offset } of inner) {
    const found = budget.left > 0 ? searchMember(die, name, offset, budget) : undefined;
    if (found) return found;
  }
  return undefined;
}

function collectNames(struct: Die, names: string[], budget: { left: number }): void {
  budget.left -= limits.maxDwarfDepth;
  for (const child of struct.unit.children(struct)) {
    if (budget.left-- <= 0 || !isMember(child)) continue;
    const name = child.string(DW_AT.name);
    const type = name === undefined ? nested(child) : undefined;
    if (name !== undefined) names.push(name);
    else if (type && budget.left > 0) collectNames(type.die, names, budget);
  }
}

/** Undefined for a member whose place only the running program knows (virtual base classes). */
function memberPlace(member: Die): Omit<Member, "type"> | undefined {
  const block = member.block(DW_AT.data_member_location);
  // DWARF 2 wrote `DW_OP_plus_uconst N`; anything longer is computed at run time.
  const offset = block ? plusUconst(block) : (member.number(DW_AT.data_member_location) ?? 0);
  if (offset === undefined) return undefined;
  const size = member.number(DW_AT.bit_size);
  if (size === undefined) return { offset };
  const fromStart = member.number(DW_AT.data_bit_offset);
  if (fromStart !== undefined) return { offset, bits: { offset: fromStart, size } };
  const fromTop = member.number(DW_AT.bit_offset);
  if (fromTop === undefined) return { offset, bits: { offset: 0, size } };
  // DW_AT_bit_offset counts from the most significant bit of the storage unit.
  const unit = member.number(DW_AT.byte_size) ?? sizeOf(resolveType(member.follow(DW_AT.type))) ?? 0;
  return { offset, bits: { offset: unit * 8 - fromTop - size, size } };
}

function plusUconst(block: Uint8Array): number | undefined {
  let value = 0;
  for (let i = 1; i < block.length; i++) value += ((block[i] ?? 0) & 0x7f) * 2 ** (7 * (i - 1));
  return block[0] === 0x23 && (block[block.length - 1] ?? 0x80) < 0x80 ? value : undefined;
}
