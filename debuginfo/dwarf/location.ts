/**
 * Where objects are, and how bytes of them are read (DWARF 5, 2.6).
 *
 * `expression.ts` gives a `Location`; `readLocation` reads it, over the borders of pieces.
 */

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
  /** The value that a register had when the function was entered, for DW_OP_entry_value; absent where nobody knows. */
  entryValue?(register: number): bigint | EvaluateFailure;
  /** Added to DW_OP_addr: run-time address minus link-time address. */
  readonly bias: bigint;
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
  const low = Number(BigInt.asUintN(32, value));
  const high = Number(BigInt.asUintN(32, value >> 32n));
  for (let i = 0; i < 4; i++) {
    bytes[i] = low >>> (8 * i);
    bytes[i + 4] = high >>> (8 * i);
  }
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
