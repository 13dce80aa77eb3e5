/** Output as people read it: what scripts print as it is, messages a line each on the message stream. */
import type { Chart } from "../abi/module.ts";
import { globalAsText } from "./autoprint.ts";
import type { OutputWriter, PrintedGlobal, Sink } from "./output.ts";

export class TextWriter implements OutputWriter {
  protected readonly sink: Sink;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  print(text: string): void {
    this.sink.write(1, text);
  }

  histogram(chart: Chart): void {
    this.print(chart.render());
  }

  global(global: PrintedGlobal): void {
    const text = globalAsText(global);
    if (text !== "") this.print(text);
  }

  error(text: string): void {
    this.sink.write(2, `ERROR: ${text}\n`);
  }

  warning(text: string): void {
    this.sink.write(2, `WARNING: ${text}\n`);
  }

  note(text: string): void {
    this.sink.write(2, `${text}\n`);
  }

  /** The session tells the sum when it ends. */
  lost(): void {}

  attached(): void {}
}
