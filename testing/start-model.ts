/**
 * A kernel model of a test's own: programs, files and input are given, output is collected.
 *
 * Called by `probe` and by tests that want the machine itself, to attach their own hooks.
 */
import { fromBytes, fromText, toBytes } from "../base/bytestring.ts";
import type { Console } from "../kernel/files/console.ts";
import { createModel, type Model, type ModelOptions } from "../kernel/model.ts";
import { ProgramError } from "../kernel/scripted/program-error.ts";
import type { WorldOptions } from "./options.ts";

export interface TestModelOptions extends WorldOptions, Pick<ModelOptions, "root" | "cpu"> {}

export interface TestModel {
  readonly model: Model;
  readonly console: Console;
  /** What programs have written to descriptors 1 and 2 so far; byte strings. */
  readonly output: { out: string; err: string };
  /** What JavaScript programs have thrown. */
  readonly errors: readonly unknown[];
}

const PROGRAM = "/program";

export function startModel(options: TestModelOptions): TestModel {
  const output = { out: "", err: "" };
  const errors: unknown[] = [];
  const console = collectingConsole(options.input ?? "", output);
  const model = createModel({ ...modelOptions(options), console, onScriptError: (_task, error) => errors.push(error) });
  return { model, console, output, errors };
}

/** For `createModel`, without a console. */
export function modelOptions({
  program,
  programs,
  files = {},
  executables = {},
  input: _input,
  ...rest
}: TestModelOptions) {
  if (program === undefined) throw new ProgramError("a program is needed: { program: function* (sys, memory) {} }");
  const given = typeof program === "function" ? { main: program } : program;
  const own = typeof given === "string" ? {} : { [PROGRAM]: given };
  const path = typeof given === "string" ? given : PROGRAM;
  return {
    ...rest,
    program: path,
    argv: rest.argv ?? [path],
    programs: { ...programs, ...own },
    extraFiles: { ...withMode(files, 0o644), ...withMode(executables, 0o755) },
  };
}

function withMode(files: { readonly [path: string]: string | Uint8Array }, mode: number) {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, { content, mode }]));
}

export function collectingConsole(input: string, output: { out: string; err: string }): Console {
  const bytes = toBytes(fromText(input));
  let at = 0;
  return {
    write(stream, chunk) {
      output[stream === 1 ? "out" : "err"] += fromBytes(chunk);
      return undefined;
    },
    read(max) {
      if (at >= bytes.length) return "eof";
      const chunk = bytes.subarray(at, at + max);
      at += chunk.length;
      return chunk;
    },
    isTty: () => false,
    windowSize: () => ({ rows: 24, columns: 80 }),
  };
}
