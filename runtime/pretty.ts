/**
 * Values as text, `$x$` and `$x$$`: evaluates the pretty plans of abi/plan.ts on a stopped task.
 *
 * Each value of the plan's format is read like any `$variable`; when one cannot be read the whole is `ERROR`. A string
 * that cannot be read is shown as its address.
 */
import type { PrettyPlan, PrettyValue } from "../abi/plan.ts";
import { quoteWithin } from "../base/escape.ts";
import { type Long, unsigned } from "../base/int64.ts";
import type { Task } from "../target/target.ts";
import { ScriptError } from "./errors.ts";
import { compileFormat } from "./format.ts";
import { compilePlan, type ReadMemory } from "./variables.ts";

export type PrettyReader = (task: Task, bias: number, dynamic: readonly Long[], text: TextReader) => string;

/** Strings of the task, and how long one of the language may be. */
export interface TextReader {
  readonly maxString: number;
  readString(address: Long, limit: number): string | undefined;
}

export function compilePretty({ text, base, format, values }: PrettyPlan, readMemory: ReadMemory): PrettyReader {
  const print = compileFormat(format, () => undefined);
  const readers = values.map((value) => ({
    value,
    read: compilePlan({ text, base, steps: value.steps, fetch: value.fetch, pointer: false }, readMemory),
  }));
  return (task, bias, dynamic, strings) => {
    try {
      const shown = readers.map(({ value, read }) => shownValue(value, read(task, bias, dynamic), strings));
      return print(...shown).slice(0, strings.maxString - 1);
    } catch (error) {
      if (error instanceof ScriptError) return "ERROR";
      throw error;
    }
  };
}

function shownValue({ string }: PrettyValue, value: Long, strings: TextReader): Long | string {
  if (string === undefined) return value;
  // One byte more than fits tells whether all of it does.
  const limit = string === 0 ? strings.maxString : Math.min(string, strings.maxString);
  const text = strings.readString(value, limit);
  return text === undefined ? `0x${unsigned(value).toString(16)}` : quoteWithin(text, strings.maxString - 1);
}
