/**
 * Writes a WebAssembly module: functions over one imported memory, exported by name.
 *
 * The binary format is that of the WebAssembly core specification, 5.5: a header, then sections in order of their
 * numbers.
 */
import { type Code, flatten, type Local, type ValueType } from "./code.ts";
import { unsignedLeb } from "./leb.ts";

export interface WasmFunctionSource {
  /** Absent for a helper that only the module calls. */
  readonly export?: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly locals: readonly Local[];
  readonly body: Code;
}

const TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const FUNCTION_TYPE = 0x60;
const MEMORY = 0x02;
const END = 0x0b;

/** Functions call each other by their place in the list. The memory is imported as `pool.memory`. */
export function writeModule(functions: readonly WasmFunctionSource[], maximumPages: number): Uint8Array {
  const limits = [1, ...unsignedLeb(1), ...unsignedLeb(maximumPages)];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(functions.map(signature))),
    ...section(2, vector([[...name("pool"), ...name("memory"), MEMORY, ...limits]])),
    ...section(3, vector(functions.map((_, i) => unsignedLeb(i)))),
    ...section(7, vector(functions.flatMap((f, i) => (f.export ? [[...name(f.export), 0, ...unsignedLeb(i)]] : [])))),
    ...section(10, vector(functions.map(functionBody))),
  ]);
}

function signature({ parameters, results }: WasmFunctionSource): number[] {
  const types = (list: readonly ValueType[]) => vector(list.map((type) => [TYPE[type]]));
  return [FUNCTION_TYPE, ...types(parameters), ...types(results)];
}

function functionBody({ locals, body }: WasmFunctionSource): number[] {
  const bytes = [...vector(locals.map(({ type }) => [1, TYPE[type]])), ...flatten(body), END];
  return [...unsignedLeb(bytes.length), ...bytes];
}

function section(number: number, content: readonly number[]): number[] {
  return [number, ...unsignedLeb(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsignedLeb(items.length), ...items.flat()];
}

function name(text: string): number[] {
  return [...unsignedLeb(text.length), ...[...text].map((c) => c.charCodeAt(0))];
}
