/**
 * A table in the program's memory, for the handler there, and what is in it, for us: rows of one size behind each other, found
 * by a key, and a count of them.
 *
 * `guard.ts` has three. The count is written after the row that it counts and never falls: a row that is given up is zeroes,
 * and taken again. A full table takes no more.
 */
export class RowTable {
  readonly #write: (offset: number, bytes: Uint8Array) => void;
  readonly #countAt: number;
  readonly #start: number;
  readonly #rowSize: number;
  readonly #capacity: number;
  readonly #rows = new Map<number, { readonly index: number; readonly bytes: Uint8Array }>();
  readonly #free: number[] = [];
  #count = 0;

  constructor(
    write: (offset: number, bytes: Uint8Array) => void,
    countAt: number,
    start: number,
    rowSize: number,
    capacity: number,
  ) {
    this.#write = write;
    this.#countAt = countAt;
    this.#start = start;
    this.#rowSize = rowSize;
    this.#capacity = capacity;
  }

  has(key: number): boolean {
    return this.#rows.has(key);
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  get isFull(): boolean {
    return this.#count === this.#capacity && this.#free.length === 0;
  }

  *rows(): Iterable<readonly [number, Uint8Array]> {
    for (const [key, { bytes }] of this.#rows) yield [key, bytes];
  }

  set(key: number, bytes: Uint8Array): void {
    const known = this.#rows.get(key);
    if (known?.bytes.every((byte, i) => byte === bytes[i])) return;
    const index = known?.index ?? this.#free.pop() ?? this.#count;
    if (index >= this.#capacity) return;
    this.#rows.set(key, { index, bytes });
    this.#write(this.#start + index * this.#rowSize, bytes);
    if (index < this.#count) return;
    this.#count = index + 1;
    this.#write(this.#countAt, word32(this.#count));
  }

  delete(key: number): void {
    const known = this.#rows.get(key);
    if (!known) return;
    this.#rows.delete(key);
    this.#free.push(known.index);
    this.#write(this.#start + known.index * this.#rowSize, new Uint8Array(this.#rowSize));
  }

  keepOnly(isUsed: (key: number) => boolean): void {
    for (const key of [...this.#rows.keys()]) if (!isUsed(key)) this.delete(key);
  }

  writeAll(): void {
    for (const { index, bytes } of this.#rows.values()) this.#write(this.#start + index * this.#rowSize, bytes);
    this.#write(this.#countAt, word32(this.#count));
  }

  copy(from: RowTable): void {
    for (const [key, entry] of from.#rows) this.#rows.set(key, entry);
    this.#free.push(...from.#free);
    this.#count = from.#count;
  }
}

function word32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
}
