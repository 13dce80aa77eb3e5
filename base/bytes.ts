/**
 * A little-endian byte reader with a sticky error.
 *
 * Used by every decoder of binary input. Getters never throw: past the end they return 0, remember the first
 * error and stay there, so a decoder reads a whole record and checks `error` once. Every loop over input that is
 * guarded by `reader.more` ends. Offsets in errors are offsets in the section, with the section's name.
 */

export interface DecodeError {
  /** The section or file, e.g. `.debug_info`. */
  readonly section: string;
  readonly offset: number;
  readonly message: string;
}

export function formatDecodeError(error: DecodeError): string {
  return `${error.section}+0x${error.offset.toString(16)}: ${error.message}`;
}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly section: string;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;
  #error: DecodeError | undefined;

  constructor(bytes: Uint8Array, section: string, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.section = section;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = Math.min(end, bytes.length);
    if (start < 0 || start > this.#end) this.fail("offset outside of the section");
  }

  get offset(): number {
    return this.#at;
  }

  get end(): number {
    return this.#end;
  }

  get error(): DecodeError | undefined {
    return this.#error;
  }

  /** There is input left and nothing went wrong. */
  get more(): boolean {
    return this.#error === undefined && this.#at < this.#end;
  }

  /** Records the first error; later ones are consequences. */
  fail(message: string): void {
    this.#error ??= { section: this.section, offset: this.#at, message };
  }

  seek(offset: number): void {
    if (offset < 0 || offset > this.#end || !Number.isInteger(offset))
      this.fail(`seek to ${offset} outside of the section`);
    else this.#at = offset;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Start of the next `size` bytes, or -1 when they are not there. */
  #take(size: number): number {
    if (this.#error !== undefined) return -1;
    if (size < 0 || this.#at + size > this.#end) {
      this.fail(`${size} bytes wanted, ${this.#end - this.#at} left`);
      return -1;
    }
    const at = this.#at;
    this.#at = at + size;
    return at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  i8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getInt8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }

  i16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getInt16(at, true);
  }

  u24(): number {
    const at = this.#take(3);
    return at < 0 ? 0 : this.#view.getUint16(at, true) | (this.#view.getUint8(at + 2) << 16);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  i32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getInt32(at, true);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigUint64(at, true);
  }

  i64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigInt64(at, true);
  }

  /** A 64-bit offset, size or address as a number; an error when it is not a safe integer. */
  u64Number(): number {
    const value = this.u64();
    if (value > 0x1f_ffff_ffff_ffffn) {
      this.fail(`0x${value.toString(16)} is too large`);
      return 0;
    }
    return Number(value);
  }

  uleb(): bigint {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      if (shift < 70n) result |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return BigInt.asUintN(64, result);
    }
  }

  sleb(): bigint {
    let result = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.u8();
      if (shift < 70n) result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) === 0) {
        return BigInt.asIntN(64, shift < 64n && (byte & 0x40) !== 0 ? result - (1n << shift) : result);
      }
    }
  }

  /** A ULEB128 that must be a safe integer: a count, an index, an offset. */
  ulebNumber(): number {
    const start = this.#at;
    let result = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
    }
    this.#at = start;
    const value = this.uleb();
    if (value > 0x1f_ffff_ffff_ffffn) {
      this.fail(`ULEB128 0x${value.toString(16)} is too large`);
      return 0;
    }
    return Number(value);
  }

  slebNumber(): number {
    const value = this.sleb();
    if (value > 0x1f_ffff_ffff_ffffn || value < -0x1f_ffff_ffff_ffffn) {
      this.fail(`SLEB128 ${value} is too large`);
      return 0;
    }
    return Number(value);
  }

  /** A view (no copy) of the next `size` bytes; empty after an error. */
  block(size: number): Uint8Array {
    const at = this.#take(size);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + size);
  }

  /** A NUL-terminated string in the latin-1 view; the NUL must be there. */
  cstring(): string {
    if (this.#error !== undefined) return "";
    const nul = this.bytes.indexOf(0, this.#at);
    if (nul < 0 || nul >= this.#end) {
      this.fail("string without its NUL");
      return "";
    }
    let text = "";
    for (let i = this.#at; i < nul; i++) text += String.fromCharCode(this.bytes[i] ?? 0);
    this.#at = nul + 1;
    return text;
  }
}
