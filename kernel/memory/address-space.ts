/**
 * An address space of the model: what is mapped where (Linux' mm_struct).
 *
 * The kernel maps, forks and copies to and from users through it; the CPU asks `translate` on a TLB miss; tracers
 * see the `AddressSpace` of the target contract. User addresses are sv39: [0, 2^38).
 * The areas say what may be there (`area.ts`), the page table what is (`page-table.ts`). Every write goes through
 * `translate(page, "write")` or a write entry of the TLB, so decoded code never outlives the bytes it came from.
 */
import { toBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import type { Mapping, AddressSpace as TargetAddressSpace } from "../../target/target.ts";
import { type Area, AreaList, type FileBacking } from "./area.ts";
import { ACCERR, type Access, type Fault, MAPERR } from "./fault.ts";
import { type Frames, PAGE_SIZE } from "./frames.ts";
import { PageTable } from "./page-table.ts";
import { SharedUses, sharedPagesOf, writeBack } from "./shared-pages.ts";
import type { Tlb } from "./tlb.ts";
import { copyFrom, copyString, copyTo } from "./user-copy.ts";

export type { Area, FileBacking } from "./area.ts";
export { type Access, type Fault, type FaultCause, faultCause } from "./fault.ts";

export const USER_END = 2 ** 38;

/** Without a hint, mappings are placed downwards from here; above is room for stacks and the scratch page. */
const MAP_TOP = USER_END - 2 ** 27;

const ENOMEM = 12;
const EFAULT = 14;
const EEXIST = 17;
const ENODEV = 19;
const EINVAL = 22;

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

let lastId = 0;

export class AddressSpace implements TargetAddressSpace {
  readonly id = ++lastId;
  readonly frames: Frames;
  onMapping: MappingHook | undefined;

  readonly #areas: AreaList;
  readonly #pageTable: PageTable;
  #shared: SharedUses;
  #scratch: number | undefined;
  #mappings: readonly Mapping[] | undefined;

  constructor(frames: Frames, areas: AreaList = new AreaList()) {
    this.frames = frames;
    this.#pageTable = new PageTable(frames);
    this.#shared = new SharedUses(frames);
    this.#areas = areas;
  }

  get tlb(): Tlb {
    return this.#pageTable.tlb;
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
    const shared = request.shared ? sharedPagesOf(this.frames, file) : undefined;
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
    this.#pageTable.move(start / PAGE_SIZE, Math.min(oldSize, newSize) / PAGE_SIZE, target / PAGE_SIZE);
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
    this.#pageTable.shareWith(child.#pageTable);
    child.#shared = this.#shared.clone();
    child.#scratch = this.#scratch;
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
    const bytes = copyFrom(this, address, size, false);
    if (this.frames.copies && bytes instanceof Uint8Array) this.#tellCopy("copy_from_user", address, bytes);
    return bytes;
  }

  /** copy_to_user: obeys protections; after a fault the bytes before it are written. */
  copyOut(address: number, bytes: Uint8Array): true | Fault {
    const done = copyTo(this, address, bytes, false);
    if (this.frames.copies) {
      this.#tellCopy("copy_to_user", address, done === true ? bytes : bytes.subarray(0, done.address - address));
    }
    return done;
  }

  /** A string without its NUL, latin-1; one of `limit` bytes had none so far. */
  readCString(address: number, limit: number): string | Fault {
    const text = copyString(this, address, limit);
    if (this.frames.copies && typeof text === "string") {
      const read = text.length < limit ? `${text}\0` : text;
      this.#tellCopy("copy_from_user", address, toBytes(read));
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
    return copyFrom(this, address, size, true);
  }

  write(address: number, bytes: Uint8Array): true | Fault {
    return copyTo(this, address, bytes, true);
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
    return access === "write" ? this.#pageTable.toWrite(area, page) : this.#pageTable.toRead(area, page);
  }

  // ---- changes ----

  /** Releases the pages of a range and tells about the files in it; the areas stay until `#replace`. */
  #drop(start: number, end: number): void {
    for (const area of this.#areas.within(start, end)) this.#tell("unmap", area);
    this.#pageTable.drop(start / PAGE_SIZE, end / PAGE_SIZE);
  }

  /** The only place where areas change. */
  #replace(start: number, end: number, by: readonly Area[]): void {
    this.#areas.replace(start, end, by);
    this.#mappings = undefined;
    this.#shared.update(this.#areas.all, by);
  }

  #tellCopy(direction: "copy_from_user" | "copy_to_user", address: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.frames.copies?.(this, direction, address, bytes);
  }

  #tell(change: "map" | "unmap", area: Area): void {
    if (area.file) this.onMapping?.(change, mappingOf(area));
  }
}

function allows(area: Area, access: Access): boolean {
  if (access === "write") return area.writable;
  // Linux maps writable pages readable on this architecture: there is no write-only page.
  return access === "fetch" ? area.executable : area.readable || area.writable;
}

function mappingOf(area: Area): Mapping {
  const { start, end, readable, writable, executable, file } = area;
  const offset = file ? area.offset : 0;
  return { start, end, offset, readable, writable, executable, ...(file && { file: { path: file.path } }) };
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
