/** Runs a fixture of test/fixtures in the model, with that folder as the root, and collects what it writes. */
import { openHostFolder } from "../../cli/host-files.ts";
import { createModel, type Model, type ModelOptions } from "../../kernel/model.ts";
import { type Disposition, RESUME, type TaskEvent } from "../../target/events.ts";
import type { RunResult, Task } from "../../target/target.ts";

export const fixtures = new URL("../fixtures/kernel/", import.meta.url).pathname;

export interface Outcome {
  readonly model: Model;
  readonly result: RunResult;
  readonly output: string;
}

export function start(program: string, options: Partial<ModelOptions> = {}): { model: Model; output: () => string } {
  let output = "";
  const model = createModel({
    root: openHostFolder(fixtures),
    console: {
      write: (_stream, bytes) => {
        output += Buffer.from(bytes).toString("latin1");
        return undefined;
      },
      read: () => "eof",
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
    program,
    ...options,
  });
  return { model, output: () => output };
}

/** Runs to the end; `event` sees every event that tasks are `wanted` for. */
export function run(
  program: string,
  argv: readonly string[],
  options: Partial<ModelOptions> = {},
  wanted = 0,
  event: (event: TaskEvent) => Disposition = () => RESUME,
): Outcome {
  const { model, output } = start(program, { argv: [program, ...argv], ...options });
  if (model.main) (model.main as Task).wanted = wanted;
  const result = model.run({
    event,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  return { model, result, output: output() };
}
