/**
 * The session's side of embedded JavaScript: `RuntimeApi.embed`, described in abi/embedded.ts.
 *
 * Made by `runtime/api.ts`. Whatever embedded code gives away passes `long` or `string` here; whatever it throws
 * becomes a script error that keeps the place where it was thrown.
 */
import type { EmbeddedFunctions, EmbeddedRuntime, ScalarAccess } from "../abi/embedded.ts";
import type { GlobalSpec } from "../abi/manifest.ts";
import type { RuntimeApi, ScalarMap, Value } from "../abi/module.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { isStackOverflow, ScriptError, Uncatchable } from "./errors.ts";
import { typesOfFormat } from "./format.ts";

export interface EmbeddedParts {
  readonly globals: readonly GlobalSpec[];
  readonly runtime: RuntimeApi;
  /** Embedded code has made so many steps more; throws when it must end. */
  readonly stepped: (steps: number) => void;
  /** The globals that live in the module. */
  readonly scalars: { readonly [name: string]: ScalarAccess };
}

type Make = (runtime: EmbeddedRuntime) => EmbeddedFunctions;

export function embed(parts: EmbeddedParts, make: Make): EmbeddedFunctions {
  try {
    return make(makeRuntime(parts));
  } catch (error) {
    const why = error instanceof Uncatchable ? error.message : describe(error);
    const message = `embedded code at top level failed: ${why}`;
    throw new DiagnosticError([{ code: "emit-embedded", severity: "error", message }]);
  }
}

function makeRuntime({ globals, runtime, scalars, stepped }: EmbeddedParts): EmbeddedRuntime {
  const toText = (what: string, value: unknown): string => {
    if (typeof value !== "string") throw new ScriptError(`${what} gave ${describe(value)} where a string is wanted`);
    return runtime.cut(byteString(value));
  };
  const toValue = (what: string, value: unknown): Value =>
    typeof value === "string" ? toText(what, value) : toLong(what, value);
  const formats = new Map<string, CheckedFormat>();
  const typed = (what: string, type: string | undefined, value: unknown): Value =>
    type === "string" ? toText(what, value) : toLong(what, value);
  const formatted = (what: string, format: unknown, values: readonly unknown[]): string => {
    if (typeof format !== "string") throw new ScriptError(`the format of ${what} is ${describe(format)}`);
    let checked = formats.get(format);
    if (!checked) {
      checked = checkFormat(runtime, what, byteString(format));
      if (formats.size < limits.maxEmbeddedFormats) formats.set(format, checked);
    }
    const { types, print } = checked;
    const fits = values.length === types.length && types.every((type, i) => (type === "string") === isText(values[i]));
    if (!fits) throw new ScriptError(`the values of ${what} do not fit its format`);
    return print(...values.map((value) => (typeof value === "string" ? byteString(value) : toLong(what, value))));
  };
  let steps = 0;
  return {
    step: () => {
      if (++steps < limits.embeddedSlice) return;
      // Still as many when this throws: the next step of the hit throws as well.
      stepped(steps);
      steps = 0;
    },
    long: toLong,
    string: toText,
    failed,
    call: (name, c, values) => {
      const builtin = runtime.fn[name] as ((...all: unknown[]) => Value | undefined) | undefined;
      if (!builtin) throw new ScriptError(`there is no builtin function '${name}'`);
      return builtin(c, ...values.map((value) => toValue(`an argument of ${name}`, value)));
    },
    globals: Object.fromEntries(
      globals.map((spec, i) => [spec.name, access(spec, runtime.globals[i], scalars[spec.name], typed)]),
    ),
    STAP_ERROR: (format, ...values) => {
      throw new ScriptError(formatted("STAP_ERROR", format, values));
    },
    STAP_PRINTF: (format, ...values) => runtime.print(formatted("STAP_PRINTF", format, values)),
  };
}

interface CheckedFormat {
  readonly types: readonly ("long" | "string")[];
  readonly print: (...values: Value[]) => string;
}

function checkFormat(runtime: RuntimeApi, what: string, format: string): CheckedFormat {
  try {
    return { types: typesOfFormat(format), print: runtime.format(format) };
  } catch {
    throw new ScriptError(`the format of ${what} has a conversion that is none`);
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function access(
  spec: GlobalSpec,
  table: RuntimeApi["globals"][number],
  scalar: ScalarAccess | undefined,
  typed: (what: string, type: string | undefined, value: unknown) => Value,
): EmbeddedRuntime["globals"][string] {
  const what = `STAP_GLOBAL_SET_${spec.name}`;
  if (scalar) return { get: () => scalar.get(), set: (value) => scalar.set(typed(what, spec.type, value)) };
  const map = table as ScalarMap;
  const keyOf = (keys: readonly unknown[]): Value => {
    if (keys.length < spec.keys.length) throw new ScriptError(`'${spec.name}' has ${spec.keys.length} keys`);
    const values = spec.keys.map((type, i) => typed(`a key of '${spec.name}'`, type, keys[i]));
    return values.length === 1 ? (values[0] ?? 0) : values.join("\0");
  };
  return {
    get: (...keys) => map.get(keyOf(keys)),
    set: (...all) => void map.set(keyOf(all), typed(what, spec.type, all[spec.keys.length])),
  };
}

function toLong(what: string, value: unknown): Value {
  if (typeof value === "bigint") return long(value);
  if (typeof value === "number" && Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return value + 0; // no -0
    return long(BigInt(value));
  }
  throw new ScriptError(`${what} gave ${describe(value)} where a long is wanted`);
}

function failed(what: string, thrown: unknown): unknown {
  if (thrown instanceof ScriptError || thrown instanceof Uncatchable || isStackOverflow(thrown)) return thrown;
  const error = new ScriptError(`${what} failed: ${describe(thrown)}`);
  if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}

/** Characters up to 0xff are bytes already; what lies beyond can only be text of JavaScript's own. */
function byteString(text: string): string {
  if (!BEYOND_LATIN1.test(text)) return text;
  return text.replace(BEYOND_LATIN1_ALL, (run) => String.fromCharCode(...new TextEncoder().encode(run)));
}

const BEYOND_LATIN1 = /[^\0-\xff]/;
const BEYOND_LATIN1_ALL = /[^\0-\xff]/gu;

function describe(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  switch (typeof value) {
    case "string":
      return `the string "${value.length > SHOWN ? `${value.slice(0, SHOWN)}...` : value}"`;
    case "number":
    case "boolean":
    case "undefined":
      return `${value}`;
    case "function":
      return "a function";
    default:
      return value === null ? "null" : typeof value === "symbol" ? "a symbol" : "an object";
  }
}

const SHOWN = 40;
