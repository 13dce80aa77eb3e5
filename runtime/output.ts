/**
 * The output of a session: in order, to an injected sink, which buffers.
 *
 * What scripts print is stream 1, messages are stream 2. The sink also takes what the traced program writes, so it
 * alone can keep the order of all three. Text is in the latin-1 view of base/bytestring.ts.
 */
import { limits } from "../base/limits.ts";

export interface Sink {
  write(stream: 1 | 2, text: string): void;
}

export class Output {
  readonly #sink: Sink;
  readonly #showWarnings: boolean;
  readonly #warned = new Set<string>();

  constructor(sink: Sink, showWarnings = true) {
    this.#sink = sink;
    this.#showWarnings = showWarnings;
  }

  print(text: string): void {
    if (text !== "") this.#sink.write(1, text);
  }

  /** One line on the message stream. */
  message(line: string): void {
    this.#sink.write(2, `${line}\n`);
  }

  /** `warn()`: the same text is shown once. */
  warn(text: string): void {
    if (!this.#showWarnings || this.#warned.has(text)) return;
    if (this.#warned.size < limits.maxDistinctWarnings) this.#warned.add(text);
    this.message(`WARNING: ${text.replace(/\n$/, "")}`);
  }
}
