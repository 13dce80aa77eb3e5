/**
 * An address space of the model: areas, a page table, demand paging and copy-on-write (Linux' mm_struct).
 *
 * The kernel maps, forks and copies to and from users through it; the CPU asks `translate` on a TLB miss; tracers
 * see the `AddressSpace` of the target contract. User addresses are sv39: [0, 2^38).
 * Pages exist only once touched. A private frame with more than one reference is copied before it is written;
 * that one rule is copy-on-write. Every write goes through `translate(page, "write")` or a write entry of the TLB,
 * so decoded code never outlives the bytes it came from.
 */
import { limits } from "../../base/limits.ts";
import type { Mapping, AddressSpace as TargetAddressSpace, Fault as TargetFault } from "../../target/target.ts";
import { type Area, AreaList, type FileBacking, type SharedPages } from "./area.ts";
import { type Frames, PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "./frames.ts";
import { Tlb } from "./tlb.ts";

export type { Area, FileBacking } from "./area.ts";

export const USER_END = 2 ** 38;

/** Without a hint, mappings are placed downwards from here; above is room for stacks and the scratch page. */
const MAP_TOP = USER_END - 2 ** 27;

const ENOMEM = 12;
const EFAULT = 14;
const EEXIST = 17;
const ENODEV = 19;
const EINVAL = 22;

export type Access = "read" | "write" | "fetch";

/** Why an access failed, as si_code of SIGSEGV and SIGBUS says it. */
export type FaultCause = "SEGV_MAPERR" | "SEGV_ACCERR" | "BUS_ADRERR";

/** The fault of the target contract, with its cause. */
export interface Fault extends TargetFault {
  readonly cause: FaultCause;
}

/** `translate` answers a frame number, or one of these (negative) instead. */
const causes: readonly FaultCause[] = ["SEGV_MAPERR", "SEGV_ACCERR", "BUS_ADRERR"];
const MAPERR = -1;
const ACCERR = -2;
const ADRERR = -3;

export function faultCause(code: number): FaultCause {
  return causes[-1 - code]!;
}

export interface MapRequest {
  /** With `fixed`, exactly here; else a hint. */
  readonly start?: number;
  readonly length: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** `replace` unmaps what is there (MAP_FIXED), `keep` fails with EEXIST (MAP_FIXED_NOREPLACE). */
  readonly fixed?: "replace" | "keep";
  /** MAP_SHARED. */
  readonly shared?: boolean;
  readonly file?: FileBacking;
  /** Offset in the file, page aligned. */
  readonly offset?: number;
  readonly name?: string;
}

export interface Protection {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** Told of parts of files that were mapped or are about to be unmapped. */
export type MappingHook = (change: "map" | "unmap", mapping: Mapping) => void;

/** Shared pages of files, per pool and file. */
const sharedFiles = new WeakMap<Frames, WeakMap<FileBacking, SharedPages>>();
let lastId = 0;

export class AddressSpace implements TargetAddressSpace {
  readonly id = ++lastId;
  readonly frames: Frames;
  readonly tlb: Tlb;
  onMapping: MappingHook | undefined;

  readonly #areas: AreaList;
  /** Page number → frame. */
  readonly #pages = new Map<number, number>();
  readonly #shared = new Set<SharedPages>();
  #scratch: number | undefined;
  #mappings: readonly Mapping[] | undefined;

  constructor(frames: Frames, areas: AreaList = new AreaList()) {
    this.frames = frames;
    this.tlb = new Tlb(frames);
    this.#areas = areas;
  }

  // ---- what the kernel does ----

  /** Maps pages; the address, or -errno. */
  map(request: MapRequest): number {
    const length = roundUp(request.length);
    const offset = request.offset ?? 0;
    if (!(request.length > 0) || offset % PAGE_SIZE !== 0 || offset < 0) return -EINVAL;
    if (length > USER_END) return -ENOMEM;
    if (this.#areas.all.length >= limits.maxMappings) return -ENOMEM;
    let start: number;
    if (request.fixed === undefined) {
      start = this.findFree(length, request.start);
      if (start < 0) return start;
    } else {
      start = request.start ?? -1;
      if (start < 0 || start % PAGE_SIZE !== 0) return -EINVAL;
      if (start + length > USER_END) return -ENOMEM;
      if (request.fixed === "keep" && this.#areas.within(start, start + length).length > 0) return -EEXIST;
    }
    const { file, readable, writable, executable, name } = request;
    if (request.shared && file && writable && !file.writePage) return -ENODEV;
    const shared = request.shared ? this.#sharedPages(file) : undefined;
    if (request.fixed === "replace") this.#drop(start, start + length);
    const area: Area = {
      start,
      end: start + length,
      readable,
      writable,
      executable,
      file,
      offset: file || shared ? offset : 0,
      shared,
      name,
    };
    this.#replace(start, start + length, [area]);
    this.#tell("map", area);
    return start;
  }

  /** 0, or -errno. Holes are no error. */
  unmap(start: number, length: number): number {
    const end = start + roundUp(length);
    if (!(length > 0) || !isPageRange(start, end)) return -EINVAL;
    if (this.#areas.all.length >= limits.maxMappings) return -ENOMEM;
    this.#drop(start, end);
    this.#replace(start, end, []);
    return 0;
  }

  /** 0, or -errno: ENOMEM when a part of the range is not mapped (nothing is changed then). */
  protect(start: number, length: number, protection: Protection): number {
    const end = start + roundUp(length);
    if (length === 0 && start % PAGE_SIZE === 0) return 0;
    if (start % PAGE_SIZE !== 0) return -EINVAL;
    if (!(length > 0) || !isPageRange(start, end)) return -ENOMEM;
    const old = this.#areas.within(start, end);
    if (!covers(old, start, end)) return -ENOMEM;
    if (this.#areas.all.length + 2 > limits.maxMappings) return -ENOMEM;
    const { readable, writable, executable } = protection;
    for (const area of old) if (writable && area.shared && area.file && !area.file.writePage) return -ENODEV;
    const changed = old.map((area): Area => ({ ...area, readable, writable, executable }));
    // A file that becomes executable, or stops to be, is for tracers a mapping that comes or goes.
    for (const area of old) if (area.executable !== executable) this.#tell("unmap", area);
    this.#replace(start, end, changed);
    this.tlb.flush();
    changed.forEach((area, i) => {
      if (old[i]!.executable !== executable) this.#tell("map", area);
    });
    return 0;
  }

  /**
   * mremap(2): changes the size of a mapping, moving it when it must and `mayMove`, or to `to` in any case.
   * The new address, or -errno.
   */
  remap(start: number, oldLength: number, newLength: number, mayMove: boolean, to?: number): number {
    const oldSize = roundUp(oldLength);
    const newSize = roundUp(newLength);
    if (!(newSize > 0) || !(oldSize > 0) || !isPageRange(start, start + oldSize)) return -EINVAL;
    if (newSize > USER_END) return -ENOMEM;
    const [area, ...rest] = this.#areas.within(start, start + oldSize);
    if (!area || rest.length > 0 || area.end - area.start !== oldSize) return -EFAULT;
    if (to === undefined) {
      if (newSize < oldSize) this.unmap(start + newSize, oldSize - newSize);
      if (newSize <= oldSize) return start;
      const growth = start + newSize;
      if (growth <= USER_END && this.#areas.within(start + oldSize, growth).length === 0) {
        const grown = { ...area, end: growth };
        this.#replace(start, growth, [grown]);
        this.#tell("map", { ...grown, start: start + oldSize, offset: area.offset + oldSize });
        return start;
      }
      if (!mayMove) return -ENOMEM;
    } else if (!isPageRange(to, to + newSize) || (to < start + oldSize && start < to + newSize)) {
      return -EINVAL;
    }
    const target = to ?? this.findFree(newSize);
    if (target < 0) return target;
    if (to !== undefined) this.#drop(to, to + newSize);
    this.#replace(target, target + newSize, [{ ...area, start: target, end: target + newSize }]);
    this.#movePages(start, Math.min(oldSize, newSize), target);
    this.#tell("map", { ...area, start: target, end: target + newSize });
    this.unmap(start, oldSize);
    return target;
  }

  /** Writes the dirty pages of shared file mappings in the range back (msync); 0, or -ENOMEM for a hole. */
  sync(start: number, length: number): number {
    const end = start + roundUp(length);
    const areas = this.#areas.within(start, end);
    for (const area of areas) if (area.shared) writeBack(this.frames, area.shared);
    return covers(areas, start, end) ? 0 : -ENOMEM;
  }

  /** Room for `length` bytes: at the hint when that is free, else as high as possible below the stacks; or -ENOMEM. */
  findFree(length: number, hint?: number): number {
    const size = roundUp(length);
    if (hint !== undefined && hint > 0) {
      const start = roundUp(hint);
      if (start + size <= USER_END && this.#areas.within(start, start + size).length === 0) return start;
    }
    let end = MAP_TOP;
    for (let i = this.#areas.all.length - 1; i >= 0; i--) {
      const area = this.#areas.all[i]!;
      if (area.start >= end) continue;
      if (area.end + size <= end) break;
      end = area.start;
    }
    return end - size >= PAGE_SIZE ? end - size : -ENOMEM;
  }

  /** A copy of this space without its `onMapping`; private pages are copied when either side writes them. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.frames, new AreaList(this.#areas.all));
    for (const [page, frame] of this.#pages) {
      this.frames.addRef(frame);
      child.#pages.set(page, frame);
    }
    for (const shared of this.#shared) {
      shared.users++;
      child.#shared.add(shared);
    }
    child.#scratch = this.#scratch;
    this.tlb.flushWrites();
    return child;
  }

  /** Gives every frame back; the space is empty afterwards, and `onMapping` is not told. */
  release(): void {
    this.onMapping = undefined;
    this.#drop(0, USER_END);
    this.#replace(0, USER_END, []);
  }

  /** copy_from_user: obeys protections. */
  copyIn(address: number, size: number): Uint8Array | Fault {
    return this.#copyFrom(address, size, false);
  }

  /** copy_to_user: obeys protections; after a fault the bytes before it are written. */
  copyOut(address: number, bytes: Uint8Array): true | Fault {
    return this.#copyTo(address, bytes, false);
  }

  /** A string without its NUL, latin-1; one of `limit` bytes had none so far. */
  readCString(address: number, limit: number): string | Fault {
    let text = "";
    for (let at = address; text.length < limit; ) {
      const page = Math.floor(at / PAGE_SIZE);
      const frame = this.translate(page, "read");
      if (frame < 0) return fault(at, "read", frame);
      const end = Math.min((page + 1) * PAGE_SIZE, at + limit - text.length);
      const base = (frame << PAGE_SHIFT) - page * PAGE_SIZE;
      for (; at < end; at++) {
        const byte = this.frames.u8[base + at]!;
        if (byte === 0) return text;
        text += String.fromCharCode(byte);
      }
    }
    return text;
  }

  /** The areas, for /proc/PID/maps. */
  areas(): readonly Area[] {
    return this.#areas.all;
  }

  /** The area of an address: for stack and heap limits. */
  findArea(address: number): Area | undefined {
    return this.#areas.find(address);
  }

  // ---- what a tracer does (target/target.ts) ----

  read(address: number, size: number): Uint8Array | Fault {
    return this.#copyFrom(address, size, true);
  }

  write(address: number, bytes: Uint8Array): true | Fault {
    return this.#copyTo(address, bytes, true);
  }

  mappings(): readonly Mapping[] {
    this.#mappings ??= this.#areas.all.map(mappingOf);
    return this.#mappings;
  }

  scratchPage(): number | Fault {
    if (this.#scratch !== undefined && this.#areas.find(this.#scratch)) return this.#scratch;
    let start = USER_END - 2 * PAGE_SIZE;
    for (let area = this.#areas.find(start); area; area = this.#areas.find(start)) start = area.start - PAGE_SIZE;
    const page = { readable: true, writable: false, executable: true, name: "[uprobes]" };
    const mapped = this.map({ start, length: PAGE_SIZE, fixed: "keep", ...page });
    if (mapped < 0) return { kind: "fault", address: start, access: "write", cause: "BUS_ADRERR" };
    this.#scratch = mapped;
    return mapped;
  }

  // ---- what the CPU does ----

  /**
   * The frame of a page, made present and, for "write", ours to write and free of decoded code; else a negative
   * code for `faultCause`. `force` ignores protections, as a debugger does.
   */
  translate(page: number, access: Access, force = false): number {
    const address = page * PAGE_SIZE;
    const area = address >= 0 && address < USER_END ? this.#areas.find(address) : undefined;
    if (!area) return MAPERR;
    if (!force && !allows(area, access)) return ACCERR;
    let frame = this.#pages.get(page) ?? this.#pageIn(area, page);
    if (frame < 0 || access !== "write") return frame;
    // A tracer's write to shared memory that the program itself could not write stays its own.
    const inPlace =
      area.shared !== undefined && area.writable && area.shared.frames.get(offsetOf(area, page)) === frame;
    if (inPlace) {
      area.shared?.dirty.add(offsetOf(area, page));
    } else if (this.frames.references(frame) > 1) {
      const copy = this.frames.copy(frame);
      if (copy < 0) return ADRERR;
      this.frames.release(frame);
      this.#pages.set(page, copy);
      this.tlb.flushPage(page);
      frame = copy;
    }
    this.frames.touch(frame);
    return frame;
  }

  // ---- pages ----

  #pageIn(area: Area, page: number): number {
    const offset = offsetOf(area, page);
    const known = area.shared?.frames.get(offset);
    if (known !== undefined) {
      this.frames.addRef(known);
      this.#pages.set(page, known);
      return known;
    }
    if (area.file && offset >= area.file.size) return ADRERR;
    const frame = this.frames.alloc();
    if (frame < 0) return ADRERR;
    if (area.file) this.frames.u8.set(area.file.readPage(offset).subarray(0, PAGE_SIZE), frame << PAGE_SHIFT);
    if (area.shared) {
      area.shared.frames.set(offset, frame);
      this.frames.addRef(frame);
    }
    this.#pages.set(page, frame);
    return frame;
  }

  /** Releases the pages of a range and tells about the files in it; the areas stay until `#replace`. */
  #drop(start: number, end: number): void {
    const areas = this.#areas.within(start, end);
    for (const area of areas) this.#tell("unmap", area);
    const first = start / PAGE_SIZE;
    const last = end / PAGE_SIZE;
    if (last - first < this.#pages.size) {
      for (let page = first; page < last; page++) this.#dropPage(page);
    } else {
      for (const page of [...this.#pages.keys()]) if (page >= first && page < last) this.#dropPage(page);
    }
    this.tlb.flush();
  }

  #dropPage(page: number): void {
    const frame = this.#pages.get(page);
    if (frame === undefined) return;
    this.#pages.delete(page);
    this.frames.release(frame);
  }

  #movePages(from: number, size: number, to: number): void {
    for (let done = 0; done < size; done += PAGE_SIZE) {
      const frame = this.#pages.get((from + done) / PAGE_SIZE);
      if (frame === undefined) continue;
      this.#pages.delete((from + done) / PAGE_SIZE);
      this.#pages.set((to + done) / PAGE_SIZE, frame);
    }
    this.tlb.flush();
  }

  /** The only place where areas change. */
  #replace(start: number, end: number, by: readonly Area[]): void {
    this.#areas.replace(start, end, by);
    this.#mappings = undefined;
    const shared = new Set<SharedPages>();
    for (const area of by) if (area.shared) shared.add(area.shared);
    if (this.#shared.size === 0 && shared.size === 0) return;
    for (const area of this.#areas.all) if (area.shared) shared.add(area.shared);
    for (const pages of shared) if (!this.#shared.has(pages)) pages.users++;
    for (const pages of this.#shared) if (!shared.has(pages)) this.#leave(pages);
    this.#shared.clear();
    for (const pages of shared) this.#shared.add(pages);
  }

  #leave(pages: SharedPages): void {
    writeBack(this.frames, pages);
    if (--pages.users > 0) return;
    for (const frame of pages.frames.values()) this.frames.release(frame);
    pages.frames.clear();
    if (pages.file) sharedFiles.get(this.frames)?.delete(pages.file);
  }

  #sharedPages(file: FileBacking | undefined): SharedPages {
    const fresh = (): SharedPages => ({ file, frames: new Map(), dirty: new Set(), users: 0 });
    if (!file) return fresh();
    const files = sharedFiles.get(this.frames) ?? new WeakMap<FileBacking, SharedPages>();
    sharedFiles.set(this.frames, files);
    const pages = files.get(file) ?? fresh();
    files.set(file, pages);
    return pages;
  }

  #tell(change: "map" | "unmap", area: Area): void {
    if (area.file) this.onMapping?.(change, mappingOf(area));
  }

  // ---- bytes ----

  #copyFrom(address: number, size: number, force: boolean): Uint8Array | Fault {
    const first = Math.floor(address / PAGE_SIZE);
    const last = Math.floor((address + size - 1) / PAGE_SIZE);
    // All pages first: they may be many, and the pool bounds them before the result is made.
    for (let page = first; page <= last; page++) {
      const frame = this.translate(page, "read", force);
      if (frame < 0) return fault(Math.max(address, page * PAGE_SIZE), "read", frame);
    }
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const at = address + done;
      const page = Math.floor(at / PAGE_SIZE);
      const from = (this.translate(page, "read", force) << PAGE_SHIFT) + (at - page * PAGE_SIZE);
      const count = Math.min(size - done, (page + 1) * PAGE_SIZE - at);
      bytes.set(this.frames.u8.subarray(from, from + count), done);
      done += count;
    }
    return bytes;
  }

  #copyTo(address: number, bytes: Uint8Array, force: boolean): true | Fault {
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const page = Math.floor(at / PAGE_SIZE);
      const frame = this.translate(page, "write", force);
      if (frame < 0) return fault(at, "write", frame);
      const count = Math.min(bytes.length - done, (page + 1) * PAGE_SIZE - at);
      this.frames.u8.set(bytes.subarray(done, done + count), (frame << PAGE_SHIFT) + (at & PAGE_MASK));
      done += count;
    }
    return true;
  }
}

function allows(area: Area, access: Access): boolean {
  if (access === "write") return area.writable;
  // Linux maps writable pages readable on this architecture: there is no write-only page.
  return access === "fetch" ? area.executable : area.readable || area.writable;
}

function offsetOf(area: Area, page: number): number {
  return area.offset + (page * PAGE_SIZE - area.start);
}

function mappingOf(area: Area): Mapping {
  const { start, end, readable, writable, executable, file } = area;
  const offset = file ? area.offset : 0;
  return { start, end, offset, readable, writable, executable, ...(file && { file: { path: file.path } }) };
}

function writeBack(frames: Frames, pages: SharedPages): void {
  const { file } = pages;
  for (const offset of pages.dirty) {
    const frame = pages.frames.get(offset);
    if (frame === undefined || !file?.writePage || offset >= file.size) continue;
    const size = Math.min(PAGE_SIZE, file.size - offset);
    file.writePage(offset, frames.u8.slice(frame << PAGE_SHIFT, (frame << PAGE_SHIFT) + size));
  }
}

function fault(address: number, access: "read" | "write", code: number): Fault {
  return { kind: "fault", address, access, cause: faultCause(code) };
}

function roundUp(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

function isPageRange(start: number, end: number): boolean {
  return start >= 0 && start % PAGE_SIZE === 0 && end <= USER_END && end >= start;
}

function covers(areas: readonly Area[], start: number, end: number): boolean {
  let at = start;
  for (const area of areas) {
    if (area.start !== at) return false;
    at = area.end;
  }
  return at >= end;
}
