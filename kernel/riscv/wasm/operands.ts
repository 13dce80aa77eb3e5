/**
 * The seam between the semantics table and what is generated from it.
 *
 * A semantics function gives the WebAssembly code of one instruction, in terms of these operands. The interpreter makes
 * code that fetches them from a record in memory (`interpreter.ts`); a translator of whole regions would give constants and
 * locals instead, and nothing in the table would change.
 *
 * The rule that makes traps precise: code may leave by `slow` only before its first `write…`. Whoever catches that
 * lets the reference semantics run the instruction, from the start.
 */
import type { Code, Local } from "./code.ts";

export interface Operands {
  /** Of the instruction, in bytes. */
  readonly length: 2 | 4;

  // ---- integer registers: i64 ----
  readonly rs1: Code;
  readonly rs2: Code;
  readonly writeRd: (value: Code) => Code;
  /** For instructions that have other effects: nothing when rd is x0. */
  readonly writeRdOrNot: (value: Code) => Code;
  /** The number in the place of rs1, i32. */
  readonly rs1Number: Code;

  // ---- floating-point registers: their bits, i64 ----
  readonly fs1: Code;
  readonly fs2: Code;
  readonly fs3: Code;
  readonly writeFd: (bits: Code) => Code;
  /** i32. */
  readonly fcsr: Code;
  readonly writeFcsr: (value: Code) => Code;

  // ---- the rest of the encoding ----
  /** The immediate, or the amount of a shift: i64. */
  readonly imm: Code;
  /** i32: of floating-point arithmetic, the bits of fcsr that must be 0 for rounding to nearest even. */
  readonly dynamicRounding: Code;
  /** i32: of csr instructions, where in fcsr the register lies. */
  readonly csrShift: Code;
  readonly csrMask: Code;

  // ---- control ----
  /** Addresses of this instruction and the next: i64. */
  readonly pc: Code;
  readonly nextPc: Code;
  /** Goes to pc + imm. */
  readonly branch: Code;
  /** Goes to the address in `target`, which is a user address. */
  readonly jump: Code;
  /** Leaves, with nothing done. */
  readonly slow: Code;

  // ---- memory ----
  /**
   * Puts the address into `address`, and where in the pool that is into `host`; slow when the TLB does not know or the
   * address is not aligned.
   */
  readonly locate: (access: "read" | "write", size: 1 | 2 | 4 | 8, address: Code) => Code;
  /** What lr reserved: the address, with bit 0 set for 8 bytes; -1 for nothing. i64. */
  readonly reservation: Code;
  readonly writeReservation: (value: Code) => Code;

  /** Variables that live within an instruction. */
  readonly temporaries: Temporaries;
}

export interface Temporaries {
  readonly address: Local;
  readonly host: Local;
  readonly target: Local;
  /** i64. */
  readonly a: Local;
  readonly b: Local;
  /** f64. */
  readonly x: Local;
  readonly y: Local;
  readonly z: Local;
}

export type Semantic = (o: Operands) => Code;
/** By the name of the row of the instruction table, or of a special case of it. */
export type SemanticsTable = { readonly [name: string]: Semantic };
