/**
 * Guards the programs that utap has attached to against utap's own sudden end.
 *
 * One for each address space that has breakpoints; told of every change before it is made, by the layer that makes it
 * (`ProbeGuard` of the target contract). Each change goes to the journal, from which `utap cleanup` undoes it, and to
 * tables in the program itself, which its SIGTRAP handler uses when nobody traces any more (`handler-x86-64.ts`). The
 * handler is installed only where the program has none, and taken out again with the last trace of us.
 */
import { bug } from "../../base/assert.ts";
import type { AddressSpace, ProbeGuard } from "../../target/target.ts";
import type { LiveAddressSpace } from "../address-space.ts";
import { readStatus } from "../proc.ts";
import { ACTION_FLAGS, code, contextOffset, layout, RESTORER } from "./handler-x86-64.ts";
import { Journal } from "./journal.ts";
import { RowTable } from "./row-table.ts";

export interface GuardedProcess {
  /** A system call made by the program for us; -errno for an error, undefined when it cannot be made. */
  readonly call: (name: string, args: readonly number[]) => number | undefined;
  /** Whether SIGTRAP ends the program now. */
  readonly hasNoHandler: () => boolean;
  readonly openJournal: () => Journal | undefined;
}

/** The guard of a process's memory; `copied`: that of the memory it was forked from. */
export function guardSpace(mm: LiveAddressSpace, copied: Guard | undefined, call: GuardedProcess["call"]): Guard {
  const process = { call, hasNoHandler: () => hasNoHandler(mm.tid), openJournal: () => openJournal(mm.tid) };
  return copied ? copied.copyFor(mm, process) : new Guard(mm, process);
}

function hasNoHandler(tid: number): boolean {
  const status = readStatus(tid);
  return status !== undefined && (((status.caughtSignals | status.ignoredSignals) >> BigInt(SIGTRAP - 1)) & 1n) === 0n;
}

function openJournal(tid: number): Journal | undefined {
  const journal = Journal.create(readStatus(tid)?.tgid ?? tid);
  return typeof journal === "string" ? undefined : journal;
}

const SIGTRAP = 5;
const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const WORD = 8;

export class Guard implements ProbeGuard {
  readonly #mm: AddressSpace;
  readonly #process: GuardedProcess;
  /** Undefined before the first change. */
  #journal: Journal | "none" | undefined;
  #pages: number | "none" | undefined;
  #trampoline = 0;
  readonly #counters = new Map<number, number>();
  readonly #breaks: RowTable;
  readonly #returns: RowTable;
  readonly #slots: RowTable;

  constructor(mm: AddressSpace, process: GuardedProcess) {
    this.#mm = mm;
    this.#process = process;
    const write = (offset: number, bytes: Uint8Array): void => this.#write(offset, bytes);
    this.#breaks = new RowTable(write, layout.breakCount, layout.breaks, 16, layout.maxBreaks);
    this.#returns = new RowTable(write, layout.returnCount, layout.returns, 16, layout.maxReturns);
    this.#slots = new RowTable(write, layout.slotCount, layout.slots, 32, layout.maxSlots);
  }

  /** The guard of a forked copy of the memory, which has the pages and the handler already, unless it is older. */
  copyFor(mm: AddressSpace, process: GuardedProcess): Guard {
    const copy = new Guard(mm, process);
    copy.#pages = typeof this.#pages === "number" && !copy.#isCodeAt(this.#pages) ? undefined : this.#pages;
    copy.#breaks.copy(this.#breaks);
    copy.#returns.copy(this.#returns);
    copy.#slots.copy(this.#slots);
    copy.#trampoline = copy.#pages === this.#pages ? this.#trampoline : 0;
    for (const [address, count] of this.#counters) copy.#counters.set(address, count);
    if (this.#journal === undefined) return copy;
    if (typeof copy.#pages === "number") copy.#log?.pages(copy.#pages, layout.size);
    for (const [address, row] of this.#breaks.rows()) copy.#log?.break(address, row.subarray(WORD, WORD + 1));
    if (copy.#trampoline !== 0) copy.#log?.trampoline(copy.#trampoline);
    for (const [address, count] of this.#counters) copy.#log?.raised(address, count);
    return copy;
  }

  // ---- ProbeGuard ----

  breakpoint(address: number, original: Uint8Array): void {
    this.#log?.break(address, original);
    this.#prepare();
    this.#breaks.set(address, row(address, original[0] ?? 0));
  }

  cleared(address: number): void {
    this.#log?.clear(address);
    this.#breaks.delete(address);
  }

  trampoline(address: number): void {
    if (address === this.#trampoline) return;
    this.#trampoline = address;
    this.#log?.trampoline(address);
    this.#prepare();
    this.#write(layout.trampoline, row(address, 0));
  }

  returnReplaced(slot: number, address: number): void {
    // A tail call: what stands there already leads to the trampoline, and the table knows the real address.
    if (address === this.#trampoline) return;
    if (this.#returns.isFull) this.#returns.keepOnly((place) => this.#leadsToTrampoline(place));
    this.#returns.set(slot, row(slot, address));
  }

  raised(address: number, count: number): void {
    if (count > 0) this.#counters.set(address, count);
    else this.#counters.delete(address);
    this.#log?.raised(address, count);
  }

  outOfLine(end: number, next: number, scratch?: { readonly register: number; readonly original: bigint }): void {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    bytes.set(row(end, next));
    view.setUint32(16, scratch ? contextOffset(scratch.register) : 0, true);
    view.setInt32(20, scratch?.register ?? -1, true);
    view.setBigUint64(24, scratch?.original ?? 0n, true);
    this.#slots.set(end, bytes);
  }

  /** The memory is no more: the process has ended, or runs another program. */
  gone(): void {
    this.#pages = "none";
    this.#forgetJournal();
  }

  /** Out with the handler, its pages and the journal, unless something else of us is still in the program. */
  close(): void {
    if (!this.#breaks.isEmpty) return;
    if (typeof this.#pages === "number") {
      removeHandler(this.#pages, this.#mm, this.#process.call);
      this.#pages = "none";
    }
    this.#forgetJournal();
  }

  get #log(): Journal | undefined {
    this.#journal ??= this.#process.openJournal() ?? "none";
    return this.#journal === "none" ? undefined : this.#journal;
  }

  #forgetJournal(): void {
    if (typeof this.#journal === "object") this.#journal.remove();
    this.#journal = "none";
  }

  /** Whether a breakpoint instruction there is one of ours. */
  hasTrap(address: number): boolean {
    return address === this.#trampoline || this.#breaks.has(address) || this.#slots.has(address);
  }

  /** Where probes run copies of instructions. */
  scratchPage(): number | undefined {
    this.#prepare();
    return typeof this.#pages === "number" ? this.#pages + layout.scratch : undefined;
  }

  // ---- the pages ----

  #prepare(): void {
    this.#pages ??= this.#map() ?? "none";
  }

  #map(): number | undefined {
    const { call } = this.#process;
    const pages = call("mmap", [0, layout.size, PROT_READ | PROT_EXEC, MAP_PRIVATE_ANONYMOUS, -1, 0]);
    if (pages === undefined || pages < 0) return undefined;
    const tables = call("mprotect", [pages + layout.data, layout.scratch - layout.data, PROT_READ | PROT_WRITE]);
    this.#pages = pages;
    this.#write(0, code);
    for (const table of [this.#breaks, this.#returns, this.#slots]) table.writeAll();
    this.#log?.pages(pages, layout.size);
    if (tables === 0 && this.#process.hasNoHandler()) this.#install(pages);
    return pages;
  }

  #isCodeAt(address: number): boolean {
    const found = this.#mm.read(address, code.length);
    return !("kind" in found) && code.every((byte, i) => byte === found[i]);
  }

  #install(pages: number): void {
    const action = new Uint8Array(32);
    const view = new DataView(action.buffer);
    view.setBigUint64(0, BigInt(pages), true);
    view.setBigUint64(8, BigInt(ACTION_FLAGS), true);
    view.setBigUint64(16, BigInt(pages + RESTORER), true);
    view.setBigUint64(24, 0xffff_ffff_ffff_ffffn, true);
    this.#write(layout.ownAction, action);
    this.#process.call("rt_sigaction", [SIGTRAP, pages + layout.ownAction, 0, 8]);
  }

  #write(offset: number, bytes: Uint8Array): void {
    if (typeof this.#pages === "number") this.#mm.write(this.#pages + offset, bytes);
  }

  #leadsToTrampoline(slot: number): boolean {
    const bytes = this.#mm.read(slot, WORD);
    return !("kind" in bytes) && readWord(bytes, 0) === this.#trampoline;
  }
}

/** Gives SIGTRAP back, if it is still ours, and the pages. Nobody may be in the code. */
export function removeHandler(pages: number, mm: AddressSpace, call: GuardedProcess["call"]): void {
  mm.write(pages + layout.foundAction, new Uint8Array(WORD));
  if (call("rt_sigaction", [SIGTRAP, 0, pages + layout.foundAction, 8]) === 0) {
    const found = mm.read(pages + layout.foundAction, WORD);
    if (!("kind" in found) && readWord(found, 0) === pages)
      call("rt_sigaction", [SIGTRAP, pages + layout.defaultAction, 0, 8]);
  }
  call("munmap", [pages, layout.size]);
}

function row(first: number, second: number): Uint8Array {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second)) bug("live", "an address above 2^53");
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(first), true);
  view.setBigUint64(8, BigInt(second), true);
  return bytes;
}

function readWord(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}
