/**
 * What a dynamic program needs to run: the program interpreter, the names of its libraries, and where it says they are.
 *
 * Called by `symbols.ts` for `process.library("L")`.
 */
import { ByteReader } from "../base/bytes.ts";
import { fromBytes } from "../base/bytestring.ts";
import type { ElfFile } from "./elf.ts";

export interface Needed {
  /** DT_NEEDED, then the path of the interpreter. */
  readonly names: readonly string[];
  /** DT_RUNPATH or DT_RPATH, as written. */
  readonly folders: readonly string[];
}

const DT = { NULL: 0n, NEEDED: 1n, RPATH: 15n, RUNPATH: 29n } as const;

export function readNeeded(elf: ElfFile): Needed {
  const section = elf.findSection(".dynamic");
  const bytes = section && elf.sectionBytes(section);
  const stringSection = section && elf.sections[section.link];
  const strings = stringSection && elf.sectionBytes(stringSection);
  const names: string[] = [];
  const folders: string[] = [];
  if (bytes instanceof Uint8Array && strings instanceof Uint8Array) {
    const r = new ByteReader(bytes, ".dynamic");
    while (r.more) {
      const tag = r.u64();
      const text = textAt(strings, r.u64Number());
      if (r.error || tag === DT.NULL) break;
      if (tag === DT.NEEDED) names.push(text);
      if (tag === DT.RUNPATH || tag === DT.RPATH) folders.push(...text.split(":"));
    }
  }
  const interpreter = elf.findSection(".interp");
  const path = interpreter && elf.sectionBytes(interpreter);
  if (path instanceof Uint8Array) names.push(textAt(path, 0));
  return { names, folders };
}

function textAt(bytes: Uint8Array, offset: number): string {
  const end = offset < bytes.length ? bytes.indexOf(0, offset) : -1;
  return end < 0 ? "" : fromBytes(bytes.subarray(offset, end));
}
