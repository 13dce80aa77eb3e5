/**
 * The output of a session: buffered, in order, to an injected sink.
 *
 * What scripts print is stream 1, messages are stream 2. A message first sends what was printed before it, so the
 * two streams keep their order where they meet. Text is in the latin-1 view of base/bytestring.ts.
 */
import { limits } from "../base/limits.ts";

export interface Sink {
  write(stream: 1 | 2, text: string): void;
}

export class Output {
  readonly #sink: Sink;
  readonly #showWarnings: boolean;
  readonly #warned = new Set<string>();
  #pending = "";

  constructor(sink: Sink, showWarnings = true) {
    this.#sink = sink;
    this.#showWarnings = showWarnings;
  }

  print(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= limits.maxOutputBuffer) this.flush();
  }

  /** One line on the message stream. */
  message(line: string): void {
    this.flush();
    this.#sink.write(2, `${line}\n`);
  }

  /** `warn()`: the same text is shown once. */
  warn(text: string): void {
    if (!this.#showWarnings || this.#warned.has(text)) return;
    if (this.#warned.size < limits.maxDistinctWarnings) this.#warned.add(text);
    this.message(`WARNING: ${text.replace(/\n$/, "")}`);
  }

  flush(): void {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    this.#sink.write(1, text);
  }
}
