/**
 * The core: registers and memory (`user-memory.ts`) as the semantics functions of the instruction table see them.
 *
 * `Cpu.run` attaches a hart and an address space, then calls one function per instruction with the core and the
 * decoded record. A function reads its sources, then may fault in a load or store (by a throw that only `Cpu.run`
 * catches), then writes its destination: so a fault leaves the state as it was before the instruction.
 *
 * Registers are pairs of 32-bit words: `w[d.xs1]` is the low word of rs1, `w[d.xs1 + 1]` the high word.
 * `next` is where to go on, relative to the page: `offset + length` unless the function changes it.
 */
import type { Access, AddressSpace, FaultCause } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import type { HartState } from "./hart.ts";
import type { Fields } from "./picture.ts";
import type { Row } from "./row.ts";
import { UserMemory } from "./user-memory.ts";

/** A decoded instruction, ready to run. */
export interface Decoded extends Fields {
  /** Absent for an illegal instruction. */
  readonly row: Row | undefined;
  readonly execute: Semantics;
  readonly word: number;
  readonly length: number;
  /** Indexes into `Core.w`: of the destination (x0 has a place of its own), of the sources. */
  readonly xd: number;
  readonly xs1: number;
  readonly xs2: number;
}

export type Semantics = (c: Core, d: Decoded) => void;

export type CpuExit =
  | { readonly kind: "budget" }
  | { readonly kind: "ecall" }
  | { readonly kind: "ebreak" }
  | {
      readonly kind: "fault";
      readonly access: Access;
      /** Addresses of the upper half are negative. */
      readonly address: number;
      readonly cause: FaultCause | "BUS_ADRALN";
    }
  | { readonly kind: "illegal"; readonly instruction: number };

/** Thrown by loads, stores and fetches; `Core.exit` says which. */
export const FAULT = Symbol("fault");

/** Values of `next` that are no offsets (those are even): go to `far`; leave with `exit`. */
export const FAR = -1;
export const TRAP = -3;

const HIGH = 2 ** 32;

export class Core extends UserMemory {
  state!: HartState;
  /** Integer registers as pairs of words, and as values; index 32 is where writes to x0 go. */
  w: Int32Array = new Int32Array(66);
  x: BigInt64Array = new BigInt64Array(33);
  /** Floating-point registers as pairs of words, and as values. */
  fw: Int32Array = new Int32Array(64);
  f: BigUint64Array = new BigUint64Array(32);
  fd: Float64Array = new Float64Array(32);

  /** Address of the page that executes, offset of the instruction in it, and of the next one. */
  base = 0;
  offset = 0;
  next = 0;
  far = 0;
  exit: CpuExit = { kind: "budget" };
  /** Instructions retired in this run, and before it. */
  executed = 0;
  retired = 0;
  timeSource: () => bigint = () => 0n;

  #inPool = false;
  #integersAt = 0;
  #floatsAt = 0;

  /** The registers are those of the hart. */
  attach(state: HartState, mm: AddressSpace): void {
    if (this.state !== state) {
      this.state = state;
      this.w = new Int32Array(state.x.buffer);
      this.x = new BigInt64Array(state.x.buffer);
      this.fw = new Int32Array(state.f.buffer);
      this.f = state.f;
      this.fd = new Float64Array(state.f.buffer);
    }
    this.enter(mm);
  }

  /** The registers are copies of the hart's at these addresses of the pool; the other state is the hart's own. */
  attachInPool(state: HartState, mm: AddressSpace, integers: number, floats: number): void {
    this.state = state;
    this.#integersAt = integers;
    this.#floatsAt = floats;
    this.#inPool = true;
    this.enter(mm);
  }

  protected override enter(mm: AddressSpace): void {
    super.enter(mm);
    this.w[0] = 0;
    this.w[1] = 0;
  }

  protected override poolMoved(buffer: ArrayBuffer): void {
    if (!this.#inPool) return;
    this.w = new Int32Array(buffer, this.#integersAt, 66);
    this.x = new BigInt64Array(buffer, this.#integersAt, 33);
    this.fw = new Int32Array(buffer, this.#floatsAt, 64);
    this.f = new BigUint64Array(buffer, this.#floatsAt, 32);
    this.fd = new Float64Array(buffer, this.#floatsAt, 32);
  }

  /** The code that runs may be stale, or its page a copy from now on: it is looked up again. */
  protected override pageWritten(page: number, stale: boolean): void {
    if ((stale || page === this.base) && this.next >= 0) this.jump(this.base + this.next);
  }

  get pc(): number {
    return this.base + this.offset;
  }

  protected override showState(): number {
    if (this.#inPool) {
      this.state.x.set(this.x.subarray(0, 32));
      this.state.f.set(this.f);
    }
    this.state.pc = this.pc;
    return this.pc;
  }

  setPc(pc: number): void {
    this.base = Math.floor(pc / PAGE_SIZE) * PAGE_SIZE;
    this.offset = pc - this.base;
  }

  // ---- control flow ----

  /** To an address relative to this instruction. */
  branch(displacement: number): void {
    this.next = this.offset + displacement;
  }

  /** To any address. */
  jump(address: number): void {
    this.far = address;
    this.next = FAR;
  }

  trap(exit: CpuExit): void {
    this.exit = exit;
    this.next = TRAP;
  }

  illegal(d: Decoded): void {
    this.trap({ kind: "illegal", instruction: d.word });
  }

  override fault(access: Access, address: number, cause: FaultCause | "BUS_ADRALN"): never {
    this.exit = { kind: "fault", access, address, cause };
    throw FAULT;
  }

  // ---- registers ----

  /** rs1 + imm as an address; the upper half is negative, what is no address is out of the user range. */
  address(d: Decoded): number {
    return this.w[d.xs1 + 1]! * HIGH + (this.w[d.xs1]! >>> 0) + d.imm;
  }

  /** Writes a safe integer. */
  setNumber(xd: number, value: number): void {
    this.w[xd] = value;
    this.w[xd + 1] = Math.floor(value / HIGH);
  }

  /** Writes a 32-bit integer, sign-extended. */
  set32(xd: number, value: number): void {
    this.w[xd] = value;
    this.w[xd + 1] = (value | 0) >> 31;
  }

  /** Writes a 64-bit integer of either sign; wraps. */
  setBig(xd: number, value: bigint): void {
    this.x[xd >> 1] = value;
  }
}
