/**
 * Builds the `RuntimeApi` of abi/module.ts: what a compiled module can call while it runs.
 *
 * Made once per session by `runtime/session.ts`. Arithmetic is `arithmetic.ts`; the rest hands over to tables,
 * aggregates, formats and output.
 */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { GlobalSpec, Manifest, StatSpec } from "../abi/manifest.ts";
import type { RuntimeApi } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import type { Long } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { compileRegex } from "../base/regex/regex.ts";
import { makeArithmetic } from "./arithmetic.ts";
import { embed } from "./embedded.ts";
import { caught, endOfActions, ScriptError } from "./errors.ts";
import { compileFormat, type ReadForFormat } from "./format.ts";
import { ScalarTable, StatTable } from "./maps.ts";
import type { Output } from "./output.ts";
import { Aggregate, everyReading } from "./stats.ts";

export interface ApiParts {
  readonly manifest: Manifest;
  readonly limits: ScriptLimits;
  readonly output: Output;
  readonly builtins: BuiltinTable;
  readonly readMemory: ReadForFormat;
  /** A handler used up its budget; when absent, that ends it. */
  readonly outOfActions?: () => void;
  /** Embedded code made so many steps; throws when it must end. */
  readonly stepped?: (steps: number) => void;
  /** An operation went through so many entries of an array. */
  readonly looked?: (entries: number) => void;
}

export function makeRuntimeApi(parts: ApiParts): RuntimeApi {
  const { manifest, limits, output, builtins, readMemory, outOfActions = endOfActions, stepped = () => {} } = parts;
  const longest = limits.MAXSTRINGLEN - 1;
  const buffer = limits.STP_BUFFER_SIZE;
  const api: RuntimeApi = {
    globals: manifest.globals.map((spec) => makeGlobal(spec, parts)),
    fn: builtins as RuntimeApi["fn"],
    ...makeArithmetic(nonZero),
    cat: (...parts) => {
      let text = "";
      for (let i = 0; i < parts.length; i++) text += parts[i];
      return text.length > longest ? text.slice(0, longest) : text;
    },
    cut: (text) => cutString(text, longest),
    format: (format) => compileFormat(format, readMemory),
    regex: (pattern) => makeMatcher(pattern),
    print: (text) => output.print(text.length > buffer ? text.slice(0, buffer) : text),
    printHistogram: (chart) => output.histogram(chart),
    caught,
    outOfActions,
    embed: (make, scalars) => embed({ globals: manifest.globals, runtime: api, stepped, scalars }, make),
    exhausted: (name) => {
      throw new ScriptError(`every candidate of function '${name}' moved on with 'next'`);
    },
  };
  return api;
}

/** A string of the language: it ends at its first NUL and has at most `longest` bytes. */
export function cutString(text: string, longest: number): string {
  const nul = text.indexOf("\0");
  const end = nul < 0 ? text.length : nul;
  return end > longest ? text.slice(0, longest) : end < text.length ? text.slice(0, end) : text;
}

function makeMatcher(pattern: string): ReturnType<RuntimeApi["regex"]> {
  const regex = compileRegex(pattern);
  if (regex.kind === "failure") bug("runtime/api", `regular expression ${pattern}: ${regex.message}`);
  return (c, text) => {
    const found = regex.test(text);
    c.lastMatch = { regex, text, found };
    return found;
  };
}

function makeGlobal(spec: GlobalSpec, { limits, looked }: ApiParts): RuntimeApi["globals"][number] {
  const make = (): Aggregate => new Aggregate(keptReadings(spec), limits);
  if (spec.keys.length === 0) return spec.type === "stats" ? make() : undefined;
  const table = spec.type === "stats" ? new StatTable(spec, limits, make) : new ScalarTable(spec, limits);
  if (looked) table.looked = looked;
  return table;
}

function keptReadings(spec: GlobalSpec): StatSpec {
  const stat = spec.stat ?? { operators: [], histograms: [] };
  return spec.autoPrint ? { operators: everyReading, histograms: [] } : stat;
}

function nonZero(divisor: Long): Long {
  if (divisor === 0) throw new ScriptError("division by 0");
  return divisor;
}
