/**
 * The core: registers and memory as the semantics functions of the instruction table see them.
 *
 * `Cpu.run` attaches a hart and an address space, then calls one function per instruction with the core and the
 * decoded record. A function reads its sources, then may fault in a load or store (by a throw that only `Cpu.run`
 * catches), then writes its destination: so a fault leaves the state as it was before the instruction.
 *
 * Registers are pairs of 32-bit words: `w[d.xs1]` is the low word of rs1, `w[d.xs1 + 1]` the high word.
 * `next` is where to go on, relative to the page: `offset + length` unless the function changes it.
 */
import { type Access, type AddressSpace, type FaultCause, faultCause, USER_END } from "../memory/address-space.ts";
import { type Frames, PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../memory/frames.ts";
import type { Tlb } from "../memory/tlb.ts";
import type { HartState } from "./hart.ts";
import { type Fields, instructionLength } from "./picture.ts";
import type { Row } from "./row.ts";

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

export class Core {
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

  mm!: AddressSpace;
  /** High word of the last `load64`. */
  high = 0;
  #frames!: Frames;
  #tlb!: Tlb;
  #u8 = new Uint8Array(0);
  #u16!: Uint16Array;
  #i32!: Int32Array;
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
    this.#enter(mm);
  }

  /** The registers are copies of the hart's at these addresses of the pool; the other state is the hart's own. */
  attachInPool(state: HartState, mm: AddressSpace, integers: number, floats: number): void {
    this.state = state;
    this.#integersAt = integers;
    this.#floatsAt = floats;
    this.#inPool = true;
    this.#enter(mm);
  }

  #enter(mm: AddressSpace): void {
    this.mm = mm;
    this.#frames = mm.frames;
    this.#tlb = mm.tlb;
    this.#frames.tlbs.enter(mm.tlb);
    this.memoryChanged();
    this.w[0] = 0;
    this.w[1] = 0;
  }

  /** After anything that can replace the views of the pool. */
  memoryChanged(): void {
    if (this.#u8 === this.#frames.u8) return;
    this.#u8 = this.#frames.u8;
    this.#u16 = this.#frames.u16;
    this.#i32 = this.#frames.i32;
    if (!this.#inPool) return;
    const { buffer } = this.#u8;
    this.w = new Int32Array(buffer, this.#integersAt, 66);
    this.x = new BigInt64Array(buffer, this.#integersAt, 33);
    this.fw = new Int32Array(buffer, this.#floatsAt, 64);
    this.f = new BigUint64Array(buffer, this.#floatsAt, 32);
    this.fd = new Float64Array(buffer, this.#floatsAt, 32);
  }

  get pc(): number {
    return this.base + this.offset;
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

  fault(access: Access, address: number, cause: FaultCause | "BUS_ADRALN"): never {
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

  // ---- memory ----

  // Where first, then the view: finding the place may replace the views.

  /** A byte, unsigned. */
  load8(address: number): number {
    const at = this.#locate(address, "read");
    return this.#u8[at]!;
  }

  /** A halfword, unsigned. */
  load16(address: number): number {
    if ((address & 1) !== 0) return this.#loadBytes(address, 2);
    const at = this.#locate(address, "read");
    return this.#u16[at >> 1]!;
  }

  load32(address: number): number {
    if ((address & 3) !== 0) return this.#loadBytes(address, 4) | 0;
    const at = this.#locate(address, "read");
    return this.#i32[at >> 2]!;
  }

  /** The low word; the high one is in `high`. */
  load64(address: number): number {
    if ((address & 7) !== 0) {
      const low = this.#loadBytes(address, 4) | 0;
      this.high = this.#loadBytes(address + 4, 4) | 0;
      return low;
    }
    const at = this.#locate(address, "read") >> 2;
    this.high = this.#i32[at + 1]!;
    return this.#i32[at]!;
  }

  store8(address: number, value: number): void {
    const at = this.#locateWrite(address);
    this.#u8[at] = value;
  }

  store16(address: number, value: number): void {
    if ((address & 1) !== 0) this.#storeBytes(address, 2, value, 0);
    else {
      const at = this.#locateWrite(address);
      this.#u16[at >> 1] = value;
    }
  }

  store32(address: number, value: number): void {
    if ((address & 3) !== 0) this.#storeBytes(address, 4, value, 0);
    else {
      const at = this.#locateWrite(address);
      this.#i32[at >> 2] = value;
    }
  }

  store64(address: number, low: number, high: number): void {
    if ((address & 7) !== 0) {
      this.#storeBytes(address, 8, low, high);
      return;
    }
    const at = this.#locateWrite(address) >> 2;
    this.#i32[at] = low;
    this.#i32[at + 1] = high;
  }

  /** Faults now if the address cannot be written: for atomics, which read first. */
  checkWrite(address: number): void {
    this.#locateWrite(address);
  }

  /** Where in the pool an address is. */
  #locate(address: number, access: Access): number {
    if (address >= 0 && address < USER_END) {
      const at = this.#tlb.findRead(address);
      if (at >= 0) return at;
    }
    return this.#miss(address, access);
  }

  #locateWrite(address: number): number {
    if (address >= 0 && address < USER_END) {
      const at = this.#tlb.findWrite(address);
      if (at >= 0) return at;
    }
    return this.#miss(address, "write");
  }

  #miss(address: number, access: Access): number {
    const page = Math.floor(address / PAGE_SIZE);
    const { codeWrites } = this.#frames;
    const frame = this.mm.translate(page, access);
    if (frame < 0) this.fault(access, address, faultCause(frame));
    this.memoryChanged();
    this.#tlb.learnRead(page, frame);
    if (access === "write") {
      this.#tlb.learnWrite(page, frame);
      // The code that runs may be stale, or its page a copy from now on: look it up again.
      const stale = codeWrites !== this.#frames.codeWrites || page * PAGE_SIZE === this.base;
      if (stale && this.next >= 0) this.jump(this.base + this.next);
    }
    return (frame << PAGE_SHIFT) + (address & PAGE_MASK);
  }

  /** The frame that holds the code of an address. */
  fetchFrame(address: number): number {
    if (address >= 0 && address < USER_END) {
      const known = this.#tlb.findFetch(address);
      if (known >= 0) return known;
    }
    const page = Math.floor(address / PAGE_SIZE);
    const frame = this.mm.translate(page, "fetch");
    if (frame < 0) this.fault("fetch", address, faultCause(frame));
    this.memoryChanged();
    this.#tlb.learnFetch(page, frame);
    return frame;
  }

  /** The word at an address: as much of it as the instruction there has. */
  fetchWord(address: number): number {
    const at = (this.fetchFrame(address) << PAGE_SHIFT) + (address & PAGE_MASK);
    const low = this.#u16[at >> 1]!;
    if (instructionLength(low) === 2) return low;
    if ((address & PAGE_MASK) + 4 <= PAGE_SIZE) return low | (this.#u16[(at >> 1) + 1]! << 16);
    const rest = this.fetchFrame(address + 2);
    return low | (this.#u16[(rest << PAGE_SHIFT) >> 1]! << 16);
  }

  /** A misaligned load; up to 4 bytes, unsigned. */
  #loadBytes(address: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.load8(address + i) * 2 ** (8 * i);
    return value;
  }

  /** A misaligned store: nothing is written unless all of it can be. */
  #storeBytes(address: number, size: number, low: number, high: number): void {
    this.checkWrite(address);
    this.checkWrite(address + size - 1);
    for (let i = 0; i < size; i++) this.store8(address + i, (i < 4 ? low : high) >>> (8 * (i & 3)));
  }
}
