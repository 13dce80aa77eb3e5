/**
 * The arguments of marks: `N@OP`, N the size in bytes (negative: signed, `f` behind it: floating point), OP an operand
 * in the assembler's syntax of the machine.
 *
 * Called by `find-marks.ts`; each argument becomes the plan of `$argN`. An operand is an immediate, a register, memory at
 * `disp(base)`, on x86-64 also `disp(base,index,scale)`, and a symbol with an offset, alone or `(%rip)`. What is not
 * understood has no plan.
 */
import type { PlanBase, PlanFetch, VariablePlan } from "../abi/plan.ts";
import { DW_OP } from "./dwarf/constants.ts";
import { toHex } from "./hex.ts";
import { type NamedRegister, registersOf } from "./sdt-registers.ts";

/** Link-time address of a symbol of the file. */
export type FindSymbol = (name: string) => number | undefined;

export function planSdtArguments(
  text: string,
  arch: string,
  findSymbol: FindSymbol,
): readonly (VariablePlan | undefined)[] {
  const parts = text.trim() === "" ? [] : text.trim().split(/\s+/);
  return parts.map((part, i) => planArgument(part, `$arg${i + 1}`, arch, findSymbol));
}

function planArgument(part: string, text: string, arch: string, findSymbol: FindSymbol): VariablePlan | undefined {
  const [, sign, size = "8", float, operand = ""] = /^(?:(-)?([1248])(f)?@)?(.+)$/.exec(part) ?? [];
  const bytes = Number(size) as 1 | 2 | 4 | 8;
  const base = baseOf(operand, bytes, arch, findSymbol);
  if (!base) return undefined;
  const isFloat = float !== undefined && (bytes === 4 || bytes === 8);
  const integer: PlanFetch = { kind: "integer", size: bytes, signed: sign !== undefined };
  const fetch: PlanFetch = isFloat ? { kind: "float", size: bytes } : integer;
  if (base.kind !== "constant") return { text, base, steps: [], fetch, pointer: false };
  const bits = bytes * 8;
  const value = sign ? BigInt.asIntN(bits, BigInt(base.value)) : BigInt.asUintN(bits, BigInt(base.value));
  const constant: PlanBase = { kind: "constant", value: String(BigInt.asIntN(64, value)) };
  return { text, base: constant, steps: [], fetch: { kind: "integer", size: 8, signed: true }, pointer: false };
}

const number = "[-+]?(?:0x[0-9a-fA-F]+|\\d+)";
const isNumber = new RegExp(`^${number}$`);
const memory = /^([^()]*)\(([^(),]*)(?:,([^(),]+)(?:,([1248]))?)?\)$/;
const sum = new RegExp(`^(?:(${number})\\+)?([A-Za-z_.$][\\w.$@]*)?(${number})?$`);

function baseOf(operand: string, size: number, arch: string, findSymbol: FindSymbol): PlanBase | undefined {
  const registers = registersOf(arch);
  const isX86 = arch === "x86_64";
  const immediate = isX86 ? (operand.startsWith("$") ? operand.slice(1) : undefined) : operand;
  if (immediate !== undefined && isNumber.test(immediate)) return { kind: "constant", value: String(toBig(immediate)) };
  const register = registers(operand);
  if (register) return registerBase(register, size);
  const [, displacement = "", base = "", index, scale] = memory.exec(operand) ?? [];
  const isMemory = memory.test(operand);
  const at = addressOf(isMemory ? displacement : operand, findSymbol);
  if (!at) return undefined;
  if (!isMemory || (isX86 && base === "%rip")) {
    return at.symbol === undefined ? undefined : dwarf([DW_OP.addr, ...word(at.symbol + at.offset)]);
  }
  const from = base === "" ? undefined : registers(base);
  const by = index === undefined ? undefined : registers(index);
  if ((base !== "" && !from) || (index !== undefined && !by) || at.symbol !== undefined) return undefined;
  const offset = sleb(at.offset);
  const start = from ? breg(from, offset) : [DW_OP.consts, ...offset];
  const scaled = by ? [...breg(by, [0]), DW_OP.const1u, Number(scale ?? 1), DW_OP.mul, DW_OP.plus] : [];
  return dwarf([...start, ...scaled]);
}

/** A register, or the part of it at `shift` bits (`%ah`). */
function registerBase({ dwarf: n, shift }: NamedRegister, size: number): PlanBase {
  if (shift === 0) return dwarf(n < 32 ? [DW_OP.reg0 + n] : [DW_OP.regx, n]);
  const mask = size === 1 ? [DW_OP.const1u, 0xff, DW_OP.and] : [];
  return dwarf([...breg({ dwarf: n, shift: 0 }, [0]), DW_OP.const1u, shift, DW_OP.shr, ...mask, DW_OP.stack_value]);
}

function breg({ dwarf: n }: NamedRegister, offset: readonly number[]): readonly number[] {
  return n < 32 ? [DW_OP.breg0 + n, ...offset] : [DW_OP.bregx, n, ...offset];
}

/** `8`, `symbol`, `symbol+8`, `8+symbol`, or nothing. */
function addressOf(text: string, findSymbol: FindSymbol): { symbol?: number; offset: number } | undefined {
  const match = sum.exec(text);
  if (!match) return undefined;
  const [, before, name, after] = match;
  const offset = Number(toBig(before ?? "0") + toBig(after ?? "0"));
  if (name === undefined) return { offset };
  const symbol = findSymbol(name);
  return symbol === undefined ? undefined : { symbol, offset };
}

function toBig(text: string): bigint {
  const digits = BigInt(text.replace(/^[-+]/, ""));
  return text.startsWith("-") ? 0n - digits : digits;
}

function dwarf(expression: readonly number[]): PlanBase {
  return { kind: "dwarf", expression: toHex(Uint8Array.from(expression)) };
}

function word(value: number): readonly number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return [...bytes];
}

function sleb(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = ((rest % 128) + 128) % 128;
    rest = (rest - low) / 128;
    const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
