/** Pass "stats": what must be kept of each statistic, from the operators that the script applies to it. */
import type { HistogramSpec, StatSpec } from "../../../abi/manifest.ts";
import { limits } from "../../../base/limits.ts";
import type { Block, Expression, HistogramOperation } from "../../ast.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import type { GlobalSymbol } from "../program.ts";

/** A statistic that is only written is printed at the end with these. */
const printedAtEnd: StatSpec["operators"] = ["@count", "@min", "@max", "@sum", "@avg"];

export function stats(c: Compilation): void {
  const specs = new Map<GlobalSymbol, { operators: StatSpec["operators"][number][]; histograms: HistogramSpec[] }>();
  for (const symbol of c.globals) {
    if (symbol.type !== "stats") continue;
    specs.set(symbol, { operators: symbol.written && !symbol.read ? [...printedAtEnd] : [], histograms: [] });
  }
  const specOf = (operand: Expression) => {
    const name = operand.kind === "index" ? operand.array : operand;
    const symbol = name.kind === "name" ? c.symbols.get(name) : undefined;
    return symbol?.kind === "global" ? specs.get(symbol) : undefined;
  };
  const bodies = new Set<Block>(c.drafts.map((draft) => draft.body));
  for (const { item } of c.functions) if (item.body.kind === "block") bodies.add(item.body);
  for (const body of bodies) {
    walk(body, (n) => {
      if (n.kind === "stat") add(specOf(n.operand)?.operators, n.operator);
      if (n.kind === "foreach" && n.array.kind === "name" && n.sort?.by === "value") {
        add(specOf(n.array)?.operators, n.sort.operator ?? "@count");
      }
      if (n.kind !== "histogram") return;
      const spec = specOf(n.operand);
      const histogram = histogramSpec(c, n);
      if (!spec || !histogram) return;
      const text = JSON.stringify(histogram);
      let index = spec.histograms.findIndex((other) => JSON.stringify(other) === text);
      if (index < 0) index = spec.histograms.push(histogram) - 1;
      c.histograms.set(n, index);
    });
  }
  for (const [symbol, spec] of specs) symbol.stat = spec;
}

function add<T>(list: T[] | undefined, item: T): void {
  if (list && !list.includes(item)) list.push(item);
}

function histogramSpec(c: Compilation, n: HistogramOperation): HistogramSpec | undefined {
  if (n.operator === "@hist_log") return { kind: "log" };
  const [low, high, width] = n.parameters.map((parameter) => Number(parameter.value));
  if (low === undefined || high === undefined || width === undefined) {
    c.diagnostics.error("sem-arity", "@hist_linear needs low, high and width", n.loc);
    return undefined;
  }
  // One bucket each for what is below and above.
  const buckets = Math.floor((high - low) / width) + 3;
  if (width <= 0 || high < low || buckets > limits.maxHistogramBuckets) {
    c.diagnostics.error("sem-type", `a histogram has 1 to ${limits.maxHistogramBuckets} buckets`, n.loc);
    return undefined;
  }
  return { kind: "linear", low, high, width };
}
