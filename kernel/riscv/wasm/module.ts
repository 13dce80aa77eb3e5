/**
 * Writes a WebAssembly module: functions over one imported memory, exported by name.
 *
 * The binary format is that of the WebAssembly core specification, 5.5: a header, then sections in order of their
 * numbers.
 */
import { Bytes } from "./bytes.ts";
import { type Code, type Local, type ValueType, writeCode } from "./code.ts";

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
const WITH_MAXIMUM = 1;
const END = 0x0b;

/** Functions call each other by their place in the list. The memory is imported as `pool.memory`. */
export function writeModule(functions: readonly WasmFunctionSource[], maximumPages: number): Uint8Array {
  const bytes = new Bytes();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) bytes.push(byte);
  section(bytes, 1, functions, (into, f) => {
    into.push(FUNCTION_TYPE);
    for (const types of [f.parameters, f.results]) {
      into.unsigned(types.length);
      for (const type of types) into.push(TYPE[type]);
    }
  });
  section(bytes, 2, [maximumPages], (into, maximum) => {
    into.name("pool");
    into.name("memory");
    for (const byte of [MEMORY, WITH_MAXIMUM, 1]) into.push(byte);
    into.unsigned(maximum);
  });
  section(bytes, 3, functions, (into, f) => into.unsigned(functions.indexOf(f)));
  const exported = functions.filter((f) => f.export !== undefined);
  section(bytes, 7, exported, (into, f) => {
    into.name(f.export ?? "");
    into.push(0);
    into.unsigned(functions.indexOf(f));
  });
  section(bytes, 10, functions, (into, { locals, body }) => {
    const content = new Bytes();
    content.unsigned(locals.length);
    for (const { type } of locals) {
      content.push(1);
      content.push(TYPE[type]);
    }
    writeCode(body, content);
    content.push(END);
    into.unsigned(content.length);
    into.append(content);
  });
  return bytes.view();
}

/** A section is a vector of items. */
function section<T>(bytes: Bytes, number: number, items: readonly T[], write: (into: Bytes, item: T) => void): void {
  const content = new Bytes();
  content.unsigned(items.length);
  for (const item of items) write(content, item);
  bytes.push(number);
  bytes.unsigned(content.length);
  bytes.append(content);
}
