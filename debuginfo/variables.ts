/**
 * From a `$variable` to its location plan.
 *
 * Called by `roots.ts` with a function and a pc in it. Scopes are searched from the innermost block outwards, then
 * the unit's globals, then the module's external ones. Everything that depends on the pc (location list entry, frame
 * base, CFA rule) is decided here, so that the runtime only evaluates.
 */
import type { PlanBase } from "../abi/plan.ts";
import type { SymbolFailure } from "../abi/symbol-source.ts";
import { limits } from "../base/limits.ts";
import { fail, type Start } from "./access.ts";
import type { Cfi } from "./cfi.ts";
import { DW_AT, DW_OP, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { implicitPointer, linkExpression, type TlsRule } from "./dwarf/link-expression.ts";
import { locationAt } from "./dwarf/loclists.ts";
import { contains, dieRanges } from "./dwarf/ranges.ts";
import { asksForEntryValue, type EntryValues } from "./entry-values.ts";
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
  readonly tls: TlsRule;
  /** Where a thread-local variable is, when its DIE does not say. */
  readonly tlsLocation: (name: string) => Uint8Array | undefined;
  readonly entryValues: EntryValues;
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
  const local = findLocal(context, name);
  const die = local ?? findGlobal(context, name);
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
  const entry = context.frame.address(DW_AT.low_pc);
  return startAt(die, name, {
    pc: context.pc,
    tls: context.tls,
    ...(!local && { tlsLocation: context.tlsLocation }),
    baseOf: (expression) => dwarfBase(context, expression),
    ...(entry !== undefined && { entry }),
  });
}

/** What the place of a variable depends on beside its DIE. */
export interface Here {
  readonly pc: bigint;
  /** Where the function begins. */
  readonly entry?: bigint;
  readonly tls: TlsRule;
  /** Absent for a variable of a block. */
  readonly tlsLocation?: VariableContext["tlsLocation"];
  /** The base of a location expression. */
  readonly baseOf: (expression: Uint8Array) => PlanBase;
}

/** Where the variable of a DIE is. */
export function startAt(die: Die, name: string, here: Here, depth = 0): Start | SymbolFailure {
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
  const placed = through(die, DW_AT.location);
  const raw = placed ? locationAt(placed, DW_AT.location, here.pc, here.entry) : here.tlsLocation?.(name);
  if (!raw || raw.length === 0) return fail(`'${name}' has no location here: optimized out`);
  const expression = linkExpression(raw, die.unit, here.tls);
  if (typeof expression === "string")
    return fail(`the location of '${name}' uses ${expression}, which is not supported`);
  const start: Start = { base: here.baseOf(expression), steps: [], type };
  const implicit = implicitPointer(raw, die.unit);
  const target = implicit && depth < MAX_IMPLICIT ? die.unit.dwarf.findDie(implicit.place) : undefined;
  const object = target && startAt(target, `*${name}`, here, depth + 1);
  return implicit && object && !("message" in object)
    ? { ...start, object: { at: object, offset: implicit.offset } }
    : start;
}

/** Pointers to pointers that exist in the debuginfo only. */
const MAX_IMPLICIT = 8;

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
  const entry = asksForEntryValue(expression) ? context.entryValues.planAt(context.frame, context.pc) : undefined;
  return {
    kind: "dwarf",
    expression: text,
    ...(frameBase && { frameBase: toHex(frameBase) }),
    ...(cfa && { cfa: cfa.cfa }),
    ...(entry && { entry }),
  };
}

function findLocal(context: VariableContext, name: string): Die | undefined {
  for (const scope of scopes(context)) {
    // Of two with one name in one block the later declaration hides the earlier.
    const found = scope.unit.children(scope).filter((die) => isVariable(die) && hasName(die, name));
    const usable = found.filter(hasPlace);
    const best = usable.at(-1) ?? found.at(-1);
    if (best?.flag(DW_AT.declaration)) return undefined; // `extern int x;` in a block: the global is meant
    if (best) return best;
  }
  return undefined;
}

function findGlobal(context: VariableContext, name: string): Die | undefined {
  const globals = context.function.unit.parts.flatMap((part) =>
    part.unit.children(part).filter((die) => die.tag === DW_TAG.variable && hasName(die, name)),
  );
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
