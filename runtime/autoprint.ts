/**
 * Prints the globals that a script writes and never reads, when its session ends.
 *
 * Scalars are `name=5`, `name="text"`, pointers hexadecimal; arrays one line an entry, largest value first; aggregates
 * show their five readings.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { ModuleInstance, RuntimeApi, Value } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import { quoteBytes } from "../base/escape.ts";
import { unsigned } from "../base/int64.ts";
import { ScalarTable, StatTable } from "./maps.ts";
import { Aggregate } from "./stats.ts";

export function printUnreadGlobals(
  specs: readonly GlobalSpec[],
  globals: RuntimeApi["globals"],
  scalars: ModuleInstance["scalars"],
): string {
  return specs.map((spec, index) => (spec.autoPrint ? printGlobal(spec, globals[index], scalars) : "")).join("");
}

function printGlobal(
  spec: GlobalSpec,
  global: RuntimeApi["globals"][number],
  scalars: ModuleInstance["scalars"],
): string {
  if (global instanceof ScalarTable) {
    const entries = global.walk({ by: "value", direction: -1 });
    return entries.map(({ keys, value }) => `${spec.name}${index(keys)}=${show(value, spec.pointer)}\n`).join("");
  }
  if (global instanceof StatTable) {
    const entries = global.walk({ by: "value", direction: -1 });
    return entries.map(({ keys, value }) => `${spec.name}${index(keys)} ${readings(value)}\n`).join("");
  }
  if (global instanceof Aggregate) return `${spec.name} ${readings(global)}\n`;
  const scalar = scalars[spec.name] ?? bug("runtime/autoprint", `no value of global ${spec.name}`);
  return `${spec.name}=${show(scalar.get(), spec.pointer)}\n`;
}

function index(keys: readonly Value[]): string {
  return `[${keys.map((key) => show(key, false)).join(",")}]`;
}

function show(value: Value, pointer: boolean): string {
  if (typeof value === "string") return quoteBytes(value);
  return pointer ? `0x${unsigned(value).toString(16)}` : String(value);
}

function readings(stat: Pick<Aggregate, "count" | "min" | "max" | "sum" | "avg">): string {
  if (stat.count() === 0) return "@count=0x0";
  return `@count=${stat.count()} @min=${stat.min()} @max=${stat.max()} @sum=${stat.sum()} @avg=${stat.avg()}`;
}
