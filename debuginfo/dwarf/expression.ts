/**
 * The DWARF expression machine (DWARF 5, 2.5 and 2.6).
 *
 * `evaluateLocation` runs a location expression over the registers and memory of a stopped task and says where the
 * object is; `readLocation` reads bytes of it. Called by `runtime/` for `PlanBase` of kind `dwarf` and by backtraces
 * for CFI expressions. Works on 64-bit stacks. Never throws (unless the environment does), never runs longer than
 * `limits.maxDwarfOps` operations. What it cannot do (typed operations, thread-local storage, entry values) is a
 * failure that names the operation.
 */
import type { CfaPlan } from "../../abi/plan.ts";
import { ByteReader } from "../../base/bytes.ts";
import { limits } from "../../base/limits.ts";
import { fromHex } from "../hex.ts";
import { DW_OP, dwarfName } from "./constants.ts";

/** Where an object is. */
export type Location =
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "register"; readonly register: number }
  /** DW_OP_stack_value: there is no object, this is its value (unsigned 64 bits). */
  | { readonly kind: "value"; readonly value: bigint }
  /** DW_OP_implicit_value */
  | { readonly kind: "implicit"; readonly bytes: Uint8Array }
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  /** A piece that was optimized out; never the whole location. */
  | { readonly kind: "absent" };

export interface Piece {
  readonly location: Location;
  /** Bits of the object that are here, and how far into the location they begin. */
  readonly bits: number;
  readonly bitOffset: number;
}

export interface EvaluateFailure {
  readonly kind: "failure";
  readonly reason: "optimized-out" | "unsupported" | "malformed" | "fault" | "limit";
  readonly message: string;
}

export interface EvaluateEnvironment {
  /** Unsigned 64-bit value of the register with this DWARF number. */
  register(n: number): bigint;
  /** `size` bytes of memory, undefined when they cannot be read. */
  memory(address: bigint, size: number): Uint8Array | undefined;
  /** The expression of DW_AT_frame_base, for DW_OP_fbreg. */
  frameBase(): Uint8Array | undefined;
  /** The canonical frame address, for DW_OP_call_frame_cfa; see `evaluateCfa`. */
  cfa(): bigint | undefined;
  /** Added to DW_OP_addr: run-time address minus link-time address. */
  readonly bias: bigint;
}

export function evaluateLocation(expression: Uint8Array, env: EvaluateEnvironment): Location | EvaluateFailure {
  return new Machine(expression, env, true).run();
}

/** `evaluateLocation` for an expression whose result is a plain number: CFI rules and member locations. */
export function evaluateNumber(
  expression: Uint8Array,
  env: EvaluateEnvironment,
  initial: readonly bigint[] = [],
): bigint | EvaluateFailure {
  const machine = new Machine(expression, env, true);
  machine.stack.push(...initial.map(wrap));
  const result = machine.run();
  if (result.kind === "memory") return result.address;
  if (result.kind === "value") return result.value;
  if (result.kind === "failure") return result;
  return failure("malformed", `expression gives a ${result.kind} where a number is needed`);
}

/** The canonical frame address by the rule that a plan carries; undefined when it cannot be worked out. */
export function evaluateCfa(plan: CfaPlan, env: EvaluateEnvironment): bigint | undefined {
  if (plan.kind === "register") return wrap(env.register(plan.register) + BigInt(plan.offset));
  const result = evaluateNumber(fromHex(plan.expression), env);
  return typeof result === "bigint" ? result : undefined;
}

/** `size` bytes of the object, from byte `offset` of it. */
export function readLocation(
  location: Location,
  offset: number,
  size: number,
  env: EvaluateEnvironment,
): Uint8Array | EvaluateFailure {
  switch (location.kind) {
    case "memory": {
      const address = wrap(location.address + BigInt(offset));
      return env.memory(address, size) ?? failure("fault", `cannot read ${size} bytes at 0x${address.toString(16)}`);
    }
    case "register":
      return slice(littleEndian(env.register(location.register)), offset, size, "register");
    case "value":
      return slice(littleEndian(location.value), offset, size, "value");
    case "implicit":
      return slice(location.bytes, offset, size, "value");
    case "absent":
      return failure("optimized-out", "this part is optimized out");
    case "pieces":
      return readPieces(location.pieces, offset, size, env);
  }
}

export function failure(reason: EvaluateFailure["reason"], message: string): EvaluateFailure {
  return { kind: "failure", reason, message };
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, wrap(value), true);
  return bytes;
}

function slice(bytes: Uint8Array, offset: number, size: number, what: string): Uint8Array | EvaluateFailure {
  if (offset < 0 || offset + size > bytes.length) {
    return failure("malformed", `bytes ${offset}..${offset + size} of a ${what} of ${bytes.length} bytes`);
  }
  return bytes.subarray(offset, offset + size);
}

function readPieces(
  pieces: readonly Piece[],
  offset: number,
  size: number,
  env: EvaluateEnvironment,
): Uint8Array | EvaluateFailure {
  const out = new Uint8Array(size);
  const from = offset * 8;
  const to = from + size * 8;
  let start = 0;
  for (const piece of pieces) {
    const low = Math.max(start, from);
    const high = Math.min(start + piece.bits, to);
    if (low < high) {
      const inPiece = piece.bitOffset + low - start;
      const firstByte = Math.floor(inPiece / 8);
      const bytes = readLocation(piece.location, firstByte, Math.ceil((inPiece + high - low) / 8) - firstByte, env);
      if (!(bytes instanceof Uint8Array)) return bytes;
      copyBits(bytes, inPiece % 8, out, low - from, high - low);
    }
    start += piece.bits;
  }
  return start >= to ? out : failure("malformed", `bytes ${offset}..${offset + size} of pieces of ${start} bits`);
}

function copyBits(source: Uint8Array, sourceBit: number, target: Uint8Array, targetBit: number, count: number): void {
  if (((sourceBit | targetBit | count) & 7) === 0) {
    target.set(source.subarray(sourceBit >> 3, (sourceBit + count) >> 3), targetBit >> 3);
    return;
  }
  for (let i = 0; i < count; i++) {
    const from = sourceBit + i;
    const to = targetBit + i;
    if ((source[from >> 3]! >> (from & 7)) & 1) target[to >> 3]! |= 1 << (to & 7);
  }
}

/** Operations that push their operand. */
// biome-ignore format: table
const constant: { readonly [op: number]: (r: ByteReader) => bigint } = {
  [DW_OP.const1u]: (r) => BigInt(r.u8()),
  [DW_OP.const1s]: (r) => BigInt(r.i8()),
  [DW_OP.const2u]: (r) => BigInt(r.u16()),
  [DW_OP.const2s]: (r) => BigInt(r.i16()),
  [DW_OP.const4u]: (r) => BigInt(r.u32()),
  [DW_OP.const4s]: (r) => BigInt(r.i32()),
  [DW_OP.const8u]: (r) => r.u64(),
  [DW_OP.const8s]: (r) => r.i64(),
  [DW_OP.constu]: (r) => r.uleb(),
  [DW_OP.consts]: (r) => r.sleb(),
};

/** Binary operations: `a` was below `b` on the stack. Undefined: division by zero. */
const binary: { readonly [op: number]: (a: bigint, b: bigint) => bigint | undefined } = {
  [DW_OP.and]: (a, b) => a & b,
  [DW_OP.div]: (a, b) => (b === 0n ? undefined : signed(a) / signed(b)),
  [DW_OP.minus]: (a, b) => a - b,
  [DW_OP.mod]: (a, b) => (b === 0n ? undefined : a % b),
  [DW_OP.mul]: (a, b) => a * b,
  [DW_OP.or]: (a, b) => a | b,
  [DW_OP.plus]: (a, b) => a + b,
  [DW_OP.shl]: (a, b) => (b > 63n ? 0n : a << b),
  [DW_OP.shr]: (a, b) => (b > 63n ? 0n : a >> b),
  [DW_OP.shra]: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  [DW_OP.xor]: (a, b) => a ^ b,
  [DW_OP.eq]: (a, b) => (a === b ? 1n : 0n),
  [DW_OP.ge]: (a, b) => (signed(a) >= signed(b) ? 1n : 0n),
  [DW_OP.gt]: (a, b) => (signed(a) > signed(b) ? 1n : 0n),
  [DW_OP.le]: (a, b) => (signed(a) <= signed(b) ? 1n : 0n),
  [DW_OP.lt]: (a, b) => (signed(a) < signed(b) ? 1n : 0n),
  [DW_OP.ne]: (a, b) => (a !== b ? 1n : 0n),
};

function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

class Machine {
  readonly stack: bigint[] = [];
  readonly #reader: ByteReader;
  readonly #env: EvaluateEnvironment;
  /** False inside DW_AT_frame_base, which may not use DW_OP_fbreg itself. */
  readonly #fbreg: boolean;
  readonly #pieces: Piece[] = [];
  /** The location described since the last piece, when it is not the top of the stack. */
  #location: Location | undefined;
  #failure: EvaluateFailure | undefined;

  constructor(expression: Uint8Array, env: EvaluateEnvironment, fbreg: boolean) {
    this.#reader = new ByteReader(expression, "expression");
    this.#env = env;
    this.#fbreg = fbreg;
  }

  run(): Location | EvaluateFailure {
    const r = this.#reader;
    for (let left: number = limits.maxDwarfOps; r.more && this.#failure === undefined; left--) {
      if (left === 0) return failure("limit", `more than ${limits.maxDwarfOps} DWARF operations`);
      this.#step(r.u8());
    }
    if (this.#failure) return this.#failure;
    if (r.error) return failure("malformed", `expression+${r.error.offset}: ${r.error.message}`);
    if (this.#pieces.length > 0) {
      const nothing = this.#pieces.every((piece) => piece.location.kind === "absent");
      return nothing ? failure("optimized-out", "optimized out") : { kind: "pieces", pieces: this.#pieces };
    }
    const location = this.#takeLocation();
    return location.kind === "absent" ? failure("optimized-out", "optimized out") : location;
  }

  #fail(reason: EvaluateFailure["reason"], message: string): undefined {
    this.#failure ??= failure(reason, message);
  }

  #push(value: bigint): undefined {
    this.stack.push(wrap(value));
  }

  #pop(): bigint {
    const value = this.stack.pop();
    if (value === undefined) this.#fail("malformed", `stack is empty before expression+${this.#reader.offset}`);
    return value ?? 0n;
  }

  /** What the operations since the last piece describe; absent when there were none. */
  #takeLocation(): Location {
    const location = this.#location;
    this.#location = undefined;
    if (location) return location;
    const address = this.stack.pop();
    return address === undefined ? { kind: "absent" } : { kind: "memory", address };
  }

  #load(size: number): undefined {
    const address = this.#pop();
    if (size < 1 || size > 8) return this.#fail("malformed", `a load of ${size} bytes`);
    const bytes = this.#env.memory(address, size);
    if (!bytes) return this.#fail("fault", `cannot read ${size} bytes at 0x${address.toString(16)}`);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    this.#push(value);
  }

  #frameBase(): bigint {
    const expression = this.#fbreg ? this.#env.frameBase() : undefined;
    if (!expression) {
      this.#fail("malformed", "DW_OP_fbreg without a frame base");
      return 0n;
    }
    const base = new Machine(expression, this.#env, false).run();
    if (base.kind === "memory") return base.address;
    if (base.kind === "value") return base.value;
    if (base.kind === "register") return this.#env.register(base.register);
    if (base.kind === "failure") this.#failure ??= base;
    else this.#fail("malformed", "the frame base is no address");
    return 0n;
  }

  #step(op: number): undefined {
    const r = this.#reader;
    if (op >= DW_OP.lit0 && op <= DW_OP.lit31) return this.#push(BigInt(op - DW_OP.lit0));
    if (op >= DW_OP.reg0 && op <= DW_OP.reg31) {
      this.#location = { kind: "register", register: op - DW_OP.reg0 };
      return;
    }
    if (op >= DW_OP.breg0 && op <= DW_OP.breg31) return this.#push(this.#env.register(op - DW_OP.breg0) + r.sleb());
    const operand = constant[op];
    if (operand) return this.#push(operand(r));
    const operation = binary[op];
    if (operation) {
      const b = this.#pop();
      const result = operation(this.#pop(), b);
      if (result === undefined) return this.#fail("malformed", `division by zero in ${dwarfName("DW_OP", DW_OP, op)}`);
      return this.#push(result);
    }
    switch (op) {
      case DW_OP.addr:
        return this.#push(r.u64() + this.#env.bias);
      case DW_OP.deref:
        return this.#load(8);
      case DW_OP.deref_size:
        return this.#load(r.u8());
      case DW_OP.dup:
        return this.#pick(0);
      case DW_OP.drop:
        this.#pop();
        return;
      case DW_OP.over:
        return this.#pick(1);
      case DW_OP.pick:
        return this.#pick(r.u8());
      case DW_OP.swap: {
        const top = this.#pop();
        const below = this.#pop();
        this.#push(top);
        return this.#push(below);
      }
      case DW_OP.rot: {
        const first = this.#pop();
        const second = this.#pop();
        const third = this.#pop();
        this.#push(first);
        this.#push(third);
        return this.#push(second);
      }
      case DW_OP.abs: {
        const value = signed(this.#pop());
        return this.#push(value < 0n ? -value : value);
      }
      case DW_OP.neg:
        return this.#push(-this.#pop());
      case DW_OP.not:
        return this.#push(~this.#pop());
      case DW_OP.plus_uconst:
        return this.#push(this.#pop() + r.uleb());
      case DW_OP.bra: {
        const distance = r.i16();
        if (this.#pop() !== 0n) r.seek(r.offset + distance);
        return;
      }
      case DW_OP.skip: {
        const distance = r.i16();
        r.seek(r.offset + distance);
        return;
      }
      case DW_OP.regx:
        this.#location = { kind: "register", register: r.ulebNumber() };
        return;
      case DW_OP.fbreg: {
        const offset = r.sleb();
        return this.#push(this.#frameBase() + offset);
      }
      case DW_OP.bregx: {
        const register = r.ulebNumber();
        return this.#push(this.#env.register(register) + r.sleb());
      }
      case DW_OP.piece:
        this.#pieces.push({ bits: r.ulebNumber() * 8, bitOffset: 0, location: this.#takeLocation() });
        return;
      case DW_OP.bit_piece: {
        const bits = r.ulebNumber();
        this.#pieces.push({ bits, bitOffset: r.ulebNumber(), location: this.#takeLocation() });
        return;
      }
      case DW_OP.nop:
      case DW_OP.GNU_uninit:
        return;
      case DW_OP.call_frame_cfa: {
        const cfa = this.#env.cfa();
        if (cfa === undefined) return this.#fail("malformed", "no call frame information for DW_OP_call_frame_cfa");
        return this.#push(cfa);
      }
      case DW_OP.implicit_value:
        this.#location = { kind: "implicit", bytes: r.block(r.ulebNumber()) };
        return;
      case DW_OP.stack_value:
        this.#location = { kind: "value", value: this.#pop() };
        return;
      case DW_OP.entry_value:
      case DW_OP.GNU_entry_value:
        return this.#fail("optimized-out", `optimized out (only ${dwarfName("DW_OP", DW_OP, op)} knows it)`);
      default:
        return this.#fail("unsupported", `${dwarfName("DW_OP", DW_OP, op)} is not supported`);
    }
  }

  #pick(index: number): undefined {
    const value = this.stack[this.stack.length - 1 - index];
    if (value === undefined) return this.#fail("malformed", `stack has no entry ${index}`);
    this.#push(value);
  }
}
