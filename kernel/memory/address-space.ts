/**
 * An address space of the model: what is mapped where (Linux' mm_struct), and the bytes there.
 *
 * The kernel copies to and from users through it; the CPU asks `translate` on a TLB miss; tracers see the `AddressSpace` of the
 * target contract. User addresses are sv39: [0, 2^38).
 * The areas say what may be there (`mappings.ts`), the page table what is (`page-table.ts`). Every write goes through
 * `translate(page, "write")` or a write entry of the TLB, so decoded code never outlives the bytes it came from.
 */
import { toBytes } from "../../base/bytestring.ts";
import type { AddressSpace as TargetAddressSpace } from "../../target/target.ts";
import { type Area, AreaList, VM } from "./area.ts";
import { ACCERR, type Access, type Fault, MAPERR } from "./fault.ts";
import { type Frames, PAGE_SIZE } from "./frames.ts";
import { Mappings, USER_END } from "./mappings.ts";
import type { Tlb } from "./tlb.ts";
import { copyFrom, copyString, copyTo } from "./user-copy.ts";

export type { Area, FileBacking } from "./area.ts";
export { type Access, type Fault, type FaultCause, faultCause } from "./fault.ts";
export { type MappingHook, type MapRequest, type Protection, USER_END } from "./mappings.ts";

let lastId = 0;

export class AddressSpace extends Mappings implements TargetAddressSpace {
  readonly id = ++lastId;
  /** What membarrier(2) was registered for. */
  barriers = 0;
  #scratch: number | undefined;

  constructor(frames: Frames, areas: AreaList = new AreaList()) {
    super(frames, areas);
    frames.spaces.add(this);
  }

  get tlb(): Tlb {
    return this.pageTable.tlb;
  }

  /** A copy of this space without its `onMapping`; private pages are copied when either side writes them. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.frames, new AreaList(this.areaList.all));
    this.pageTable.shareWith(child.pageTable);
    child.shared = this.shared.clone();
    child.#scratch = this.#scratch;
    child.barriers = this.barriers;
    for (const area of this.areaList.all) {
      const { start, end, flags } = area;
      if ((flags & (VM.DONTCOPY | VM.WIPEONFORK)) !== 0) child.pageTable.drop(start / PAGE_SIZE, end / PAGE_SIZE);
      if ((flags & VM.DONTCOPY) !== 0) child.replace(start, end, []);
      else if ((flags & VM.LOCKED) !== 0) child.changeFlags(start, end, 0, VM.LOCKED);
    }
    return child;
  }

  /** Gives every frame back; the space is empty afterwards, and `onMapping` is not told. */
  release(): void {
    this.onMapping = undefined;
    this.drop(0, USER_END);
    this.replace(0, USER_END, []);
    this.frames.spaces.delete(this);
  }

  // ---- what the kernel does ----

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
      this.#tellCopy("copy_from_user", address, toBytes(read), limit);
    }
    return text;
  }

  #tellCopy(direction: "copy_from_user" | "copy_to_user", address: number, bytes: Uint8Array, limit?: number): void {
    if (bytes.length > 0) this.frames.copies?.(this, direction, address, bytes, limit);
  }

  // ---- what a tracer does (target/target.ts) ----

  read(address: number, size: number): Uint8Array | Fault {
    return copyFrom(this, address, size, true);
  }

  write(address: number, bytes: Uint8Array): true | Fault {
    return copyTo(this, address, bytes, true);
  }

  scratchPage(): number | Fault {
    if (this.#scratch !== undefined && this.findArea(this.#scratch)) return this.#scratch;
    let start = USER_END - 2 * PAGE_SIZE;
    for (let area = this.findArea(start); area; area = this.findArea(start)) start = area.start - PAGE_SIZE;
    const page = { readable: true, writable: false, executable: true, name: "[uprobes]" };
    const mapped = this.map({ start, length: PAGE_SIZE, fixed: "keep", ...page });
    if (mapped < 0) return { kind: "fault", address: start, access: "write", cause: "BUS_ADRERR" };
    this.#scratch = mapped;
    return mapped;
  }

  // ---- what the CPU does ----

  /**
   * The frame of a page, made present and, for "write", ours to write and free of decoded code; else a negative
   * code for `faultCause`. `force` ignores protections and lets no stack grow, as a debugger does.
   */
  translate(page: number, access: Access, force = false): number {
    const address = page * PAGE_SIZE;
    if (address < 0 || address >= USER_END) return MAPERR;
    const area = this.findArea(address) ?? (force ? undefined : this.growDown(address));
    if (!area) return MAPERR;
    if (!force && !allows(area, access)) return ACCERR;
    return access === "write" ? this.pageTable.toWrite(area, page) : this.pageTable.toRead(area, page);
  }

  /** User code can make the access without the kernel: its page table says how. */
  isPresent(page: number, access: Access): boolean {
    const address = page * PAGE_SIZE;
    const area = address >= 0 && address < USER_END ? this.findArea(address) : undefined;
    return area !== undefined && allows(area, access) && this.pageTable.isPresent(area, page, access === "write");
  }
}

function allows(area: Area, access: Access): boolean {
  if (access === "write") return area.writable;
  // Linux maps writable pages readable on this architecture: there is no write-only page.
  return access === "fetch" ? area.executable : area.readable || area.writable;
}
