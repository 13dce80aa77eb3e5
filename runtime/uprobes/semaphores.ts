/**
 * The counters by which programs know that somebody looks at their marks: 16 bits in the data of a file, raised by one
 * for every armed probe that names them.
 *
 * Called by `uprobes.ts` as mappings come and go. What was raised is lowered when tracing ends; a forked copy of an
 * address space has the raised counters already.
 */
import type { AddressSpace, Mapping } from "../../target/target.ts";

export class Semaphores {
  /** By how much the counter at each address was raised. */
  readonly #raised = new Map<AddressSpace, Map<number, number>>();

  /** Raises the counters that lie in a mapping, given their offsets in its file, one for each probe. */
  raise(mm: AddressSpace, mapping: Mapping, offsets: readonly number[]): void {
    if (!mapping.writable) return;
    const raised = this.#of(mm);
    const counts = new Map<number, number>();
    for (const offset of offsets) {
      const address = mapping.start + (offset - mapping.offset);
      const isHere = address >= mapping.start && address + 2 <= mapping.end;
      if (isHere && !raised.has(address)) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    for (const [address, count] of counts) {
      mm.guard?.raised(address, count);
      if (add(mm, address, count)) raised.set(address, count);
      else mm.guard?.raised(address, 0);
    }
  }

  /** The mapping is gone. */
  forget(mm: AddressSpace, start: number, end: number): void {
    const raised = this.#raised.get(mm);
    for (const address of raised?.keys() ?? []) {
      if (address < start || address >= end) continue;
      raised?.delete(address);
      mm.guard?.raised(address, 0);
    }
  }

  copy(from: AddressSpace, to: AddressSpace): void {
    const raised = this.#raised.get(from);
    if (raised) this.#raised.set(to, new Map(raised));
  }

  /** Address spaces that nobody lives in any more. */
  keepOnly(used: ReadonlySet<AddressSpace>): void {
    for (const mm of this.#raised.keys()) if (!used.has(mm)) this.#raised.delete(mm);
  }

  lowerAll(): void {
    for (const [mm, raised] of this.#raised) {
      for (const [address, count] of raised) {
        add(mm, address, -count);
        mm.guard?.raised(address, 0);
      }
    }
    this.#raised.clear();
  }

  #of(mm: AddressSpace): Map<number, number> {
    let raised = this.#raised.get(mm);
    if (!raised) this.#raised.set(mm, (raised = new Map()));
    return raised;
  }
}

function add(mm: AddressSpace, address: number, count: number): boolean {
  const bytes = mm.read(address, 2);
  if ("kind" in bytes) return false;
  const value = ((bytes[0] ?? 0) + (bytes[1] ?? 0) * 256 + count) & 0xffff;
  return mm.write(address, Uint8Array.of(value & 0xff, value >> 8)) === true;
}
