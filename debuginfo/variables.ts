/**
 * From a `$variable` to its location plan.
 *
 * Called by `symbols.ts` with a function and a pc in it. Scopes are searched from the innermost block outwards, then
 * the unit's globals, then the module's external ones. Everything that depends on the pc (location list entry, frame
 * base, CFA rule) is decided here, so that the runtime only evaluates.
 */
import type { PlanBase, PlanFetch, PlanStep, VariablePlan } from "../abi/plan.ts";
import type { SymbolFailure, VariableAccess } from "../abi/symbol-source.ts";
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import type { Cfi } from "./cfi.ts";
import { DW_AT, DW_ATE, DW_OP, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Unit } from "./dwarf/dwarf.ts";
import { locationAt } from "./dwarf/loclists.ts";
import { contains, dieRanges } from "./dwarf/ranges.ts";
import { through } from "./functions.ts";
import { toHex } from "./hex.ts";
import { near } from "./near.ts";
import { returnPlace } from "./return-value.ts";
import { elementType, findMember, memberNames, resolveType, sizeOf, type Type } from "./types.ts";

export interface VariableContext {
  readonly arch: string;
  readonly function: Die;
  readonly pc: bigint;
  readonly cfi: readonly Cfi[];
  readonly findStruct: (tag: number, name: string) => Die | undefined;
  readonly findGlobal: (name: string) => Die | undefined;
}

export interface ScopeNames {
  readonly parameters: readonly string[];
  readonly locals: readonly string[];
}

export function planVariable(context: VariableContext, access: VariableAccess): VariablePlan | SymbolFailure {
  const start = access.name === "return" ? startOfReturn(context) : startOfVariable(context, access.name);
  if ("message" in start) return start;
  const walk: Walk = { steps: [...start.steps], type: resolveType(start.type), bits: undefined };
  for (const step of access.steps) {
    const problem = step.kind === "member" ? goToMember(context, walk, step.name) : goToElement(walk, step);
    if (problem) return problem;
  }
  if (walk.type.kind === "pointer" && walk.type.reference) follow(walk, walk.type);
  const fetch = access.addressOf ? addressFetch(start.base, walk) : valueFetch(walk, access.text);
  if ("message" in fetch) return fetch;
  const pointer = fetch.kind === "address" || (walk.type.kind === "pointer" && walk.bits === undefined);
  return { text: access.text, base: start.base, steps: walk.steps, fetch, pointer };
}

export function namesInScope(context: VariableContext): ScopeNames {
  const parameters = new Set<string>();
  const locals = new Set<string>();
  for (const scope of scopes(context).reverse()) {
    for (const die of scope.unit.children(scope)) {
      if (die.tag !== DW_TAG.formal_parameter && die.tag !== DW_TAG.variable) continue;
      const name = through(die, DW_AT.name)?.string(DW_AT.name);
      if (name !== undefined) (die.tag === DW_TAG.variable ? locals : parameters).add(name);
    }
  }
  return { parameters: [...parameters], locals: [...locals] };
}

/** The DIE of the function's return type; undefined is void. */
export function returnType(f: Die): Die | undefined {
  return through(f, DW_AT.type)?.follow(DW_AT.type);
}

interface Start {
  readonly base: PlanBase;
  readonly steps: readonly PlanStep[];
  readonly type: Die | undefined;
}

/** How far an access has come. */
interface Walk {
  readonly steps: PlanStep[];
  type: Type;
  bits: { readonly offset: number; readonly size: number } | undefined;
}

function fail(message: string, alternatives?: readonly string[]): SymbolFailure {
  return alternatives && alternatives.length > 0
    ? { kind: "failure", message, alternatives }
    : { kind: "failure", message };
}

function startOfReturn(context: VariableContext): Start | SymbolFailure {
  const type = returnType(context.function);
  if (!type) return fail("the function returns nothing");
  const place = returnPlace(context.arch, resolveType(type));
  return typeof place === "string" ? fail(`no place for the return value: ${place}`) : { ...place, type };
}

function startOfVariable(context: VariableContext, name: string): Start | SymbolFailure {
  const die = findVariable(context, name);
  if (!die) {
    const { parameters, locals } = namesInScope(context);
    const known = [...parameters, ...locals];
    return fail(`no variable '${name}' is in scope here`, near(name, known, known.length));
  }
  const type = through(die, DW_AT.type)?.follow(DW_AT.type);
  const holder = die.has(DW_AT.location) || die.has(DW_AT.const_value) ? die : through(die, DW_AT.const_value);
  const constant = holder?.constant(DW_AT.const_value);
  if (constant !== undefined) {
    return { base: { kind: "constant", value: String(BigInt.asIntN(64, constant)) }, steps: [], type };
  }
  const bytes = holder?.block(DW_AT.const_value);
  if (bytes) {
    if (bytes.length > 127) return fail(`'${name}' is a constant of ${bytes.length} bytes, which is not supported`);
    const expression = Uint8Array.from([DW_OP.implicit_value, bytes.length, ...bytes]);
    return { base: { kind: "dwarf", expression: toHex(expression) }, steps: [], type };
  }
  const raw = locationAt(through(die, DW_AT.location) ?? die, DW_AT.location, context.pc);
  if (!raw || raw.length === 0) return fail(`'${name}' has no location here: optimized out`);
  const expression = linkAddresses(raw, die.unit);
  if (typeof expression === "string")
    return fail(`the location of '${name}' uses ${expression}, which is not supported`);
  return { base: dwarfBase(context, expression), steps: [], type };
}

/** The frame base and the CFA rule go along only when the expression can ask for them. */
function dwarfBase(context: VariableContext, expression: Uint8Array): PlanBase {
  const text = toHex(expression);
  const plain = expression[0] === DW_OP.addr && expression.length === 9;
  const register = expression.length === 1 && expression[0]! >= DW_OP.reg0 && expression[0]! <= DW_OP.reg31;
  if (plain || register) return { kind: "dwarf", expression: text };
  const frameBase = locationAt(context.function, DW_AT.frame_base, context.pc);
  let cfa: ReturnType<Cfi["rowAt"]>;
  for (const cfi of context.cfi) cfa ??= cfi.rowAt(context.pc);
  return {
    kind: "dwarf",
    expression: text,
    ...(frameBase && { frameBase: toHex(frameBase) }),
    ...(cfa && { cfa: cfa.cfa }),
  };
}

/** DW_OP_addrx as DW_OP_addr: plans carry no `.debug_addr`. A string names what cannot be done. */
function linkAddresses(expression: Uint8Array, unit: Unit): Uint8Array | string {
  const first = expression[0];
  if (first !== DW_OP.addrx && first !== DW_OP.GNU_addr_index) return expression;
  const r = new ByteReader(expression, "expression", 1);
  const address = unit.indexedAddress(r.ulebNumber());
  if (r.error || address === undefined) return "a damaged DW_OP_addrx";
  const rest = expression.subarray(r.offset);
  const linked = new Uint8Array(9 + rest.length);
  linked[0] = DW_OP.addr;
  new DataView(linked.buffer).setBigUint64(1, address, true);
  linked.set(rest, 9);
  return linked;
}

function findVariable(context: VariableContext, name: string): Die | undefined {
  for (const scope of scopes(context)) {
    // Of two with one name in one block the later declaration hides the earlier.
    const found = scope.unit.children(scope).filter((die) => isVariable(die) && hasName(die, name));
    const usable = found.filter((die) => die.has(DW_AT.location) || die.has(DW_AT.const_value));
    const best = usable.at(-1) ?? found.at(-1);
    if (best?.flag(DW_AT.declaration)) break; // `extern int x;` in a block: the global is meant
    if (best) return best;
  }
  const root = context.function.unit.root;
  const globals = root
    ? root.unit.children(root).filter((die) => die.tag === DW_TAG.variable && hasName(die, name))
    : [];
  return (
    globals.find((die) => die.has(DW_AT.location) || die.has(DW_AT.const_value)) ??
    context.findGlobal(name) ??
    globals[0]
  );
}

function isVariable(die: Die): boolean {
  return die.tag === DW_TAG.variable || die.tag === DW_TAG.formal_parameter;
}

export function hasName(die: Die, name: string): boolean {
  return through(die, DW_AT.name)?.string(DW_AT.name) === name;
}

/** The blocks that contain the pc, innermost first, the function last. Inlined calls are other functions. */
function scopes(context: VariableContext): Die[] {
  const found = [context.function];
  for (let depth = 0; depth < limits.maxDwarfDepth; depth++) {
    const inner = found[0]!.unit
      .children(found[0]!)
      .find((die) => die.tag === DW_TAG.lexical_block && contains(dieRanges(die), context.pc));
    if (!inner) break;
    found.unshift(inner);
  }
  return found;
}

function follow(walk: Walk, pointer: Type & { kind: "pointer" }): void {
  walk.steps.push({ kind: "deref" });
  walk.type = resolveType(pointer.target);
}

function move(walk: Walk, bytes: number): void {
  const last = walk.steps.at(-1);
  if (last?.kind === "offset") walk.steps[walk.steps.length - 1] = { kind: "offset", bytes: last.bytes + bytes };
  else if (bytes !== 0) walk.steps.push({ kind: "offset", bytes });
}

function goToMember(context: VariableContext, walk: Walk, name: string): SymbolFailure | undefined {
  for (let left: number = limits.maxDwarfDepth; walk.type.kind === "pointer" && left > 0; left--)
    follow(walk, walk.type);
  if (walk.type.kind !== "struct") return fail(`'->${name}' on ${describe(walk.type)}, which has no members`);
  let { die } = walk.type;
  if (die.flag(DW_AT.declaration)) {
    const complete = context.findStruct(die.tag, die.string(DW_AT.name) ?? "");
    if (!complete) return fail(`${walk.type.name} is only declared in this module`);
    die = complete;
  }
  const member = findMember(die, name);
  if (!member) {
    const names = memberNames(die);
    return fail(`${walk.type.name} has no member '${name}'`, near(name, names, names.length));
  }
  move(walk, member.offset);
  walk.type = resolveType(member.type);
  walk.bits = member.bits;
  return undefined;
}

function goToElement(
  walk: Walk,
  step: { readonly value?: number; readonly argument?: number },
): SymbolFailure | undefined {
  const { type } = walk;
  let element: Type;
  if (type.kind === "pointer") {
    follow(walk, type);
    element = walk.type;
  } else if (type.kind === "array") element = elementType(type);
  else return fail(`an index on ${describe(type)}, which is no array and no pointer`);
  const stride = sizeOf(element);
  if (stride === undefined) return fail(`the elements of ${describe(type)} have no known size`);
  if (step.value !== undefined) move(walk, step.value * stride);
  else walk.steps.push({ kind: "index", stride, argument: step.argument ?? 0 });
  walk.type = element;
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

function valueFetch(walk: Walk, text: string): PlanFetch | SymbolFailure {
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
