/**
 * The marks of a binary: `.note.stapsdt`, version 3 (what DTRACE_PROBE and STAP_PROBE of <sys/sdt.h> leave).
 *
 * Called by `find-marks.ts`. A note has three addresses (the place, the address that `.stapsdt.base` had when the program
 * was linked, the semaphore or 0) and three strings (provider, name, arguments). Tools that move sections after
 * linking do not change notes: the distance that the base moved is added.
 */
import { ByteReader } from "../base/bytes.ts";
import { fromBytes } from "../base/bytestring.ts";
import type { ElfFile } from "./elf.ts";

export interface SdtMark {
  readonly provider: string;
  readonly name: string;
  /** `N@OP N@OP …` */
  readonly arguments: string;
  readonly address: number;
  /** The address of a counter that the program looks at; absent when it does not. */
  readonly semaphore?: number;
}

const NT_STAPSDT = 3;

/** Damage ends the list. */
export function readSdtNotes(elf: ElfFile): readonly SdtMark[] {
  const section = elf.findSection(".note.stapsdt");
  const bytes = section && elf.sectionBytes(section);
  if (!(bytes instanceof Uint8Array)) return [];
  const base = elf.findSection(".stapsdt.base")?.address;
  const marks: SdtMark[] = [];
  const r = new ByteReader(bytes, ".note.stapsdt");
  while (r.more) {
    const nameSize = r.u32();
    const size = r.u32();
    const type = r.u32();
    const owner = fromBytes(r.block(nameSize));
    r.skip(-nameSize & 3);
    const content = r.block(size);
    if (r.error) break;
    const mark = type === NT_STAPSDT && owner === "stapsdt\0" ? readNote(content, base) : undefined;
    if (mark) marks.push(mark);
    r.skip(Math.min(-size & 3, r.end - r.offset));
  }
  return marks;
}

function readNote(content: Uint8Array, base: number | undefined): SdtMark | undefined {
  const r = new ByteReader(content, ".note.stapsdt");
  const place = r.u64Number();
  const linkedBase = r.u64Number();
  const semaphore = r.u64Number();
  const [provider, name, args] = fromBytes(content.subarray(r.offset)).split("\0");
  if (r.error || provider === undefined || name === undefined || args === undefined) return undefined;
  const moved = base === undefined || linkedBase === 0 ? 0 : base - linkedBase;
  const counter = semaphore === 0 ? {} : { semaphore: semaphore + moved };
  return { provider, name, arguments: args, address: place + moved, ...counter };
}
