/**
 * A histogram as text, as the language prints it: a row for each bucket, with a bar as long as its share.
 *
 * Called by `histogram.ts`. Rows go from the first bucket that holds something to the last, with a margin; of a longer run
 * of empty ones in between a single `~` is left.
 */
import type { HistogramSpec } from "../abi/manifest.ts";

/** The bucket of a log histogram that holds 0. */
export const LOG_ZERO = 64;

/** Empty rows shown before the first and after the last sample. */
const MARGIN = 2;

/** There is a sample. `columns`: width of the longest bar; `elision`: see HIST_ELISION in base/limits.ts. */
export function renderHistogram(spec: HistogramSpec, counts: Float64Array, columns: number, elision: number): string {
  const width = Math.max(1, columns);
  const [from, to] = bounds(spec, counts);
  const most = largest(counts);
  const scale = Math.max(1, Math.ceil(most / width));
  const labelWidth = widthOfLabels(spec, counts.length, from, to);
  const countWidth = String(most).length;
  let text = `${"value".padStart(labelWidth)} |${"-".repeat(width)} count\n`;
  let left = false;
  for (let index = from; index <= to; index++) {
    if (elision >= 0 && !hasSamples(counts, Math.max(from, index - elision), Math.min(to, index + elision))) {
      left = true;
      continue;
    }
    // What is left out after the last row that is shown bears no mark.
    if (left) text += `${" ".repeat(labelWidth)} ~\n`;
    left = false;
    const count = counts[index]!;
    const bar = "@".repeat(Math.floor(count / scale)).padEnd(width);
    text += `${label(spec, counts.length, index).padStart(labelWidth)} |${bar} ${String(count).padStart(countWidth)}\n`;
  }
  return `${text}\n`;
}

/** The first and the last bucket that may have a row: those with samples, and a margin. */
function bounds(spec: HistogramSpec, counts: Float64Array): readonly [number, number] {
  let first = 0;
  while (first < counts.length && counts[first] === 0) first++;
  let last = counts.length - 1;
  while (last > first && counts[last] === 0) last--;
  // Rows for what is below and above a linear histogram, and below zero in a logarithmic one, only with samples.
  const linear = spec.kind === "linear";
  const lowest = linear ? Math.min(first, 1) : first < LOG_ZERO ? 0 : LOG_ZERO;
  const highest = linear ? Math.max(last, counts.length - 2) : counts.length - 1;
  return [Math.max(lowest, first - MARGIN), Math.min(highest, last + MARGIN)];
}

function largest(counts: Float64Array): number {
  let most = 0;
  for (let index = 0; index < counts.length; index++) if (counts[index]! > most) most = counts[index]!;
  return most;
}

/** Rows that are left out count too; a linear histogram takes its start and what would come after its last row. */
function widthOfLabels(spec: HistogramSpec, buckets: number, from: number, to: number): number {
  const ends =
    spec.kind === "log"
      ? [label(spec, buckets, from), label(spec, buckets, to)]
      : [`${from === 0 ? "<" : ""}${spec.low}`, `${to === buckets - 1 ? ">" : ""}${spec.low + spec.width * to}`];
  return Math.max("value".length, ...ends.map((text) => text.length));
}

function hasSamples(counts: Float64Array, from: number, to: number): boolean {
  for (let index = from; index <= to; index++) if (counts[index] !== 0) return true;
  return false;
}

function label(spec: HistogramSpec, buckets: number, index: number): string {
  if (spec.kind === "log") {
    if (index === LOG_ZERO) return "0";
    const bit = Math.abs(index - LOG_ZERO) - 1;
    return `${index > LOG_ZERO ? "" : "-"}${bit < 53 ? 2 ** bit : 1n << BigInt(bit)}`;
  }
  if (index === 0) return `<${spec.low}`;
  // The last bucket starts at the multiple of the width that is at or below `high`.
  if (index === buckets - 1) return `>${spec.low + (index - 2) * spec.width}`;
  return String(spec.low + (index - 1) * spec.width);
}
