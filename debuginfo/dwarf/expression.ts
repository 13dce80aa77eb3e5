/**
 * The DWARF expression machine (DWARF 5, 2.5 and 2.6).
 *
 * `evaluateLocation` runs a location expression over the registers and memory of a stopped task and says where the
 * object is. Called by `runtime/` for `PlanBase` of kind `dwarf` and by backtraces for CFI expressions. Expressions come
 * linked (`link-expression.ts`): typed operations have type codes, thread-local storage is an address already. Never
 * throws (unless the environment does), never runs longer than `limits.maxDwarfOps` operations. What it cannot do is a
 * failure that names the operation.
 */
import type { CfaPlan } from "../../abi/plan.ts";
import { ByteReader } from "../../base/bytes.ts";
import { limits } from "../../base/limits.ts";
import { fromHex } from "../hex.ts";
import { DW_OP, dwarfName } from "./constants.ts";
import { type EvaluateEnvironment, type EvaluateFailure, failure, type Location, type Piece } from "./location.ts";
import {
  absolute,
  binary,
  binaryTyped,
  constant,
  convert,
  isComparison,
  isSupported,
  negate,
  sizeOfCode,
  truncate,
} from "./operations.ts";

export {
  type EvaluateEnvironment,
  type EvaluateFailure,
  failure,
  type Location,
  type Piece,
  readLocation,
} from "./location.ts";

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
  machine.begin(initial);
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

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

class Machine {
  readonly #stack: bigint[] = [];
  /** The type codes of the values. */
  readonly #types: number[] = [];
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

  begin(values: readonly bigint[]): void {
    for (const value of values) this.#push(value);
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

  #push(value: bigint, type = 0): undefined {
    this.#stack.push(type === 0 ? wrap(value) : truncate(type, value));
    this.#types.push(type);
  }

  /** The type code of the value on top. */
  get #type(): number {
    return this.#types.at(-1) ?? 0;
  }

  #pop(): bigint {
    const value = this.#stack.pop();
    this.#types.pop();
    if (value === undefined) this.#fail("malformed", `stack is empty before expression+${this.#reader.offset}`);
    return value ?? 0n;
  }

  /** What the operations since the last piece describe; absent when there were none. */
  #takeLocation(): Location {
    const location = this.#location;
    this.#location = undefined;
    if (location) return location;
    const address = this.#stack.pop();
    this.#types.pop();
    return address === undefined ? { kind: "absent" } : { kind: "memory", address };
  }

  #load(size: number, type = 0): undefined {
    const address = this.#pop();
    if (size < 1 || size > 8) return this.#fail("malformed", `a load of ${size} bytes`);
    const bytes = this.#env.memory(address, size);
    if (!bytes) return this.#fail("fault", `cannot read ${size} bytes at 0x${address.toString(16)}`);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    this.#push(value, type);
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
    if (binary[op]) {
      const type = this.#type;
      const b = this.#pop();
      const result = binaryTyped(op, type, this.#pop(), b);
      if (result === undefined) return this.#fail("malformed", `division by zero in ${dwarfName("DW_OP", DW_OP, op)}`);
      return this.#push(result, isComparison(op) ? 0 : type);
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
      case DW_OP.swap:
        return this.#rotate(2);
      case DW_OP.rot:
        return this.#rotate(3);
      case DW_OP.abs: {
        const type = this.#type;
        return this.#push(absolute(type, this.#pop()), type);
      }
      case DW_OP.neg: {
        const type = this.#type;
        return this.#push(negate(type, this.#pop()), type);
      }
      case DW_OP.not: {
        const type = this.#type;
        return this.#push(~this.#pop(), type);
      }
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
        return this.#entryValue(r.block(r.ulebNumber()));
      case DW_OP.const_type:
      case DW_OP.GNU_const_type: {
        const type = r.ulebNumber();
        return this.#pushTyped(type, littleEndianValue(r.block(r.u8())));
      }
      case DW_OP.regval_type:
      case DW_OP.GNU_regval_type: {
        const register = r.ulebNumber();
        return this.#pushTyped(r.ulebNumber(), this.#env.register(register));
      }
      case DW_OP.deref_type:
      case DW_OP.GNU_deref_type: {
        const size = r.u8();
        const type = r.ulebNumber();
        return isSupported(type) ? this.#load(size, type) : this.#pushTyped(type, 0n);
      }
      case DW_OP.convert:
      case DW_OP.GNU_convert: {
        const [from, to] = [this.#type, r.ulebNumber()];
        const value = this.#pop();
        return this.#pushTyped(to, isSupported(to) ? convert(value, from, to) : value);
      }
      case DW_OP.reinterpret:
      case DW_OP.GNU_reinterpret: {
        const value = this.#pop();
        return this.#pushTyped(r.ulebNumber(), value);
      }
      case DW_OP.implicit_pointer:
      case DW_OP.GNU_implicit_pointer:
        return this.#fail("optimized-out", "optimized out: it points to something that is not in memory");
      default:
        return this.#fail("unsupported", `${dwarfName("DW_OP", DW_OP, op)} is not supported`);
    }
  }

  #pushTyped(type: number, value: bigint): undefined {
    if (isSupported(type)) return this.#push(value, type);
    return this.#fail("unsupported", `a value of ${sizeOfCode(type)} bytes in a location is not supported`);
  }

  #pick(index: number): undefined {
    const at = this.#stack.length - 1 - index;
    const value = this.#stack[at];
    if (value === undefined) return this.#fail("malformed", `stack has no entry ${index}`);
    this.#push(value, this.#types[at]);
  }

  /** The value on top goes below the next `count` - 1. */
  #rotate(count: number): undefined {
    const at = this.#stack.length - count;
    if (at < 0) return this.#fail("malformed", `stack has no entry ${count - 1}`);
    this.#stack.splice(at, 0, ...this.#stack.splice(-1));
    this.#types.splice(at, 0, ...this.#types.splice(-1));
  }

  /** What a register held when the function was entered is the only question that is answered. */
  #entryValue(expression: Uint8Array): undefined {
    const register = singleRegister(expression);
    if (register === undefined || !this.#env.entryValue) {
      return this.#fail("optimized-out", "optimized out (only DW_OP_entry_value knows it)");
    }
    const value = this.#env.entryValue(register);
    if (typeof value === "bigint") this.#push(value);
    else this.#failure ??= value;
  }
}

/** The register that an expression of one operation names. */
export function singleRegister(expression: Uint8Array): number | undefined {
  const r = new ByteReader(expression, "expression");
  const op = r.u8();
  const register = op === DW_OP.regx ? r.ulebNumber() : op >= DW_OP.reg0 && op <= DW_OP.reg31 ? op - DW_OP.reg0 : -1;
  return register < 0 || r.error || r.more ? undefined : register;
}

function littleEndianValue(bytes: Uint8Array): bigint {
  return bytes.subarray(0, 8).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
