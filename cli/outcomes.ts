/**
 * How runs ended, and which of them ended alike: by exit status and what was written to standard output and standard error.
 *
 * `schedules.ts` records one `Transcript` a run. Of runs that ended alike the first is kept, and of that as much as anybody would
 * read; all that is written counts, by its digest.
 */
import { createHash } from "node:crypto";
import { toBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";

/** What one run wrote; byte strings. */
export class Transcript {
  readonly #hash = createHash("sha256");
  /** The beginning. */
  text = "";
  size = 0;

  write(text: string): void {
    this.#hash.update(toBytes(text));
    this.size += text.length;
    if (this.text.length < limits.maxTranscript) this.text += text.slice(0, limits.maxTranscript - this.text.length);
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

export interface Run {
  readonly status: number;
  readonly out: Transcript;
  readonly err: Transcript;
}

interface Outcome {
  readonly firstSeed: number;
  readonly status: number;
  /** Of as many outcomes as are shown. */
  readonly texts: { readonly out: Transcript; readonly err: Transcript } | undefined;
  count: number;
}

const INDENT = "    ";

export class Outcomes {
  readonly #byDigest = new Map<string, Outcome>();
  #runs = 0;

  add(seed: number, { status, out, err }: Run): void {
    this.#runs++;
    const digest = `${status} ${out.digest()} ${err.digest()}`;
    const known = this.#byDigest.get(digest);
    if (known) known.count++;
    else {
      const texts = this.#byDigest.size < limits.maxShownOutcomes ? { out, err } : undefined;
      this.#byDigest.set(digest, { firstSeed: seed, status, texts, count: 1 });
    }
  }

  /** That of every run, or 1 when they differ. */
  get status(): number {
    const [first, second] = this.#byDigest.values();
    return first && !second ? first.status : 1;
  }

  /** In the order in which the outcomes were met; a byte string. */
  report(): string {
    const all = [...this.#byDigest.values()];
    const first = all[0]?.texts;
    const parts = all.flatMap((outcome) => (outcome.texts ? [this.#describe(outcome, outcome.texts, first)] : []));
    const rest = all.filter(({ texts }) => !texts);
    const seeds = rest.slice(0, limits.maxShownOutcomes).map(({ firstSeed }) => firstSeed);
    if (rest.length > 0) {
      const more = rest.length > seeds.length ? ", \u2026" : "";
      parts.push(`${count(rest.length, "other outcome")}, first with --seed ${seeds.join(", ")}${more}\n`);
    }
    return [`${count(this.#runs, "schedule")}, ${count(all.length, "outcome")}\n`, ...parts].join("\n");
  }

  #describe(outcome: Outcome, { out, err }: NonNullable<Outcome["texts"]>, first: Outcome["texts"]): string {
    const isFirst = first?.out === out;
    return [
      `${outcome.count} of ${this.#runs}, first with --seed ${outcome.firstSeed}: exit status ${outcome.status}\n`,
      show("standard output", out, isFirst ? undefined : first?.out),
      show("standard error", err, isFirst ? undefined : first?.err),
    ].join("");
  }
}

/** A few lines, from where they are others than those of the first outcome. */
function show(name: string, { text, size }: Transcript, first: Transcript | undefined): string {
  if (size === 0 && !first?.size) return "";
  if (first && first.text === text && first.size === size) return `  ${name}: as above\n`;
  if (size === 0) return `  ${name}: nothing\n`;
  const lines = text.replace(/\n$/, "").split("\n");
  const others = first?.text.replace(/\n$/, "").split("\n") ?? [];
  let same = 0;
  while (same < lines.length - 1 && lines[same] === others[same]) same++;
  const shown = lines.slice(same, same + limits.maxShownLines);
  const left = size - lines.slice(0, same + shown.length).join("\n").length - 1;
  return [
    same > 0 ? `  ${name}, after ${count(same, "line")} as above:\n` : `  ${name}:\n`,
    ...shown.map((line) => `${INDENT}${line}\n`),
    left > 0 ? `${INDENT}(${count(left, "more byte")})\n` : "",
  ].join("");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
