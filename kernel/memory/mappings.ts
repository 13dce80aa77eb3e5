/**
 * What is mapped where in an address space: mmap, munmap, mprotect and what else changes areas.
 *
 * `AddressSpace` is one of these with its bytes (address-space.ts); mremap is in `remap.ts`, madvise in `advice.ts`. All areas
 * change in `replace`, and every change drops from page table and TLB what it makes untrue. Limits are those of the process
 * that `resourceLimits` belongs to.
 */
import { limits } from "../../base/limits.ts";
import type { Mapping } from "../../target/target.ts";
import { type Area, type AreaList, type FileBacking, VM } from "./area.ts";
import { type Frames, PAGE_SIZE } from "./frames.ts";
import { PageTable } from "./page-table.ts";
import { SharedUses, sharedPagesOf, writeBack } from "./shared-pages.ts";

export const USER_END = 2 ** 38;

/** Without a hint, mappings are placed downwards from here; above is room for stacks and the scratch page. */
const MAP_TOP = USER_END - 2 ** 27;
/** Nothing is placed so close below an area that grows downwards, nor does it grow so close to another: 1 MiB. */
const GUARD_GAP = 256 * PAGE_SIZE;

const ENOMEM = 12;
const EACCES = 13;
const EEXIST = 17;
const ENODEV = 19;
const EINVAL = 22;

// biome-ignore format: table
const RLIMIT = { DATA: 2, STACK: 3, AS: 9 } as const;

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
  /** Bits of `VM`. */
  readonly flags?: number;
}

export interface Protection {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** Told of parts of files that were mapped or are about to be unmapped. */
export type MappingHook = (change: "map" | "unmap", mapping: Mapping) => void;

export class Mappings {
  readonly frames: Frames;
  onMapping: MappingHook | undefined;
  /** By resource number; nobody's are without an end. */
  resourceLimits: readonly { readonly soft: bigint }[] | undefined;
  /** What new areas have beside their own flags: mlockall(MCL_FUTURE). */
  defaultFlags = 0;

  readonly pageTable: PageTable;
  protected readonly areaList: AreaList;
  protected shared: SharedUses;
  #mappings: readonly Mapping[] | undefined;

  constructor(frames: Frames, areas: AreaList) {
    this.frames = frames;
    this.pageTable = new PageTable(frames);
    this.shared = new SharedUses(frames);
    this.areaList = areas;
  }

  /** In order of address. */
  areas(): readonly Area[] {
    return this.areaList.all;
  }

  findArea(address: number): Area | undefined {
    return this.areaList.find(address);
  }

  /** The parts of areas in [start, end), cut at the edges. */
  areasWithin(start: number, end: number): readonly Area[] {
    return this.areaList.within(start, end);
  }

  mappings(): readonly Mapping[] {
    this.#mappings ??= this.areaList.all.map(mappingOf);
    return this.#mappings;
  }

  /** Maps pages; the address, or -errno. */
  map(request: MapRequest): number {
    const length = roundUp(request.length);
    const offset = request.offset ?? 0;
    if (!(request.length > 0) || offset % PAGE_SIZE !== 0 || offset < 0) return -EINVAL;
    if (length > USER_END) return -ENOMEM;
    if (this.areaList.all.length >= limits.maxMappings) return -ENOMEM;
    let start: number;
    if (request.fixed === undefined) {
      start = this.findFree(length, request.start);
      if (start < 0) return start;
    } else {
      start = request.start ?? -1;
      if (start < 0 || start % PAGE_SIZE !== 0) return -EINVAL;
      if (start + length > USER_END) return -ENOMEM;
      if (request.fixed === "keep" && this.areaList.within(start, start + length).length > 0) return -EEXIST;
    }
    const { file, readable, writable, executable, name } = request;
    if (request.shared && file && writable && !file.writePage) return -ENODEV;
    const isData = writable && !request.shared;
    if (!this.mayGrow(length, isData, request.fixed === "replace" ? start : undefined)) return -ENOMEM;
    const shared = request.shared ? sharedPagesOf(this.frames, file, length) : undefined;
    if (request.fixed === "replace") this.drop(start, start + length);
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
      flags: (request.flags ?? 0) | this.defaultFlags,
    };
    this.replace(start, start + length, [area]);
    this.tell("map", area);
    return start;
  }

  /** 0, or -errno. Holes are no error. */
  unmap(start: number, length: number): number {
    const end = start + roundUp(length);
    if (!(length > 0) || !isPageRange(start, end)) return -EINVAL;
    if (this.areaList.all.length >= limits.maxMappings) return -ENOMEM;
    this.drop(start, end);
    this.replace(start, end, []);
    return 0;
  }

  /** 0, or -errno; what lies before a hole, or before what cannot be so, is changed nevertheless. */
  protect(start: number, length: number, protection: Protection): number {
    const end = start + roundUp(length);
    if (start % PAGE_SIZE !== 0) return -EINVAL;
    if (length === 0) return 0;
    if (!(length > 0) || !isPageRange(start, end)) return -ENOMEM;
    if (this.areaList.all.length + 2 > limits.maxMappings) return -ENOMEM;
    const old: Area[] = [];
    let at = start;
    let error = 0;
    for (const area of this.areaList.within(start, end)) {
      if (area.start !== at) break;
      error = this.#mayProtect(area, protection);
      if (error !== 0) break;
      old.push(area);
      at = area.end;
    }
    if (error === 0 && at < end) error = -ENOMEM;
    const { readable, writable, executable } = protection;
    const changed = old.map((area): Area => ({ ...area, readable, writable, executable }));
    // A file that becomes executable, or stops to be, is for tracers a mapping that comes or goes.
    for (const area of old) if (area.executable !== executable) this.tell("unmap", area);
    this.replace(start, at, changed);
    this.pageTable.tlb.flush();
    changed.forEach((area, i) => {
      if (old[i]!.executable !== executable) this.tell("map", area);
    });
    return error;
  }

  #mayProtect(area: Area, { writable }: Protection): number {
    if (!writable || area.writable) return 0;
    if (area.shared) return (area.flags & VM.NOWRITE) !== 0 || (area.file && !area.file.writePage) ? -EACCES : 0;
    return this.#hasRoom(RLIMIT.DATA, area.end - area.start, isData) ? 0 : -ENOMEM;
  }

  /** Changes bits of `VM` in what is mapped of a range; 0, or -ENOMEM when there are holes. */
  changeFlags(start: number, end: number, set: number, clear: number): number {
    const old = this.areaList.within(start, end);
    if (this.areaList.all.length + 2 > limits.maxMappings) return -ENOMEM;
    for (const area of old) {
      const flags = (area.flags | set) & ~clear;
      if (flags !== area.flags) this.replace(area.start, area.end, [{ ...area, flags }]);
    }
    return covers(old, start, end) ? 0 : -ENOMEM;
  }

  /** Writes the dirty pages of shared file mappings in the range back (msync); 0, or -ENOMEM for a hole. */
  sync(start: number, length: number): number {
    const end = start + roundUp(length);
    const areas = this.areaList.within(start, end);
    for (const area of areas) if (area.shared) writeBack(this.frames, area.shared);
    return covers(areas, start, end) ? 0 : -ENOMEM;
  }

  /** Room for `length` bytes: at the hint when that is free, else as high as possible below the stacks; or -ENOMEM. */
  findFree(length: number, hint?: number): number {
    const size = roundUp(length);
    if (hint !== undefined && hint > 0) {
      const start = roundUp(hint);
      const next = this.areaList.above(start);
      if (start + size <= USER_END && (!next || start + size <= lowEnd(next))) return start;
    }
    let end = MAP_TOP;
    for (let i = this.areaList.all.length - 1; i >= 0; i--) {
      const area = this.areaList.all[i]!;
      if (lowEnd(area) >= end) continue;
      if (area.end + size <= end) break;
      end = lowEnd(area);
    }
    return end - size >= PAGE_SIZE ? end - size : -ENOMEM;
  }

  /** The area above an address, grown down to it; undefined when there is none that may. */
  growDown(address: number): Area | undefined {
    const area = this.areaList.above(address);
    if (!area || (area.flags & VM.GROWSDOWN) === 0) return undefined;
    const start = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
    if (BigInt(area.end - start) > this.#limit(RLIMIT.STACK) || !this.mayGrow(area.start - start, false))
      return undefined;
    const below = this.areaList.below(start);
    const stands = below && (below.readable || below.writable || below.executable);
    if (stands && (below.flags & VM.GROWSDOWN) === 0 && start - below.end < GUARD_GAP) return undefined;
    const grown = { ...area, start, offset: 0 };
    this.replace(start, area.end, [grown]);
    return this.areaList.find(address);
  }

  /** RLIMIT_AS and RLIMIT_DATA; what a mapping at `replaced` takes the place of counts no more. */
  mayGrow(size: number, data: boolean, replaced?: number): boolean {
    const gone = replaced === undefined ? [] : this.areaList.within(replaced, replaced + size);
    const left = (counts: (area: Area) => boolean): number => size - sizeOf(gone.filter(counts));
    if (!this.#hasRoom(RLIMIT.AS, left(any), any)) return false;
    return !data || this.#hasRoom(RLIMIT.DATA, left(isData), isData);
  }

  #hasRoom(resource: number, more: number, counts: (area: Area) => boolean): boolean {
    const limit = this.#limit(resource);
    // Nobody counts what has no limit.
    return limit >= BigInt(USER_END) || BigInt(sizeOf(this.areaList.all.filter(counts)) + more) <= limit;
  }

  #limit(resource: number): bigint {
    return this.resourceLimits?.[resource]?.soft ?? BigInt(USER_END);
  }

  /** The file became shorter: pages behind its end are gone, private copies of them too. */
  forgetBeyond(file: FileBacking): void {
    for (const area of this.areaList.all) {
      if (area.file !== file) continue;
      const start = Math.max(area.start, area.start + roundUp(file.size) - area.offset);
      if (start < area.end) this.pageTable.drop(start / PAGE_SIZE, area.end / PAGE_SIZE);
    }
  }

  /** Releases the pages of a range and tells about the files in it; the areas stay until `replace`. */
  drop(start: number, end: number): void {
    for (const area of this.areaList.within(start, end)) this.tell("unmap", area);
    this.pageTable.drop(start / PAGE_SIZE, end / PAGE_SIZE);
  }

  /** The only place where areas change. */
  replace(start: number, end: number, by: readonly Area[]): void {
    const gone = this.areaList.within(start, end);
    this.areaList.replace(start, end, by);
    this.#mappings = undefined;
    this.shared.update(this.areaList.all, gone, by);
  }

  tell(change: "map" | "unmap", area: Area): void {
    if (area.file) this.onMapping?.(change, mappingOf(area));
  }
}

const any = (): boolean => true;

/** What RLIMIT_DATA counts. */
function isData(area: Area): boolean {
  return area.writable && !area.shared && (area.flags & VM.GROWSDOWN) === 0;
}

function sizeOf(areas: readonly Area[]): number {
  return areas.reduce((sum, area) => sum + area.end - area.start, 0);
}

function lowEnd(area: Area): number {
  return (area.flags & VM.GROWSDOWN) !== 0 ? area.start - GUARD_GAP : area.start;
}

function mappingOf(area: Area): Mapping {
  const { start, end, readable, writable, executable, file } = area;
  const offset = file ? area.offset : 0;
  return { start, end, offset, readable, writable, executable, ...(file && { file: { path: file.path } }) };
}

export function roundUp(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

export function isPageRange(start: number, end: number): boolean {
  return start >= 0 && start % PAGE_SIZE === 0 && end <= USER_END && end >= start;
}

/** No hole between. */
export function covers(areas: readonly Area[], start: number, end: number): boolean {
  let at = start;
  for (const area of areas) {
    if (area.start !== at) return false;
    at = area.end;
  }
  return at >= end;
}
