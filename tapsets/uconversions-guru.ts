/** Stores into user memory, for scripts that run with -g. Memory that the program itself may not write is an error. */
import type { Builtin, BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { toBytes } from "../base/bytestring.ts";
import { type Long, unsigned } from "../base/int64.ts";
import { hex } from "./uconversions.ts";

// biome-ignore format: table
const sizes: { readonly [name: string]: number } = { char: 1, short: 2, int: 4, long: 8, pointer: 8 };

const setters: { [name: string]: Builtin } = {};
for (const [name, size] of Object.entries(sizes)) {
  setters[`set_user_${name}`] = (c, address: Long, value: Long) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, unsigned(value), true);
    return store(c, address, bytes.subarray(0, size));
  };
}

export const uconversionsGuru = {
  ...setters,
  set_user_string: (c, address: Long, text: string) => store(c, address, toBytes(`${text}\0`)),
  set_user_string_arg: (c, address: Long, text: string) => store(c, address, toBytes(`${text}\0`)),
  set_user_string_n: (c, address: Long, n: Long, text: string) =>
    store(c, address, toBytes(`${text}\0`).subarray(0, Math.max(0, Math.min(Number(n), text.length + 1)))),
} satisfies BuiltinTable;

function store(c: BuiltinHost, address: Long, bytes: Uint8Array): undefined {
  if (!c.writeMemory(address, bytes)) c.fail(`cannot write user memory at ${hex(address)}`);
}
