/**
 * x86-64 instructions to try: made up ones of every kind that utap emulates, and those that compilers wrote.
 */
import { spawnSync } from "node:child_process";
import { decode, readSigned } from "../../target/x86/decode.ts";
import { isRipRelative } from "../../target/x86/operands.ts";
import { CODE, DATA, PAGE } from "./x86-processor.ts";

/** A generator of numbers below n, the same every time. */
export type Random = (n: number) => number;

export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % n;
  };
}

export function random64(random: Random): bigint {
  return (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
}

/** Values that make addresses, small numbers and the ends of ranges likely; none is in the page of the instruction. */
export function randomValue(random: Random): bigint {
  switch (random(6)) {
    case 0:
      return random64(random);
    case 1:
      return BigInt(random(64));
    case 2:
      return BigInt.asUintN(64, [0n, 1n, -1n, 1n << 63n, (1n << 63n) - 1n, 1n << 31n, 0xffffffffn][random(7)] ?? 0n);
    case 3:
      return BigInt(CODE + random(PAGE - 64));
    default:
      return BigInt(DATA + 512 + 8 * random((PAGE - 1024) / 8));
  }
}

const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => (value >> (8 * i)) & 255);

/** REX, opcode, ModRM and what it wants, with `reg` in its middle field; `wide` fixes REX.W. */
function withOperand(
  random: Random,
  opcode: readonly number[],
  reg: number,
  wide: boolean,
  form?: "register",
): number[] {
  const kind = form === "register" ? 0 : random(4);
  let rex = (wide ? 8 : 0) | (reg > 7 ? 4 : 0);
  const middle = (reg & 7) << 3;
  const tail: number[] = [];
  if (kind === 0) {
    const rm = random(16);
    rex |= rm > 7 ? 1 : 0;
    tail.push(0xc0 | middle | (rm & 7));
  } else if (kind === 1) {
    // rip-relative, to the data from anywhere in the code.
    tail.push(middle | 5, ...little(DATA - CODE - random(PAGE) + 1024, 4));
  } else {
    const base = random(3) === 0 ? [4, 5][random(2)]! : random(16);
    const mod = random(3);
    rex |= base > 7 ? 1 : 0;
    const needsSib = (base & 7) === 4 || kind === 3;
    const index = random(2) === 0 ? 4 : random(16);
    if (needsSib) rex |= index > 7 ? 2 : 0;
    tail.push((mod << 6) | middle | (needsSib ? 4 : base & 7));
    if (needsSib) tail.push((random(4) << 6) | ((index & 7) << 3) | (base & 7));
    if (mod === 1) tail.push(random(256));
    else if (mod === 2) tail.push(...little(random(512) - 256, 4));
    // Without a base; alone in ModRM relative to rip, and then to the page before.
    else if ((base & 7) === 5) tail.push(...little(random(512) - PAGE, 4));
  }
  return [...(rex === 0 && random(2) === 0 ? [] : [0x40 | rex]), ...opcode, ...tail];
}

const rel8 = (random: Random): number[] => [(random(2) === 0 ? 16 + random(100) : 256 - 100 + random(80)) & 255];
const rel32 = (random: Random): number[] => little(random(2) === 0 ? 16 + random(3000) : -3000 + random(2900), 4);
const byRegister = (random: Random, opcode: number): number[] => {
  const register = random(16);
  return [...(register > 7 ? [0x41] : []), opcode | (register & 7)];
};
const anyImmediate = (random: Random, size: number): number[] => Array.from({ length: size }, () => random(256));

/** What `emulate.ts` knows, by name. */
// biome-ignore format: table
export const emulated: { readonly [name: string]: (random: Random) => number[] } = {
  "endbr64":       () => [0xf3, 0x0f, 0x1e, 0xfa],
  "nop":           (r) => [[0x90], [0x66, 0x90], [0xf3, 0x90], [0x0f, 0x1f, 0x44, 0, 0], [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0]][r(5)]!,
  "push":          (r) => byRegister(r, 0x50),
  "pop":           (r) => byRegister(r, 0x58),
  "push imm":      (r) => (r(2) === 0 ? [0x6a, ...anyImmediate(r, 1)] : [0x68, ...anyImmediate(r, 4)]),
  "jmp rel":       (r) => (r(2) === 0 ? [0xeb, ...rel8(r)] : [0xe9, ...rel32(r)]),
  "jcc rel8":      (r) => [...(r(4) === 0 ? [0x3e] : []), 0x70 | r(16), ...rel8(r)],
  "jcc rel32":     (r) => [0x0f, 0x80 | r(16), ...rel32(r)],
  "loop":          (r) => [...(r(3) === 0 ? [0x67] : []), 0xe0 | r(4), ...rel8(r)],
  "call rel32":    (r) => [...(r(4) === 0 ? [0xf2] : []), 0xe8, ...rel32(r)],
  "call indirect": (r) => withOperand(r, [0xff], 2, false),
  "jmp indirect":  (r) => withOperand(r, [0xff], 4, false),
  "ret":           (r) => [[0xc3], [0xf3, 0xc3], [0xf2, 0xc3], [0xc2, ...anyImmediate(r, 2)]][r(4)]!,
  "lea":           (r) => withOperand(r, [0x8d], r(16), r(2) === 0),
  "lea addr32":    (r) => [0x67, ...withOperand(r, [0x8d], r(16), r(2) === 0)],
  "leave":         () => [0xc9],
  "mov register":  (r) => withOperand(r, [r(2) === 0 ? 0x89 : 0x8b], r(16), r(2) === 0, "register"),
  "mov memory":    (r) => withOperand(r, [r(2) === 0 ? 0x89 : 0x8b], r(16), r(2) === 0),
  "mov imm":       (r) => byRegister(r, 0xb8).concat(anyImmediate(r, 4)),
  "movabs":        (r) => [0x48 | r(2), 0xb8 | r(8), ...anyImmediate(r, 8)],
  "mov imm32":     (r) => [...withOperand(r, [0xc7], 0, r(2) === 0, "register"), ...anyImmediate(r, 4)],
  "arithmetic":    (r) => withOperand(r, [(r(8) << 3) | (r(2) === 0 ? 1 : 3)], r(16), r(2) === 0, "register"),
  "arithmetic imm8":  (r) => [...withOperand(r, [0x83], r(8), r(2) === 0, "register"), ...anyImmediate(r, 1)],
  "arithmetic imm32": (r) => [...withOperand(r, [0x81], r(8), r(2) === 0, "register"), ...anyImmediate(r, 4)],
  "arithmetic rax":   (r) => [...(r(2) === 0 ? [0x48] : []), (r(8) << 3) | 5, ...anyImmediate(r, 4)],
  "test":          (r) => withOperand(r, [0x85], r(16), r(2) === 0, "register"),
  "test imm":      (r) => (r(2) === 0 ? [0xa9, ...anyImmediate(r, 4)] : [...withOperand(r, [0xf7], 0, r(2) === 0, "register"), ...anyImmediate(r, 4)]),
};

/** Every different instruction of a binary as objdump shows it; `range` as objdump's --start-address and --stop-address. */
export function disassemble(
  path: string,
  range?: readonly [number, number],
): readonly { bytes: Uint8Array; text: string }[] {
  const bounds = range ? [`--start-address=${range[0]}`, `--stop-address=${range[1]}`] : [];
  const { stdout } = spawnSync("objdump", ["-d", "-w", "--insn-width=16", ...bounds, path], {
    maxBuffer: 1 << 30,
    encoding: "utf8",
  });
  const found: { bytes: Uint8Array; text: string }[] = [];
  for (const line of stdout.split("\n")) {
    const [, hex = "", text = ""] = /^\s*[0-9a-f]+:\t((?:[0-9a-f]{2} )+)\s*\t(.+)$/.exec(line) ?? [];
    if (hex === "" || isNoInstruction(text)) continue;
    const bytes = Uint8Array.from(hex.trim().split(" "), (byte) => Number.parseInt(byte, 16));
    // objdump takes the fwait before an x87 instruction for a part of it.
    if (bytes[0] !== 0x9b || bytes.length === 1) found.push({ bytes, text });
  }
  return found;
}

const onlyPrefixes = /^((rex[.WRXB]*|data16|addr32|[cdefgs]s|lock|repz|repnz|bnd|notrack)\s*)+$/;

/** Data between functions. */
function isNoInstruction(text: string): boolean {
  return text.includes("(bad)") || text.startsWith(".byte") || onlyPrefixes.test(text.trim());
}

/** A rip-relative operand of somebody's code, made to lie in our data when it runs at `address`. */
export function aimed(bytes: Uint8Array, address: number, random: Random): Uint8Array {
  const i = decode(bytes);
  if (!i || !isRipRelative(i)) return bytes;
  const copy = bytes.slice();
  const target = DATA + 512 + 16 * random(100);
  new DataView(copy.buffer).setInt32(i.modrmAt + 1, target - address - i.length, true);
  return copy;
}

/** Where a relative jump in `bytes` goes from `address`; undefined for other instructions. */
export function relativeTarget(bytes: Uint8Array, address: number): number | undefined {
  const i = decode(bytes);
  if (!i || i.immSize === 0 || i.immSize > 4 || i.encoding !== "legacy") return undefined;
  const isJump =
    (i.map === 0 &&
      (i.opcode >> 4 === 7 || (i.opcode >= 0xe0 && i.opcode <= 0xe3) || [0xe8, 0xe9, 0xeb].includes(i.opcode))) ||
    (i.map === 1 && i.opcode >> 4 === 8);
  return isJump ? address + i.length + readSigned(bytes, i.immAt, i.immSize) : undefined;
}
