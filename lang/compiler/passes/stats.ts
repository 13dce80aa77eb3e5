/**
 * Pass "stats": what must be kept of each statistic, from the operators that the script applies to it.
 *
 * A global has one bit shift for `@variance` (0 counts as none until another is given, as in the reference) and one
 * histogram; a second one that differs is an error at its operator.
 */
import type { HistogramSpec, StatSpec } from "../../../abi/manifest.ts";
import { limits } from "../../../base/limits.ts";
import type { Block, Expression, HistogramOperation, StatOperation } from "../../ast.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import type { GlobalSymbol } from "../program.ts";

/** A statistic that is only written is printed at the end with these. */
const printedAtEnd: StatSpec["operators"] = ["@count", "@min", "@max", "@sum", "@avg"];

/** `@variance(s, 62)` is the last that leaves a sign and a bit. */
const MAX_SHIFT = 62;

interface Kept {
  readonly symbol: GlobalSymbol;
  readonly operators: StatSpec["operators"][number][];
  readonly histograms: HistogramSpec[];
  shift: number;
}

export function stats(c: Compilation): void {
  const all = new Map<GlobalSymbol, Kept>();
  for (const symbol of c.globals) {
    if (symbol.type !== "stats") continue;
    const operators = symbol.written && !symbol.read ? [...printedAtEnd] : [];
    all.set(symbol, { symbol, operators, histograms: [], shift: 0 });
  }
  const keptOf = (operand: Expression): Kept | undefined => {
    const name = operand.kind === "index" ? operand.array : operand;
    const symbol = name.kind === "name" ? c.symbols.get(name) : undefined;
    return symbol?.kind === "global" ? all.get(symbol) : undefined;
  };
  const bodies = new Set<Block>(c.drafts.map((draft) => draft.body));
  for (const { item } of c.functions) if (item.body.kind === "block") bodies.add(item.body);
  for (const body of bodies) {
    walk(body, (n) => {
      if (n.kind === "stat") addReading(c, keptOf(n.operand), n);
      else if (n.kind === "histogram") addHistogram(c, keptOf(n.operand), n);
      else if (n.kind === "foreach" && n.array.kind === "name" && n.sort?.by === "value") {
        addOperator(keptOf(n.array), n.sort.operator ?? "@count");
      }
    });
  }
  for (const { symbol, operators, histograms, shift } of all.values()) {
    symbol.stat = { operators, histograms, ...(shift > 0 && { shift }) };
  }
}

function addOperator(kept: Kept | undefined, operator: Kept["operators"][number]): void {
  if (kept && !kept.operators.includes(operator)) kept.operators.push(operator);
}

function addReading(c: Compilation, kept: Kept | undefined, n: StatOperation): void {
  addOperator(kept, n.operator);
  if (!kept || n.operator !== "@variance") return;
  const shift = Number(n.parameters[0]?.value ?? 0);
  if (shift < 0 || shift > MAX_SHIFT) {
    c.diagnostics.error("sem-type", `@variance scales by 0 to ${MAX_SHIFT} bits, not ${shift}`, n.loc);
  } else if (kept.shift !== 0 && kept.shift !== shift) {
    const message = `'${kept.symbol.name}' has two scales for @variance: ${kept.shift} bits and ${shift}`;
    c.diagnostics.error("sem-type", message, n.loc);
  } else kept.shift = shift;
}

function addHistogram(c: Compilation, kept: Kept | undefined, n: HistogramOperation): void {
  const histogram = histogramSpec(c, n);
  if (!kept || !histogram) return;
  const [known] = kept.histograms;
  if (!known) kept.histograms.push(histogram);
  else if (JSON.stringify(known) !== JSON.stringify(histogram)) {
    const message = `'${kept.symbol.name}' has two histograms: ${histogramText(known)} and ${histogramText(histogram)}`;
    c.diagnostics.error("sem-type", message, n.loc);
  }
  c.histograms.set(n, 0);
}

function histogramText(spec: HistogramSpec): string {
  return spec.kind === "log" ? "@hist_log" : `@hist_linear from ${spec.low} to ${spec.high} by ${spec.width}`;
}

/** Bad parameters are found here; the reference finds them when the session starts. */
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
