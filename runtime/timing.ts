/**
 * The report of -t: how often each handler ran and how long it took.
 *
 * The session records every run; the table is written when the session is over. Times are nanoseconds of the host's
 * clock where there is one, for a handler costs nothing on a virtual clock.
 */
import type { ResolvedProbe } from "../abi/manifest.ts";

interface Row {
  hits: number;
  sum: number;
  min: number;
  max: number;
}

export class Timing {
  readonly #rows: Row[];

  constructor(probes: number) {
    this.#rows = Array.from({ length: probes }, () => ({ hits: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0 }));
  }

  record(probe: number, ns: number): void {
    const row = this.#rows[probe]!;
    row.hits++;
    row.sum += ns;
    if (ns < row.min) row.min = ns;
    if (ns > row.max) row.max = ns;
  }

  total(probe: number): { readonly hits: number; readonly sum: number } {
    return this.#rows[probe]!;
  }

  clear(): void {
    for (const row of this.#rows) Object.assign(row, { hits: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0 });
  }

  /** A head and a line for each probe, in order of the script. */
  report(probes: readonly ResolvedProbe[]): readonly string[] {
    const rows = this.#rows.flatMap(({ hits, sum, min, max }, i) => {
      if (probes[i]?.spec.kind === "condition") return [];
      const times = hits === 0 ? ["-", "-", "-"] : [min, Math.round(sum / hits), max].map(String);
      return cells([String(hits), ...times], probes[i] ? origin(probes[i]) : "");
    });
    return [cells(["hits", "min ns", "avg ns", "max ns"], "probe"), ...rows];
  }
}

function cells(numbers: readonly string[], text: string): string {
  return `${numbers.map((cell) => cell.padStart(10)).join(" ")}  ${text}`;
}

/** `begin (a.stp:1)`, and the alias that the probe was written with. */
function origin({ point, name, source }: ResolvedProbe): string {
  const alias = name === point ? "" : ` from ${name}`;
  return `${point} (${source.file}:${source.line})${alias}`;
}
