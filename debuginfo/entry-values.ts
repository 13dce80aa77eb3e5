/**
 * Plans for DW_OP_entry_value: from a function to all the calls of it in its file, and what each of them passes.
 *
 * Called by `variables.ts` for the rare expression that asks. The call sites of a whole file are indexed when first
 * asked, by a scan. What an expression of a caller itself takes from its own caller is followed a few levels up.
 */
import type { CallerPlan, EntryPlan } from "../abi/plan.ts";
import { limits } from "../base/limits.ts";
import type { Cfi, UnwindRow } from "./cfi.ts";
import { DW_AT, DW_OP, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Dwarf } from "./dwarf/dwarf.ts";
import { singleRegister } from "./dwarf/expression.ts";
import { linkExpression } from "./dwarf/link-expression.ts";
import { locationAt } from "./dwarf/loclists.ts";
import { scanUnit } from "./dwarf/scan.ts";
import { toHex } from "./hex.ts";
import { lineage, through } from "./through.ts";

/** Places of a call site and of the function with code that it is in. */
interface Call {
  readonly site: number;
  readonly outer: number;
}

const stackPointers: { readonly [arch: string]: number } = { riscv64: 2, x86_64: 7 };

/** The expression has DW_OP_entry_value in it, or bytes that look so. */
export function asksForEntryValue(expression: Uint8Array): boolean {
  return expression.includes(DW_OP.entry_value) || expression.includes(DW_OP.GNU_entry_value);
}

export class EntryValues {
  readonly #dwarf: Dwarf;
  readonly #arch: string;
  readonly #readCfi: () => readonly Cfi[];
  /** By the place of what is called. */
  #calls: ReadonlyMap<number, readonly Call[]> | undefined;
  readonly #names = new Map<number, string | undefined>();

  constructor(dwarf: Dwarf, arch: string, readCfi: () => readonly Cfi[]) {
    this.#dwarf = dwarf;
    this.#arch = arch;
    this.#readCfi = readCfi;
  }

  /** How a function's callers are found at a pc, and what they passed; undefined when that cannot be told. */
  planAt(f: Die, pc: bigint, depth: number = limits.maxEntryDepth): EntryPlan | undefined {
    const row = this.#rowAt(pc);
    const stackPointer = stackPointers[this.#arch];
    const returnAddress = row && placeOfReturnAddress(row);
    if (depth === 0 || !row || !returnAddress || stackPointer === undefined) return undefined;
    const calls = this.#callsOf(f);
    if (calls.length === 0 || calls.length > limits.maxEntryCallers) return undefined;
    const saved = [...row.rules].flatMap(([register, rule]) =>
      rule.kind === "offset" ? [[register, rule.offset] as const] : [],
    );
    const callers = calls.flatMap((call) => this.#planCaller(call, depth) ?? []);
    return { cfa: row.cfa, returnAddress, stackPointer, saved, callers };
  }

  #planCaller({ site, outer }: Call, depth: number): CallerPlan | undefined {
    const die = this.#dwarf.findDie(site);
    const caller = this.#dwarf.findDie(outer);
    const returnsTo = die && (die.address(DW_AT.call_return_pc) ?? die.address(DW_AT.low_pc));
    if (!die || !caller || returnsTo === undefined) return undefined;
    const values: (readonly [number, string])[] = [];
    let nested = false;
    for (const parameter of die.unit.children(die)) {
      const isGnu = parameter.tag === DW_TAG.GNU_call_site_parameter;
      if (!isGnu && parameter.tag !== DW_TAG.call_site_parameter) continue;
      const value = parameter.block(isGnu ? DW_AT.GNU_call_site_value : DW_AT.call_value);
      const register = singleRegister(parameter.block(DW_AT.location) ?? new Uint8Array(0));
      const linked = value && linkExpression(value, die.unit, "thread-local storage");
      if (register === undefined || !(linked instanceof Uint8Array)) continue;
      values.push([register, toHex(linked)]);
      nested ||= asksForEntryValue(linked);
    }
    // The call is the instruction before.
    const at = returnsTo - 1n;
    const frameBase = locationAt(caller, DW_AT.frame_base, at);
    const cfa = this.#rowAt(at)?.cfa;
    const entry = nested ? this.planAt(caller, at, depth - 1) : undefined;
    return {
      returnsTo: Number(returnsTo),
      values,
      ...(frameBase && { frameBase: toHex(frameBase) }),
      ...(cfa && { cfa }),
      ...(entry && { entry }),
    };
  }

  #rowAt(pc: bigint): UnwindRow | undefined {
    let row: UnwindRow | undefined;
    for (const cfi of this.#readCfi()) row ??= cfi.rowAt(pc);
    return row;
  }

  /** Calls name the function itself, or a declaration of it in their own unit. */
  #callsOf(f: Die): readonly Call[] {
    this.#calls ??= this.#indexCalls();
    const own = new Set(lineage(f).map(({ place }) => place));
    const name = through(f, DW_AT.external)?.flag(DW_AT.external) ? nameOf(f) : undefined;
    const found: Call[] = [];
    for (const [origin, calls] of this.#calls) {
      if (own.has(origin) || (name !== undefined && this.#declaredName(origin) === name)) found.push(...calls);
    }
    return found;
  }

  #declaredName(place: number): string | undefined {
    if (!this.#names.has(place)) {
      const die = this.#dwarf.findDie(place);
      this.#names.set(place, die?.flag(DW_AT.declaration) && die.flag(DW_AT.external) ? nameOf(die) : undefined);
    }
    return this.#names.get(place);
  }

  #indexCalls(): ReadonlyMap<number, readonly Call[]> {
    const index = new Map<number, Call[]>();
    for (const unit of this.#dwarf.units) {
      const { base } = unit.dwarf;
      let outer = 0;
      scanUnit(unit, {
        wants: ({ tag }) => ({ visit: tag === DW_TAG.subprogram || callTags.has(tag), enter: enteredTags.has(tag) }),
        visit(offset, { tag, attributes }, origin) {
          if (tag === DW_TAG.subprogram) outer = offset + base;
          else if (origin !== 0 && !attributes.some(({ name }) => tailCalls.has(name))) {
            const call = { site: offset + base, outer };
            const calls = index.get(origin);
            if (calls) calls.push(call);
            else index.set(origin, [call]);
          }
        },
      });
    }
    return index;
  }
}

const callTags: ReadonlySet<number> = new Set([DW_TAG.call_site, DW_TAG.GNU_call_site]);
const tailCalls: ReadonlySet<number> = new Set([DW_AT.call_tail_call, DW_AT.GNU_tail_call]);
const enteredTags: ReadonlySet<number> = new Set([
  DW_TAG.compile_unit,
  DW_TAG.partial_unit,
  DW_TAG.namespace,
  DW_TAG.subprogram,
  DW_TAG.inlined_subroutine,
  DW_TAG.lexical_block,
]);

function nameOf(die: Die): string | undefined {
  return through(die, DW_AT.linkage_name)?.string(DW_AT.linkage_name) ?? through(die, DW_AT.name)?.string(DW_AT.name);
}

function placeOfReturnAddress({ rules, returnAddressRegister }: UnwindRow): EntryPlan["returnAddress"] | undefined {
  const rule = rules.get(returnAddressRegister);
  if (rule?.kind === "offset") return { offset: rule.offset };
  return rule === undefined || rule.kind === "same-value" ? { register: returnAddressRegister } : undefined;
}
