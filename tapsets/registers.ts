/**
 * Registers, and arguments and return values of functions by the calling conventions alone, without debug information.
 *
 * `int_arg(n)` and its kin count from 1 and mean what they say at the first instruction of a function; each knows how
 * wide its type is. returnval() is the register of return values, whatever it holds. Setting is for scripts that run with -g.
 */
import type { Builtin, BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { big, type Long, long } from "../base/int64.ts";

// biome-ignore format: table
const argumentTypes: { readonly [name: string]: { readonly bits: 32 | 64; readonly signed: boolean } } = {
  int:       { bits: 32, signed: true },
  uint:      { bits: 32, signed: false },
  long:      { bits: 64, signed: true },
  ulong:     { bits: 64, signed: false },
  longlong:  { bits: 64, signed: true },
  ulonglong: { bits: 64, signed: false },
  pointer:   { bits: 64, signed: false },
  s32:       { bits: 32, signed: true },
  u32:       { bits: 32, signed: false },
  s64:       { bits: 64, signed: true },
  u64:       { bits: 64, signed: false },
};

const accessors: { [name: string]: Builtin } = {};
for (const [name, { bits, signed }] of Object.entries(argumentTypes)) {
  accessors[`${name}_arg`] = (c, n: Long) => {
    const value = c.argument(Number(n)) ?? c.fail(`${name}_arg(${n}): there is no such argument here`);
    return long(signed ? BigInt.asIntN(bits, big(value)) : BigInt.asUintN(bits, big(value)));
  };
  // psABI: what is narrower than a register is sign-extended from 32 bits, unsigned or not.
  accessors[`set_${name}_arg`] = (c, n: Long, value: Long) => {
    const wide = long(BigInt.asIntN(bits, big(value)));
    return c.setArgument(Number(n), wide) ? undefined : c.fail(`set_${name}_arg(${n}): there is no such argument here`);
  };
}

export const registers = {
  ...accessors,
  // Other conventions than the usual one: there are none.
  asmlinkage: () => undefined,
  fastcall: () => undefined,
  regparm: (_c, _n: Long) => undefined,
  register: (c, name: string) => register(c, name),
  returnval: (c) => c.returnValue() ?? c.fail("returnval(): no process is here"),
  set_returnval: (c, value: Long) =>
    c.isReturn && c.setReturnValue(value) ? undefined : c.fail("set_returnval() works in return probes only"),
  u_register: (c, name: string) => register(c, name),
} satisfies BuiltinTable;

function register(c: BuiltinHost, name: string): Long {
  return c.register(name) ?? c.fail(`there is no register '${name}' here`);
}
