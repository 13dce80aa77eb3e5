/**
 * RV64F and RV64D: single and double precision floating point.
 *
 * Arithmetic is `softfloat.ts`'s, which knows every rounding mode and flag. Where a result is sure to raise nothing
 * but an inexact that is already set, and rounding is to nearest even, the host's doubles give the same bits at once.
 * A single lives in the low half of a register whose high half is all ones; any other high half reads as a NaN.
 */
import type { Core, Decoded, Semantics } from "./core.ts";
import type { RowSource } from "./row.ts";
import * as soft from "./softfloat.ts";
import { F32, F64, type Format, NX, RMM, RNE } from "./softfloat.ts";

/** What differs between the two precisions. */
interface Precision {
  readonly suffix: "s" | "d";
  readonly format: Format;
  /** The two bits that name the format in an encoding. */
  readonly code: string;
  readonly read: (c: Core, register: number) => bigint;
  readonly write: (c: Core, register: number, value: bigint) => void;
  /** For the fast path: the register as a number, NaN when it is not boxed. */
  readonly readNumber: (c: Core, register: number) => number;
  readonly writeNumber: (c: Core, register: number, value: number) => void;
  readonly leastNormal: number;
  readonly greatest: number;
}

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

const single: Precision = {
  suffix: "s",
  format: F32,
  code: "00",
  read: (c, register) => (c.fw[2 * register + 1] === -1 ? c.f[register]! & 0xffff_ffffn : F32.canonicalNaN),
  write: (c, register, value) => {
    c.f[register] = 0xffff_ffff_0000_0000n | value;
  },
  readNumber: (c, register) => {
    if (c.fw[2 * register + 1] !== -1) return Number.NaN;
    floatBits[0] = c.fw[2 * register]!;
    return float[0]!;
  },
  writeNumber: (c, register, value) => {
    float[0] = value;
    c.fw[2 * register] = floatBits[0]!;
    c.fw[2 * register + 1] = -1;
  },
  leastNormal: 2 ** -126,
  greatest: (2 - 2 ** -23) * 2 ** 127,
};

const double: Precision = {
  suffix: "d",
  format: F64,
  code: "01",
  read: (c, register) => c.f[register]!,
  write: (c, register, value) => {
    c.f[register] = value;
  },
  readNumber: (c, register) => c.fd[register]!,
  writeNumber: (c, register, value) => {
    c.fd[register] = value;
  },
  leastNormal: 2 ** -1022,
  greatest: Number.MAX_VALUE,
};

// biome-ignore format: table
const memory: readonly RowSource[] = [
  ["flw", "imm[11:0] rs1 010 rd 0000111",           "fd,imm(rs1)",  (c, d) => { const low = c.load32(c.address(d)); c.fw[2 * d.rd] = low; c.fw[2 * d.rd + 1] = -1; }],
  ["fld", "imm[11:0] rs1 011 rd 0000111",           "fd,imm(rs1)",  (c, d) => { const low = c.load64(c.address(d)); c.fw[2 * d.rd] = low; c.fw[2 * d.rd + 1] = c.high; }],
  ["fsw", "imm[11:5] rs2 rs1 010 imm[4:0] 0100111", "fs2,imm(rs1)", (c, d) => c.store32(c.address(d), c.fw[2 * d.rs2]!)],
  ["fsd", "imm[11:5] rs2 rs1 011 imm[4:0] 0100111", "fs2,imm(rs1)", (c, d) => c.store64(c.address(d), c.fw[2 * d.rs2]!, c.fw[2 * d.rs2 + 1]!)],
];

const I32 = [-(1n << 31n), (1n << 31n) - 1n] as const;
const U32 = [0n, (1n << 32n) - 1n] as const;
const I64 = [-(1n << 63n), (1n << 63n) - 1n] as const;
const U64 = [0n, (1n << 64n) - 1n] as const;

// biome-ignore format: table
const both = (p: Precision): readonly RowSource[] => [
  [`fmadd.${p.suffix}`,   `rs3 ${p.code} rs2 rs1 rm rd 1000011`,       "fd,fs1,fs2,fs3,rm", fused(p, false, false)],
  [`fmsub.${p.suffix}`,   `rs3 ${p.code} rs2 rs1 rm rd 1000111`,       "fd,fs1,fs2,fs3,rm", fused(p, false, true)],
  [`fnmsub.${p.suffix}`,  `rs3 ${p.code} rs2 rs1 rm rd 1001011`,       "fd,fs1,fs2,fs3,rm", fused(p, true, false)],
  [`fnmadd.${p.suffix}`,  `rs3 ${p.code} rs2 rs1 rm rd 1001111`,       "fd,fs1,fs2,fs3,rm", fused(p, true, true)],
  [`fadd.${p.suffix}`,    `00000 ${p.code} rs2 rs1 rm rd 1010011`,     "fd,fs1,fs2,rm",     arithmetic(p, soft.add, (a, b) => a + b)],
  [`fsub.${p.suffix}`,    `00001 ${p.code} rs2 rs1 rm rd 1010011`,     "fd,fs1,fs2,rm",     arithmetic(p, soft.sub, (a, b) => a - b)],
  [`fmul.${p.suffix}`,    `00010 ${p.code} rs2 rs1 rm rd 1010011`,     "fd,fs1,fs2,rm",     arithmetic(p, soft.mul, (a, b) => a * b)],
  [`fdiv.${p.suffix}`,    `00011 ${p.code} rs2 rs1 rm rd 1010011`,     "fd,fs1,fs2,rm",     arithmetic(p, soft.div, (a, b) => a / b)],
  [`fsqrt.${p.suffix}`,   `01011 ${p.code} 00000 rs1 rm rd 1010011`,   "fd,fs1,rm",         arithmetic(p, (f, a, _, rm) => soft.sqrt(f, a, rm), (a) => Math.sqrt(a))],
  [`fsgnj.${p.suffix}`,   `00100 ${p.code} rs2 rs1 000 rd 1010011`,    "fd,fs1,fs2",        sign(p, (_, b) => b)],
  [`fsgnjn.${p.suffix}`,  `00100 ${p.code} rs2 rs1 001 rd 1010011`,    "fd,fs1,fs2",        sign(p, (_, b) => ~b)],
  [`fsgnjx.${p.suffix}`,  `00100 ${p.code} rs2 rs1 010 rd 1010011`,    "fd,fs1,fs2",        sign(p, (a, b) => a ^ b)],
  [`fmin.${p.suffix}`,    `00101 ${p.code} rs2 rs1 000 rd 1010011`,    "fd,fs1,fs2",        (c, d) => writeResult(c, p, d, soft.minMax(p.format, p.read(c, d.rs1), p.read(c, d.rs2), false))],
  [`fmax.${p.suffix}`,    `00101 ${p.code} rs2 rs1 001 rd 1010011`,    "fd,fs1,fs2",        (c, d) => writeResult(c, p, d, soft.minMax(p.format, p.read(c, d.rs1), p.read(c, d.rs2), true))],
  [`feq.${p.suffix}`,     `10100 ${p.code} rs2 rs1 010 rd 1010011`,    "rd,fs1,fs2",        comparison(p, false, (order) => order === 0)],
  [`flt.${p.suffix}`,     `10100 ${p.code} rs2 rs1 001 rd 1010011`,    "rd,fs1,fs2",        comparison(p, true, (order) => order < 0)],
  [`fle.${p.suffix}`,     `10100 ${p.code} rs2 rs1 000 rd 1010011`,    "rd,fs1,fs2",        comparison(p, true, (order) => order <= 0)],
  [`fclass.${p.suffix}`,  `11100 ${p.code} 00000 rs1 001 rd 1010011`,  "rd,fs1",            (c, d) => c.set32(d.xd, soft.classify(p.format, p.read(c, d.rs1)))],
  [`fcvt.w.${p.suffix}`,  `11000 ${p.code} 00000 rs1 rm rd 1010011`,   "rd,fs1,rm",         toInteger(p, I32, 32)],
  [`fcvt.wu.${p.suffix}`, `11000 ${p.code} 00001 rs1 rm rd 1010011`,   "rd,fs1,rm",         toInteger(p, U32, 32)],
  [`fcvt.l.${p.suffix}`,  `11000 ${p.code} 00010 rs1 rm rd 1010011`,   "rd,fs1,rm",         toInteger(p, I64, 64)],
  [`fcvt.lu.${p.suffix}`, `11000 ${p.code} 00011 rs1 rm rd 1010011`,   "rd,fs1,rm",         toInteger(p, U64, 64)],
  [`fcvt.${p.suffix}.w`,  `11010 ${p.code} 00000 rs1 rm rd 1010011`,   "fd,rs1,rm",         fromInteger(p, (x) => BigInt.asIntN(32, x))],
  [`fcvt.${p.suffix}.wu`, `11010 ${p.code} 00001 rs1 rm rd 1010011`,   "fd,rs1,rm",         fromInteger(p, (x) => BigInt.asUintN(32, x))],
  [`fcvt.${p.suffix}.l`,  `11010 ${p.code} 00010 rs1 rm rd 1010011`,   "fd,rs1,rm",         fromInteger(p, (x) => x)],
  [`fcvt.${p.suffix}.lu`, `11010 ${p.code} 00011 rs1 rm rd 1010011`,   "fd,rs1,rm",         fromInteger(p, (x) => BigInt.asUintN(64, x))],
];

// biome-ignore format: table
const moves: readonly RowSource[] = [
  ["fcvt.s.d", "01000 00 00001 rs1 rm rd 1010011",  "fd,fs1,rm", conversion(double, single)],
  ["fcvt.d.s", "01000 01 00000 rs1 rm rd 1010011",  "fd,fs1,rm", conversion(single, double)],
  ["fmv.x.w",  "11100 00 00000 rs1 000 rd 1010011", "rd,fs1",    (c, d) => c.set32(d.xd, c.fw[2 * d.rs1]!)],
  ["fmv.x.d",  "11100 01 00000 rs1 000 rd 1010011", "rd,fs1",    (c, d) => { c.w[d.xd] = c.fw[2 * d.rs1]!; c.w[d.xd + 1] = c.fw[2 * d.rs1 + 1]!; }],
  ["fmv.w.x",  "11110 00 00000 rs1 000 rd 1010011", "fd,rs1",    (c, d) => { c.fw[2 * d.rd] = c.w[d.xs1]!; c.fw[2 * d.rd + 1] = -1; }],
  ["fmv.d.x",  "11110 01 00000 rs1 000 rd 1010011", "fd,rs1",    (c, d) => { c.fw[2 * d.rd] = c.w[d.xs1]!; c.fw[2 * d.rd + 1] = c.w[d.xs1 + 1]!; }],
];

export const rv64fd: readonly RowSource[] = [...memory, ...both(single), ...both(double), ...moves];

/** The rounding mode of an instruction; 7 means frm's. -1 for one that does not exist. */
function roundingMode(c: Core, d: Decoded): number {
  const rm = d.rm === 7 ? (c.state.fcsr >> 5) & 7 : d.rm;
  return rm <= RMM ? rm : -1;
}

/** Moves the exceptions of softfloat into fcsr. */
function accrue(c: Core): void {
  c.state.fcsr |= soft.status.flags;
  soft.status.flags = 0;
}

function writeResult(c: Core, p: Precision, d: Decoded, value: bigint): void {
  p.write(c, d.rd, value);
  accrue(c);
}

function arithmetic(
  p: Precision,
  exact: (format: Format, a: bigint, b: bigint, rm: number) => bigint,
  fast: (a: number, b: number) => number,
): Semantics {
  return (c, d) => {
    const rm = roundingMode(c, d);
    if (rm < 0) {
      c.illegal(d);
      return;
    }
    if (rm === RNE && (c.state.fcsr & NX) !== 0) {
      // Rounding a double's result of singles again to single is exact: 53 >= 2 * 24 + 2 bits.
      const result = fast(p.readNumber(c, d.rs1), p.readNumber(c, d.rs2));
      const size = Math.abs(result);
      if (size > p.leastNormal && size < p.greatest) {
        p.writeNumber(c, d.rd, result);
        return;
      }
    }
    writeResult(c, p, d, exact(p.format, p.read(c, d.rs1), p.read(c, d.rs2), rm));
  };
}

function fused(p: Precision, negateProduct: boolean, negateAddend: boolean): Semantics {
  return (c, d) => {
    const rm = roundingMode(c, d);
    if (rm < 0) c.illegal(d);
    else {
      const [x, y, z] = [p.read(c, d.rs1), p.read(c, d.rs2), p.read(c, d.rs3)];
      writeResult(c, p, d, soft.fma(p.format, x, y, z, negateProduct, negateAddend, rm));
    }
  };
}

function sign(p: Precision, combine: (a: bigint, b: bigint) => bigint): Semantics {
  const { signBit } = p.format;
  return (c, d) => {
    const a = p.read(c, d.rs1);
    p.write(c, d.rd, (a & ~signBit) | (combine(a, p.read(c, d.rs2)) & signBit));
  };
}

function comparison(p: Precision, signalQuiet: boolean, test: (order: number) => boolean): Semantics {
  return (c, d) => {
    const a = p.readNumber(c, d.rs1);
    const b = p.readNumber(c, d.rs2);
    if (a - b <= 0 || a - b >= 0) {
      c.set32(d.xd, test(a < b ? -1 : a > b ? 1 : 0) ? 1 : 0);
      return;
    }
    const order = soft.compare(p.format, p.read(c, d.rs1), p.read(c, d.rs2), signalQuiet);
    accrue(c);
    c.set32(d.xd, order !== undefined && test(order) ? 1 : 0);
  };
}

/** Results of 32 bits are sign-extended, unsigned ones too. */
function toInteger(p: Precision, [low, high]: readonly [bigint, bigint], bits: 32 | 64): Semantics {
  return (c, d) => {
    const rm = roundingMode(c, d);
    if (rm < 0) c.illegal(d);
    else {
      c.setBig(d.xd, BigInt.asIntN(bits, soft.toInteger(p.format, p.read(c, d.rs1), low, high, rm)));
      accrue(c);
    }
  };
}

function fromInteger(p: Precision, value: (register: bigint) => bigint): Semantics {
  return (c, d) => {
    const rm = roundingMode(c, d);
    if (rm < 0) c.illegal(d);
    else writeResult(c, p, d, soft.fromInteger(p.format, value(c.x[d.rs1]!), rm));
  };
}

function conversion(from: Precision, to: Precision): Semantics {
  return (c, d) => {
    const rm = roundingMode(c, d);
    if (rm < 0) c.illegal(d);
    else writeResult(c, to, d, soft.convert(from.format, to.format, from.read(c, d.rs1), rm));
  };
}
