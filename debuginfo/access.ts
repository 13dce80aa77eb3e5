/**
 * From an object and what is written behind it (`->m`, `[i]`, `&` before) to the plan of its value.
 *
 * Called by `symbols.ts` with the start that `variables.ts`, `globals.ts` or a cast found. The type of what was reached
 * goes back as a `TypeRef`: the place of its DIE, times two, plus one when the value is the address of such an object.
 */
import type { PlanBase, PlanFetch, PlanStep } from "../abi/plan.ts";
import type { Access, AccessAnswer, SymbolFailure, TypeRef } from "../abi/symbol-source.ts";
import { limits } from "../base/limits.ts";
import { DW_AT, DW_ATE, DW_OP } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { near } from "./near.ts";
import { elementType, findMember, memberNames, resolveType, sizeOf, type Type } from "./types.ts";

export interface Start {
  readonly base: PlanBase;
  readonly steps: readonly PlanStep[];
  readonly type: Die | undefined;
  /** The value in hand is the address of the object: casts, where `[i]` counts objects. */
  readonly pointer?: boolean;
  /** The pointer exists in the debuginfo only (DW_OP_implicit_pointer); this is what it points to, so many bytes in. */
  readonly object?: { readonly at: Start; readonly offset: number };
}

/** The complete struct that a declaration stands for. */
export type FindStruct = (tag: number, name: string) => Die | undefined;

export function planAccess(start: Start, findStruct: FindStruct, access: Access): AccessAnswer | SymbolFailure {
  const walk = walkAccess(start, findStruct, access);
  if ("message" in walk) return walk;
  if (walk.type.kind === "pointer" && walk.type.reference) follow(walk, walk.type);
  const fetch = access.addressOf ? addressFetch(walk.base, walk) : valueFetch(walk, access.text);
  if ("message" in fetch) return fetch;
  const pointer = fetch.kind === "address" || (walk.type.kind === "pointer" && walk.bits === undefined);
  const plan = { text: access.text, base: walk.base, steps: walk.steps, fetch, pointer };
  const type = walk.die && walk.bits === undefined ? typeRef(walk.die, fetch.kind === "address") : undefined;
  return { kind: "access", plan, type };
}

/** The place that the steps of an access lead to. */
export function walkAccess(start: Start, findStruct: FindStruct, access: Access): Walk | SymbolFailure {
  const { base, object } = start;
  const walk: Walk = {
    base,
    object,
    steps: [...start.steps],
    type: resolveType(start.type),
    die: start.type,
    bits: undefined,
  };
  for (const [i, step] of access.steps.entries()) {
    const problem =
      step.kind === "member"
        ? goToMember(findStruct, walk, step.name)
        : goToElement(walk, step, i === 0 && start.pointer === true);
    if (problem) return problem;
  }
  return walk;
}

export function typeRef(die: Die, address: boolean): TypeRef {
  return die.place * 2 + (address ? 1 : 0);
}

/** The place that a value of this type gives, for what is written behind it. */
export function startAtValue(die: Die, address: boolean): Start | SymbolFailure {
  const base: PlanBase = { kind: "argument", argument: 0 };
  const steps: PlanStep[] = [{ kind: "deref" }];
  if (address) return { base, steps, type: die, pointer: true };
  const type = resolveType(die);
  if (type.kind !== "pointer") return fail(`${describe(type)} is no pointer, so it has no parts`);
  return { base, steps, type: type.target, pointer: true };
}

/** How far an access has come. */
export interface Walk {
  base: PlanBase;
  object: Start["object"];
  steps: PlanStep[];
  type: Type;
  /** The DIE of the type, before typedefs are resolved; undefined for void and for parts that have none of their own. */
  die: Die | undefined;
  bits: { readonly offset: number; readonly size: number } | undefined;
}

export function fail(message: string, alternatives?: readonly string[]): SymbolFailure {
  return alternatives && alternatives.length > 0
    ? { kind: "failure", message, alternatives }
    : { kind: "failure", message };
}

export function follow(walk: Walk, pointer: Type & { kind: "pointer" }): void {
  const { object } = walk;
  if (object && walk.steps.length === 0) {
    walk.base = object.at.base;
    walk.object = object.at.object;
    walk.steps = [...object.at.steps];
    move(walk, object.offset);
  } else walk.steps.push({ kind: "deref" });
  walk.die = pointer.target;
  walk.type = resolveType(pointer.target);
}

export function move(walk: Walk, bytes: number): void {
  const last = walk.steps.at(-1);
  if (last?.kind === "offset") walk.steps[walk.steps.length - 1] = { kind: "offset", bytes: last.bytes + bytes };
  else if (bytes !== 0) walk.steps.push({ kind: "offset", bytes });
}

function goToMember(findStruct: FindStruct, walk: Walk, name: string): SymbolFailure | undefined {
  for (let left: number = limits.maxDwarfDepth; walk.type.kind === "pointer" && left > 0; left--)
    follow(walk, walk.type);
  if (walk.type.kind !== "struct") return fail(`'->${name}' on ${describe(walk.type)}, which has no members`);
  let { die } = walk.type;
  if (die.flag(DW_AT.declaration)) {
    const complete = findStruct(die.tag, die.string(DW_AT.name) ?? "");
    if (!complete) return fail(`${walk.type.name} is only declared in this module`);
    die = complete;
  }
  const member = findMember(die, name);
  if (!member) {
    const names = memberNames(die);
    return fail(`${walk.type.name} has no member '${name}'`, near(name, names, names.length));
  }
  move(walk, member.offset);
  walk.die = member.type;
  walk.type = resolveType(member.type);
  walk.bits = member.bits;
  return undefined;
}

/** `counting`: the value in hand points to the first of several objects of this type. */
function goToElement(
  walk: Walk,
  step: { readonly value?: number; readonly argument?: number },
  counting: boolean,
): SymbolFailure | undefined {
  const { type } = walk;
  if (type.kind === "pointer") follow(walk, type);
  else if (type.kind === "array") {
    walk.type = elementType(type);
    walk.die = type.counts.length > 1 ? undefined : type.element;
  } else if (!counting) return fail(`an index on ${describe(type)}, which is no array and no pointer`);
  const stride = sizeOf(walk.type);
  if (stride === undefined) return fail(`the elements of ${describe(type)} have no known size`);
  if (step.value !== undefined) move(walk, step.value * stride);
  else walk.steps.push({ kind: "index", stride, argument: step.argument ?? 0 });
  return undefined;
}

function addressFetch(base: PlanBase, walk: Walk): PlanFetch | SymbolFailure {
  if (walk.bits) return fail("a bit-field has no address");
  if (walk.steps.some((step) => step.kind === "deref")) return { kind: "address" };
  const first = base.kind === "dwarf" ? Number.parseInt(base.expression.slice(0, 2), 16) : -1;
  const inRegister = (first >= DW_OP.reg0 && first <= DW_OP.reg31) || first === DW_OP.regx;
  if (base.kind !== "dwarf" || inRegister || first === DW_OP.implicit_value) {
    return fail("it has no address: it is in a register or is a constant here");
  }
  return { kind: "address" };
}

export function valueFetch(walk: Walk, text: string): PlanFetch | SymbolFailure {
  const { type } = walk;
  switch (type.kind) {
    case "pointer":
      return { kind: "integer", size: 8, signed: false };
    case "array":
    case "function":
      return { kind: "address" };
    case "base":
      if (type.encoding === DW_ATE.float && (type.size === 4 || type.size === 8))
        return { kind: "float", size: type.size };
      if (!integerEncodings.has(type.encoding)) return fail(`a value of type '${type.name}' is not supported`);
      return integerFetch(walk, type.size, signedEncodings.has(type.encoding), type.name);
    case "enum":
      return integerFetch(walk, type.size, enumIsSigned(type), "enum");
    case "struct":
      return fail(`'${text}' is ${type.name}: name one of its members`, memberNames(type.die).slice(0, 32));
    case "void":
      return fail(`'${text}' is void and has no value`);
    case "unknown":
      return fail(type.message);
  }
}

// biome-ignore format: table
const integerEncodings: ReadonlySet<number> = new Set([DW_ATE.address, DW_ATE.boolean, DW_ATE.signed, DW_ATE.signed_char, DW_ATE.unsigned, DW_ATE.unsigned_char, DW_ATE.UTF, DW_ATE.UCS, DW_ATE.ASCII]);
const signedEncodings: ReadonlySet<number> = new Set([DW_ATE.signed, DW_ATE.signed_char]);

/** By the encoding, the underlying type, or a negative enumerator: producers write one of them. */
function enumIsSigned(type: Type & { kind: "enum" }): boolean {
  if (type.encoding !== 0) return signedEncodings.has(type.encoding);
  const underlying = resolveType(type.underlying);
  return underlying.kind === "base" && signedEncodings.has(underlying.encoding);
}

function integerFetch(walk: Walk, size: number, signed: boolean, name: string): PlanFetch | SymbolFailure {
  const { bits } = walk;
  if (!isFetchSize(size)) return fail(`a value of type '${name}' (${size} bytes) is not supported`);
  if (!bits) return { kind: "integer", size, signed };
  // The storage unit of the declared type if the field is inside of one, else the smallest window from its first byte.
  let start = Math.floor(bits.offset / (size * 8)) * size;
  let width: number = size;
  if (bits.offset + bits.size > (start + size) * 8) {
    start = Math.floor(bits.offset / 8);
    width = [1, 2, 4, 8].find((bytes) => (start + bytes) * 8 >= bits.offset + bits.size) ?? 0;
  }
  if (!isFetchSize(width) || bits.size < 1) return fail("a bit-field over more than 8 bytes is not supported");
  move(walk, start);
  return { kind: "integer", size: width, signed, bits: { offset: bits.offset - start * 8, size: bits.size } };
}

function isFetchSize(size: number): size is 1 | 2 | 4 | 8 {
  return size === 1 || size === 2 || size === 4 || size === 8;
}

function describe(type: Type): string {
  if (type.kind === "struct" || type.kind === "base") return `'${type.name}'`;
  return {
    void: "void",
    enum: "an enum",
    pointer: "a pointer",
    array: "an array",
    function: "a function",
    unknown: "a type that is not known",
  }[type.kind];
}
