/**
 * From a `$variable` to its location plan.
 *
 * Called by `symbols.ts` with a function and a pc in it. Scopes are searched from the innermost block outwards, then
 * the unit's globals, then the module's external ones. Everything that depends on the pc (location list entry, frame
 * base, CFA rule) is decided here, so that the runtime only evaluates.
 */
import type { PlanBase } from "../abi/plan.ts";
import type { SymbolFailure } from "../abi/symbol-source.ts";
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import { fail, type Start } from "./access.ts";
import type { Cfi } from "./cfi.ts";
import { DW_AT, DW_OP, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Unit } from "./dwarf/dwarf.ts";
import { locationAt } from "./dwarf/loclists.ts";
import { contains, dieRanges } from "./dwarf/ranges.ts";
import { toHex } from "./hex.ts";
import { near } from "./near.ts";
import { returnPlace } from "./return-value.ts";
import { through } from "./through.ts";
import { resolveType } from "./types.ts";

export interface VariableContext {
  readonly arch: string;
  /** A function or an inlined copy of one. */
  readonly function: Die;
  /** The function with code of its own, whose frame it is. */
  readonly frame: Die;
  readonly pc: bigint;
  readonly cfi: readonly Cfi[];
  readonly findGlobal: (name: string) => Die | undefined;
  readonly findEnumerator: (name: string) => { readonly value: bigint; readonly type: Die } | undefined;
}

export interface ScopeNames {
  readonly parameters: readonly string[];
  readonly locals: readonly string[];
}

/** Where `$name` is; `return` is the return value. */
export function startOf(context: VariableContext, name: string): Start | SymbolFailure {
  return name === "return" ? startOfReturn(context) : startOfVariable(context, name);
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

function startOfReturn(context: VariableContext): Start | SymbolFailure {
  const type = returnType(context.function);
  if (!type) return fail("the function returns nothing");
  const place = returnPlace(context.arch, resolveType(type));
  return typeof place === "string" ? fail(`no place for the return value: ${place}`) : { ...place, type };
}

function startOfVariable(context: VariableContext, name: string): Start | SymbolFailure {
  const die = findVariable(context, name);
  if (!die) {
    const enumerator = context.findEnumerator(name);
    if (enumerator) {
      const value = String(BigInt.asIntN(64, enumerator.value));
      return { base: { kind: "constant", value }, steps: [], type: enumerator.type };
    }
    const { parameters, locals } = namesInScope(context);
    const known = [...parameters, ...locals];
    return fail(`no variable '${name}' is in scope here`, near(name, known, known.length));
  }
  return startAt(die, name, context.pc, (expression) => dwarfBase(context, expression));
}

/** Where the variable of a DIE is at a pc; `baseOf` makes the base of its location expression. */
export function startAt(
  die: Die,
  name: string,
  pc: bigint,
  baseOf: (expression: Uint8Array) => PlanBase,
): Start | SymbolFailure {
  const type = through(die, DW_AT.type)?.follow(DW_AT.type);
  const holder = hasPlace(die) ? die : through(die, DW_AT.const_value);
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
  const raw = locationAt(through(die, DW_AT.location) ?? die, DW_AT.location, pc);
  if (!raw || raw.length === 0) return fail(`'${name}' has no location here: optimized out`);
  const expression = linkAddresses(raw, die.unit);
  if (typeof expression === "string")
    return fail(`the location of '${name}' uses ${expression}, which is not supported`);
  return { base: baseOf(expression), steps: [], type };
}

/** The DIE says where the variable is, or what its value is. */
export function hasPlace(die: Die): boolean {
  return die.has(DW_AT.location) || die.has(DW_AT.const_value);
}

/** The frame base and the CFA rule go along only when the expression can ask for them. */
function dwarfBase(context: VariableContext, expression: Uint8Array): PlanBase {
  const text = toHex(expression);
  const plain = expression[0] === DW_OP.addr && expression.length === 9;
  const register = expression.length === 1 && expression[0]! >= DW_OP.reg0 && expression[0]! <= DW_OP.reg31;
  if (plain || register) return { kind: "dwarf", expression: text };
  const frameBase = locationAt(context.frame, DW_AT.frame_base, context.pc);
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
    const usable = found.filter(hasPlace);
    const best = usable.at(-1) ?? found.at(-1);
    if (best?.flag(DW_AT.declaration)) break; // `extern int x;` in a block: the global is meant
    if (best) return best;
  }
  const root = context.function.unit.root;
  const globals = root
    ? root.unit.children(root).filter((die) => die.tag === DW_TAG.variable && hasName(die, name))
    : [];
  return globals.find(hasPlace) ?? context.findGlobal(name) ?? globals[0];
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
