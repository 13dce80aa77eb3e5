/** The table of probe families, and what is known of and missing: behind it a new family is one file and one row. */
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { ProbePoint } from "../../ast.ts";
import { type Family, type Resolution, unknownComponent, unsupported } from "./family.ts";
import { processFamily } from "./process.ts";
import { begin, end, error, never } from "./session.ts";
import { timer } from "./timer.ts";

const families: readonly Family[] = [begin, end, error, never, timer, processFamily];

/** First components of the language that this version does not resolve. */
// biome-ignore format: table
const missing: ReadonlySet<string> = new Set([
  "kernel", "module", "kprobe", "procfs", "perf", "netfilter", "debuginfod", "java", "python2", "python3", "input",
]);

/** `aliases` are the names that would have worked too, for the hint. */
export function resolvePoint(point: ProbePoint, symbols: SymbolSource, aliases: readonly string[]): Resolution {
  const head = point.components[0];
  if (!head) return [];
  for (const component of point.components) {
    if (component.name.includes("*")) return unsupported("wildcards in a probe point", component);
  }
  const family = families.find((candidate) => candidate.head === head.name);
  if (family) return family.resolve(point, symbols);
  if (missing.has(head.name)) return unsupported(`probe family '${head.name}'`, head);
  return unknownComponent(head, [...families.map((candidate) => candidate.head), ...aliases]);
}
