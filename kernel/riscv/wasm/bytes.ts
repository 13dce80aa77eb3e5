/** A growing run of bytes, and LEB128, the integers of WebAssembly's binary format. */
export class Bytes {
  #bytes = new Uint8Array(1 << 12);
  length = 0;

  push(byte: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = byte;
  }

  append(other: Bytes): void {
    if (this.length + other.length > this.#bytes.length) this.#grow(other.length);
    this.#bytes.set(other.view(), this.length);
    this.length += other.length;
  }

  unsigned(value: number): void {
    for (const byte of unsignedLeb(value)) this.push(byte);
  }

  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i));
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(more: number): void {
    const larger = new Uint8Array(2 * (this.length + more));
    larger.set(this.view());
    this.#bytes = larger;
  }
}

export function unsignedLeb(value: number): readonly number[] {
  if (value < 0x80) return [value];
  return [(value & 0x7f) | 0x80, ...unsignedLeb(Math.floor(value / 0x80))];
}

export function signedLeb(value: bigint | number): readonly number[] {
  if (value >= -64 && value < 64) return [Number(value) & 0x7f];
  const big = BigInt(value);
  return [Number(big & 0x7fn) | 0x80, ...signedLeb(big >> 7n)];
}
