/**
 * The manifest of a module: what the runtime must know before it runs a handler, as JSON.
 *
 * Written after the functions, since only they tell which globals were given a pointer.
 */
import { ABI_VERSION, type GlobalSpec, type Manifest, type ResolvedProbe } from "../../../abi/manifest.ts";
import type { ScalarType } from "../../../abi/values.ts";
import type { DerivedProbe, GlobalSymbol } from "../program.ts";
import { quote } from "./literals.ts";
import type { ModuleScope } from "./scope.ts";

export function makeManifest(module: ModuleScope): Manifest {
  const { program } = module;
  return {
    abi: ABI_VERSION,
    script: program.script,
    globals: program.globals.map((symbol) => globalSpec(module, symbol)),
    probes: program.probes.map((probe) => resolvedProbe(module, probe)),
    ...(program.plans.length > 0 && { plans: program.plans }),
    ...(program.pretty.length > 0 && { pretty: program.pretty }),
    ...(program.enums.length > 0 && { enums: program.enums }),
    limits: program.limits,
  };
}

/** Whether the global lives in the module itself, as a `let`. */
export function isScalar(symbol: GlobalSymbol): boolean {
  return symbol.keys.length === 0 && symbol.type !== "stats";
}

/** JSON that is JavaScript too: ASCII only; what fits on a line stands on one. */
export function json(data: unknown, indent = ""): string {
  if (typeof data === "string") return quote(data);
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  const inner = `${indent}  `;
  const isArray = Array.isArray(data);
  const parts = isArray
    ? data.map((item) => json(item, inner))
    : Object.entries(data)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${quote(key)}: ${json(item, inner)}`);
  const [open, close, space] = isArray ? ["[", "]", ""] : ["{", "}", " "];
  if (parts.length === 0) return open + close;
  const flat = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (indent.length + flat.length <= LINE && !flat.includes("\n")) return flat;
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

const LINE = 110;

function resolvedProbe(module: ModuleScope, { resolved, entry }: DerivedProbe): ResolvedProbe {
  const { spec } = resolved;
  if (!entry || (spec.kind !== "uprobe" && spec.kind !== "kernel")) return resolved;
  const globals = entry.globals.flatMap((symbol) => module.globalNames.get(symbol) ?? []);
  return { ...resolved, spec: { ...spec, entry: { probe: entry.probe, globals } } };
}

function globalSpec(module: ModuleScope, symbol: GlobalSymbol): GlobalSpec {
  const { item, stat } = symbol;
  return {
    name: module.globalNames.get(symbol) ?? symbol.name,
    type: symbol.type === "unknown" ? "long" : symbol.type,
    keys: symbol.keys.map((type): ScalarType => (type === "unknown" ? "long" : type)),
    ...(item.size !== undefined && { size: item.size }),
    wrap: item.wrap,
    ...(stat && { stat }),
    autoPrint: symbol.written && !symbol.read && !symbol.synthetic && item.loc.source.role === "user",
    pointer: symbol.pointer === true || module.pointers.has(symbol),
  };
}
