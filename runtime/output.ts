/**
 * The output of a session: one channel of events, in order, to a writer that says how they look.
 *
 * Scripts print through `print`, which is on the path of every hit and adds nothing to what the writer does. Warnings
 * are shown once. The writers are `text-writer.ts`, `json-writer.ts` and `csv-writer.ts`; a writer hands its text to
 * an injected sink, which buffers. The sink also takes what the traced program writes, so it alone can keep the order
 * of all. Text is in the latin-1 view of base/bytestring.ts.
 */
import type { Chart, Value } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";

/** Stream 1 is the script's own output, stream 2 are messages. */
export interface Sink {
  write(stream: 1 | 2, text: string): void;
  /** The session is over, though what it traced may go on: nothing waits any longer. */
  flush?(): void;
}

export type OutputFormat = "text" | "json" | "csv";

export interface OutputWriter {
  print(text: string): void;
  histogram(chart: Chart): void;
  /** A global that a script writes and never reads, when its session ends. */
  global(global: PrintedGlobal): void;
  error(text: string): void;
  warning(text: string): void;
  /** A line that is neither. */
  note(text: string): void;
  /** A hit whose handler did not run; `total` so far. */
  lost(total: number): void;
  /** So many probes are put in place now; hits come after it. */
  attached(probes: number): void;
}

/** Whose hit an event belongs to; nothing of it outside of hits, no task where the hit has none. */
export interface Origin {
  readonly probe?: string;
  readonly pid?: number;
  readonly tid?: number;
}

export type PrintedGlobal = { readonly name: string } & (
  | { readonly kind: "value"; readonly value: Value; readonly pointer: boolean }
  | { readonly kind: "stats"; readonly readings: Readings }
  | {
      readonly kind: "map";
      readonly arity: number;
      readonly pointer: boolean;
      readonly entries: readonly Entry<Value>[];
    }
  | { readonly kind: "stats-map"; readonly arity: number; readonly entries: readonly Entry<Readings>[] }
);

interface Entry<V> {
  readonly keys: readonly Value[];
  readonly value: V;
}

/** All that is shown of an aggregate that nobody reads; an empty one has its count alone. */
export interface Readings {
  readonly count: Long;
  readonly min?: Long;
  readonly max?: Long;
  readonly sum?: Long;
  readonly avg?: Long;
}

export interface OutputOptions {
  /** -w: no warnings. */
  readonly hideWarnings?: boolean;
  /** -vv: a warning as often as it is given. */
  readonly repeatWarnings?: boolean;
}

export class Output {
  readonly #writer: OutputWriter;
  readonly #options: OutputOptions;
  readonly #warned = new Set<string>();

  constructor(writer: OutputWriter, options: OutputOptions = {}) {
    this.#writer = writer;
    this.#options = options;
  }

  print(text: string): void {
    if (text !== "") this.#writer.print(text);
  }

  histogram(chart: Chart): void {
    this.#writer.histogram(chart);
  }

  global(global: PrintedGlobal): void {
    this.#writer.global(global);
  }

  /** The same text is shown once; of texts beyond the limit, each time. */
  warn(text: string): void {
    if (!this.#options.repeatWarnings) {
      if (this.#warned.has(text)) return;
      if (this.#warned.size < limits.maxDistinctWarnings) this.#warned.add(text);
    }
    this.#warning(text.replace(/\n$/, ""));
  }

  /** What the session itself has to say: a line that begins with `ERROR: ` or `WARNING: `, or with neither. */
  message(line: string): void {
    if (line.startsWith(ERROR)) this.#writer.error(line.slice(ERROR.length));
    else if (line.startsWith(WARNING)) this.#warning(line.slice(WARNING.length));
    else this.#writer.note(line);
  }

  #warning(text: string): void {
    if (!this.#options.hideWarnings) this.#writer.warning(text);
  }

  lost(total: number): void {
    this.#writer.lost(total);
  }

  attached(probes: number): void {
    this.#writer.attached(probes);
  }
}

const ERROR = "ERROR: ";
const WARNING = "WARNING: ";
