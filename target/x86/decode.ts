/**
 * The shape of an x86-64 instruction: how long it is and where its parts are (64-bit mode).
 *
 * Called by `plan.ts` and through `Arch.instructionLength`. What an instruction does is of no interest here: the
 * opcode maps below say of each opcode only what follows it. Sources: the AMD64 Architecture Programmer's Manual,
 * volume 3, appendix A, and Intel's manual, volume 2, for VEX and EVEX. Any bytes are taken: what no processor runs in
 * 64-bit mode has the length 0.
 */

/** The opcode maps: one byte, 0F, 0F 38, 0F 3A; VEX, EVEX and XOP name theirs by number. */
export type OpcodeMap = 0 | 1 | 2 | 3 | 5 | 6 | 8 | 9 | 10;

export interface Instruction {
  readonly length: number;
  /** 66, 67, F0, F2, F3 and segment prefixes, as bits of PREFIX. */
  readonly prefixes: number;
  /** The REX byte, or 0. */
  readonly rex: number;
  readonly encoding: "legacy" | "vex" | "evex" | "xop";
  readonly map: OpcodeMap;
  readonly opcode: number;
  /** Where the REX, VEX, EVEX or XOP prefix begins; the opcode when there is none. */
  readonly prefixAt: number;
  readonly opcodeAt: number;
  /** The ModRM byte and where it is; -1 when there is none. */
  readonly modrm: number;
  readonly modrmAt: number;
  /** Displacement of a memory operand, sign-extended; `dispSize` 0 when there is none. */
  readonly disp: number;
  readonly dispSize: number;
  readonly immAt: number;
  readonly immSize: number;
}

// biome-ignore format: table
export const PREFIX = {
  OPERAND: 1 << 0, // 66
  ADDRESS: 1 << 1, // 67
  LOCK:    1 << 2, // F0
  REPNE:   1 << 3, // F2
  REP:     1 << 4, // F3
  FS:      1 << 5, // 64
  GS:      1 << 6, // 65
  IGNORED: 1 << 7, // 2E 36 3E 26: segments that have no base in 64-bit mode, hints of branches
} as const;

const legacyPrefixes = new Map<number, number>([
  [0x66, PREFIX.OPERAND],
  [0x67, PREFIX.ADDRESS],
  [0xf0, PREFIX.LOCK],
  [0xf2, PREFIX.REPNE],
  [0xf3, PREFIX.REP],
  [0x64, PREFIX.FS],
  [0x65, PREFIX.GS],
  [0x2e, PREFIX.IGNORED],
  [0x36, PREFIX.IGNORED],
  [0x3e, PREFIX.IGNORED],
  [0x26, PREFIX.IGNORED],
]);

/**
 * What follows an opcode, a letter each, sixteen to a row:
 *   .  nothing            M  ModRM              N  ModRM, always registers     x  no instruction, or a prefix
 *   b  imm8, rel8         w  imm16              e  imm16 imm8 (ENTER)          o  address of the operand's own size
 *   z  imm32, 66: imm16   v  z, REX.W: imm64    B  ModRM imm8                  Z  ModRM z
 *   t  ModRM, and imm8 when reg is 0 or 1 (F6)  T  ModRM, and z when reg is 0 or 1 (F7)
 *   q  ModRM, and imm8 imm8 after 66 or F2 (EXTRQ, INSERTQ)
 */
// biome-ignore format: table
const oneByte =
  "MMMMbzxx" + "MMMMbzxx" + // 00
  "MMMMbzxx" + "MMMMbzxx" + // 10
  "MMMMbzxx" + "MMMMbzxx" + // 20
  "MMMMbzxx" + "MMMMbzxx" + // 30
  "xxxxxxxx" + "xxxxxxxx" + // 40
  "........" + "........" + // 50
  "xxxMxxxx" + "zZbB...." + // 60
  "bbbbbbbb" + "bbbbbbbb" + // 70
  "BZxBMMMM" + "MMMMMMMM" + // 80
  "........" + "..x....." + // 90
  "oooo...." + "bz......" + // A0
  "bbbbbbbb" + "vvvvvvvv" + // B0
  "BBw.xxBZ" + "e.w..bx." + // C0
  "MMMMxxx." + "MMMMMMMM" + // D0
  "bbbbbbbb" + "zzxb...." + // E0
  "x.xx..tT" + "......MM"; // F0

// biome-ignore format: table
const twoByte =
  "MMMMx..." + "..x.xM.B" + // 00
  "MMMMMMMM" + "MMMMMMMM" + // 10
  "NNNNxxxx" + "MMMMMMMM" + // 20
  "......x." + "xxxxxxxx" + // 30
  "MMMMMMMM" + "MMMMMMMM" + // 40
  "MMMMMMMM" + "MMMMMMMM" + // 50
  "MMMMMMMM" + "MMMMMMMM" + // 60
  "BBBBMMM." + "qMxxMMMM" + // 70
  "zzzzzzzz" + "zzzzzzzz" + // 80
  "MMMMMMMM" + "MMMMMMMM" + // 90
  "...MBMMM" + "...MBMMM" + // A0
  "MMMMMMMM" + "MMBMMMMM" + // B0
  "MMBMBBBM" + "........" + // C0
  "MMMMMMMM" + "MMMMMMMM" + // D0
  "MMMMMMMM" + "MMMMMMMM" + // E0
  "MMMMMMMM" + "MMMMMMMM"; // F0

/** Those of VEX and EVEX in map 1 that have an immediate byte; 77 alone has no ModRM. */
const vectorImmediates: ReadonlySet<number> = new Set([0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6]);

export const LONGEST = 15;

const REX_W = 8;

/** Undefined when the bytes are cut off, or are no instruction. */
export function decode(code: Uint8Array): Instruction | undefined {
  let at = 0;
  let prefixes = 0;
  let rex = 0;
  let prefixAt = -1;
  for (; at < LONGEST; at++) {
    const byte = code[at];
    if (byte === undefined) return undefined;
    const bit = legacyPrefixes.get(byte);
    if (bit !== undefined) {
      prefixes |= bit;
      // A REX that is not the last of the prefixes has no effect.
      rex = 0;
      prefixAt = -1;
    } else if ((byte & 0xf0) === 0x40) {
      rex = byte;
      prefixAt = at;
    } else break;
  }
  if (prefixAt < 0) prefixAt = at;
  const first = code[at];
  const second = code[at + 1] ?? 0;
  let encoding: Instruction["encoding"] = "legacy";
  let map = 0;
  switch (first) {
    case 0x0f:
      at++;
      map = second === 0x38 ? 2 : second === 0x3a ? 3 : 1;
      if (map !== 1) at++;
      break;
    case 0xc5:
      encoding = "vex";
      map = 1;
      at += 2;
      break;
    case 0xc4:
      encoding = "vex";
      map = second & 0x1f;
      at += 3;
      break;
    case 0x62:
      encoding = "evex";
      map = second & 7;
      at += 4;
      break;
    case 0x8f:
      if ((second & 0x1f) < 8) break;
      encoding = "xop";
      map = second & 0x1f;
      at += 3;
      break;
  }
  const opcode = code[at];
  if (opcode === undefined) return undefined;
  const opcodeAt = at++;
  const follows = followsOf(encoding, map, opcode);
  if (follows === "x") return undefined;

  let modrm = -1;
  let modrmAt = -1;
  let dispAt = at;
  let dispSize = 0;
  if (hasModrm.includes(follows)) {
    modrm = code[at] ?? -1;
    modrmAt = at++;
    if (modrm < 0) return undefined;
    const mod = follows === "N" ? 3 : modrm >> 6;
    let base = modrm & 7;
    if (mod !== 3 && base === 4) base = (code[at++] ?? 0) & 7;
    dispSize = mod === 1 ? 1 : mod === 2 || (mod === 0 && base === 5) ? 4 : 0;
    dispAt = at;
    at += dispSize;
  }
  const immSize = immediateSize(follows, prefixes, rex, modrm, encoding);
  const length = at + immSize;
  if (length > code.length || length > LONGEST) return undefined;
  return {
    length,
    prefixes,
    rex,
    encoding,
    map: map as OpcodeMap,
    opcode,
    prefixAt,
    opcodeAt,
    modrm,
    modrmAt,
    disp: readSigned(code, dispAt, dispSize),
    dispSize,
    immAt: at,
    immSize,
  };
}

const hasModrm = "MNBZtTqI";

/** As the letters above, and I: ModRM imm32. */
function followsOf(encoding: Instruction["encoding"], map: number, opcode: number): string {
  if (encoding === "legacy") {
    return (map === 0 ? oneByte[opcode] : map === 1 ? twoByte[opcode] : map === 2 ? "M" : "B") ?? "x";
  }
  if (encoding === "xop") return map === 8 ? "B" : map === 9 ? "M" : map === 10 ? "I" : "x";
  switch (map) {
    case 1:
      return opcode === 0x77 && encoding === "vex" ? "." : vectorImmediates.has(opcode) ? "B" : "M";
    case 2:
      return "M";
    case 3:
      return "B";
    case 5:
    case 6:
      return encoding === "evex" ? "M" : "x";
    default:
      return "x";
  }
}

function immediateSize(
  follows: string,
  prefixes: number,
  rex: number,
  modrm: number,
  encoding: Instruction["encoding"],
): number {
  const wide = (rex & REX_W) !== 0;
  const word = (prefixes & PREFIX.OPERAND) !== 0 && !wide && encoding === "legacy" ? 2 : 4;
  const isTest = (modrm & 0x30) === 0;
  switch (follows) {
    case "b":
    case "B":
      return 1;
    case "w":
      return 2;
    case "e":
      return 3;
    case "z":
    case "Z":
      return word;
    case "I":
      return 4;
    case "v":
      return wide ? 8 : word;
    case "o":
      return (prefixes & PREFIX.ADDRESS) !== 0 ? 4 : 8;
    case "t":
      return isTest ? 1 : 0;
    case "T":
      return isTest ? word : 0;
    case "q":
      return (prefixes & (PREFIX.OPERAND | PREFIX.REPNE)) !== 0 ? 2 : 0;
    default:
      return 0;
  }
}

/** A little-endian number of 0, 1, 2 or 4 bytes, sign-extended. */
export function readSigned(code: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value |= (code[at + i] ?? 0) << (8 * i);
  return size === 0 ? 0 : (value << (32 - 8 * size)) >> (32 - 8 * size);
}
