/**
 * Pages that several address spaces see as one, and which of them an address space uses.
 *
 * The pages of a file are known by pool and file, so that its mappings meet wherever they are made, private ones too as long as
 * they only read; those of a shared anonymous mapping are known to its areas alone. They go, after a last write back, with the
 * last user.
 */
import { type Area, type FileBacking, type SharedPages, VM } from "./area.ts";
import { type Frames, PAGE_SHIFT, PAGE_SIZE } from "./frames.ts";

const sharedFiles = new WeakMap<Frames, WeakMap<FileBacking, SharedPages>>();

/** The pages of a file; without one fresh ones, `size` bytes of them. */
export function sharedPagesOf(frames: Frames, file: FileBacking | undefined, size: number): SharedPages {
  const fresh = (): SharedPages => ({ file, frames: new Map(), dirty: new Set(), users: 0, size });
  if (!file) return fresh();
  const files = sharedFiles.get(frames) ?? new WeakMap<FileBacking, SharedPages>();
  sharedFiles.set(frames, files);
  const pages = files.get(file) ?? fresh();
  files.set(file, pages);
  return pages;
}

/** Those of a file that somebody has mapped now. */
export function knownPagesOf(frames: Frames, file: FileBacking | undefined): SharedPages | undefined {
  return file && sharedFiles.get(frames)?.get(file);
}

/** What one address space uses. */
export class SharedUses {
  readonly #frames: Frames;
  #used: ReadonlySet<SharedPages> = new Set();

  constructor(frames: Frames, used: Iterable<SharedPages> = []) {
    this.#frames = frames;
    this.#used = new Set(used);
    for (const pages of this.#used) pages.users++;
  }

  /** For a forked address space. */
  clone(): SharedUses {
    return new SharedUses(this.#frames, this.#used);
  }

  /** The areas changed, some went and some came: joins what they use now and leaves the rest. */
  update(areas: readonly Area[], gone: readonly Area[], come: readonly Area[]): void {
    if (!gone.some(usesPages) && !come.some(usesPages)) return;
    const now = new Set<SharedPages>();
    for (const area of areas) if (usesPages(area)) now.add(area.shared ?? sharedPagesOf(this.#frames, area.file, 0));
    for (const pages of now) if (!this.#used.has(pages)) pages.users++;
    for (const pages of this.#used) if (!now.has(pages)) this.#leave(pages);
    this.#used = now;
  }

  #leave(pages: SharedPages): void {
    writeBack(this.#frames, pages);
    if (--pages.users > 0) return;
    for (const frame of pages.frames.values()) this.#frames.release(frame);
    pages.frames.clear();
    if (pages.file) sharedFiles.get(this.#frames)?.delete(pages.file);
  }
}

function usesPages({ shared, file }: Area): boolean {
  return shared !== undefined || file !== undefined;
}

/** Before a file is read past its mappings: it gets what they wrote. */
export function writeBackFile(frames: Frames, file: FileBacking): void {
  const pages = sharedFiles.get(frames)?.get(file);
  if (pages) writeBack(frames, pages);
}

/** After a file was written past its mappings, `written` alone, or changed as a whole and perhaps cut: they show it. */
export function refreshFile(
  frames: Frames,
  file: FileBacking,
  written?: { readonly start: number; readonly end: number },
): void {
  const pages = sharedFiles.get(frames)?.get(file);
  if (!written) cutPages(frames, file, pages);
  if (!pages) return;
  for (const [offset, frame] of written ? pagesWithin(pages, written) : pages.frames) {
    const bytes = file.readPage(offset);
    frames.touch(frame);
    frames.u8.fill(0, (frame << PAGE_SHIFT) + bytes.length, (frame + 1) << PAGE_SHIFT);
    frames.u8.set(bytes, frame << PAGE_SHIFT);
  }
}

/** Nobody sees what lies behind the end. */
function cutPages(frames: Frames, file: FileBacking, pages: SharedPages | undefined): void {
  for (const space of frames.spaces) space.forgetBeyond(file);
  for (const [offset, frame] of pages?.frames ?? []) {
    if (offset < file.size) continue;
    pages!.frames.delete(offset);
    pages!.dirty.delete(offset);
    frames.release(frame);
  }
}

/** Those that a range touches; of a long one by looking at all. */
function* pagesWithin({ frames }: SharedPages, range: { start: number; end: number }): Iterable<[number, number]> {
  const start = range.start - (range.start % PAGE_SIZE);
  if ((range.end - start) / PAGE_SIZE > frames.size) {
    for (const page of frames) if (page[0] >= start && page[0] < range.end) yield page;
    return;
  }
  for (let offset = start; offset < range.end; offset += PAGE_SIZE) {
    const frame = frames.get(offset);
    if (frame !== undefined) yield [offset, frame];
  }
}

/** Gives the file its dirty pages. */
export function writeBack(frames: Frames, pages: SharedPages): void {
  const { file } = pages;
  for (const offset of pages.dirty) {
    const frame = pages.frames.get(offset);
    if (frame === undefined || !file?.writePage || offset >= file.size) continue;
    const size = Math.min(PAGE_SIZE, file.size - offset);
    file.writePage(offset, frames.u8.slice(frame << PAGE_SHIFT, (frame << PAGE_SHIFT) + size));
  }
}

/** Some mapping of the file could change it. */
export function mayBeWritten(frames: Frames, file: FileBacking): boolean {
  for (const space of frames.spaces) {
    if (space.areas().some((area) => area.file === file && area.shared && (area.flags & VM.NOWRITE) === 0)) return true;
  }
  return false;
}
