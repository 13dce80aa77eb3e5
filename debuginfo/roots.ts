/**
 * What an access begins at: a `$variable` at a site, a global by its name, a value of a known type.
 *
 * Called by `symbols.ts`.
 */
import type { ModulePlace, PlanBase } from "../abi/plan.ts";
import type { AccessRoot, ProbeSite, SymbolFailure } from "../abi/symbol-source.ts";
import { fail, type Start, startAtValue } from "./access.ts";
import { DW_TAG } from "./dwarf/constants.ts";
import { PT } from "./elf.ts";
import { toHex } from "./hex.ts";
import { near } from "./near.ts";
import type { Tables } from "./tables.ts";
import { tlsLocation, tlsRule } from "./tls.ts";
import { startAt, startOf, type VariableContext } from "./variables.ts";

export function startOfRoot(t: Tables, root: AccessRoot): Start | SymbolFailure {
  switch (root.kind) {
    case "variable": {
      const context = contextOf(t, root.site);
      return context
        ? startOf(context, root.name)
        : fail(`no debuginfo for '${root.site.function}' in ${t.binary.path}${t.binary.remarks}`);
    }
    case "global":
      return startOfGlobal(t, root);
    case "value": {
      const die = t.binary.dwarf.findDie(Math.floor(root.type / 2));
      return die ? startAtValue(die, root.type % 2 === 1) : fail("a damaged type");
    }
  }
}

/** Undefined without debuginfo. */
export function contextOf(t: Tables, site: ProbeSite): VariableContext | undefined {
  const die = site.die === undefined ? undefined : t.binary.dwarf.findDie(site.die);
  const frame = site.inlinedIn === undefined ? die : t.binary.dwarf.findDie(site.inlinedIn);
  if (!die || frame?.tag !== DW_TAG.subprogram) return undefined;
  return {
    arch: t.binary.arch,
    function: die,
    frame,
    pc: BigInt(site.address),
    cfi: t.binary.cfi,
    ...threadLocals(t),
    entryValues: t.entryValues,
    findGlobal: (name) => t.names.findExternal(name),
    findEnumerator: (name) => t.names.findEnumerator(name),
  };
}

function startOfGlobal(t: Tables, root: AccessRoot & { kind: "global" }): Start | SymbolFailure {
  const context = root.site && contextOf(t, root.site);
  const die = t.names.findVariable(root.name, root.file, context?.function.unit);
  if (!die) {
    const where = root.file === undefined ? t.binary.path : `${root.file} of ${t.binary.path}`;
    const known = t.names.variableNames;
    return fail(`no variable '${root.name}' in ${where}${t.binary.remarks}`, near(root.name, known, 5));
  }
  const module = root.site ? undefined : placeOfModule(t);
  const baseOf = (expression: Uint8Array): PlanBase => {
    return { kind: "dwarf", expression: toHex(expression), ...(module && { module }) };
  };
  return startAt(die, root.name, { pc: 0n, ...threadLocals(t), baseOf });
}

function threadLocals(t: Tables): Pick<VariableContext, "tls" | "tlsLocation"> {
  return { tls: tlsRule(t.binary.elf), tlsLocation: (name) => tlsLocation(t.binary.symbols, name) };
}

/** What tells the load bias of this file in a process that has it mapped. */
function placeOfModule(t: Tables): ModulePlace | undefined {
  const load = t.binary.elf.programHeaders.find((header) => header.type === PT.LOAD);
  return load && { path: t.binary.path, fileOffset: load.offset, address: load.vaddr };
}
