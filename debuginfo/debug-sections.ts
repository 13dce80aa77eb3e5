/**
 * The bytes of a debug section, decompressed.
 *
 * Called by `binary.ts`. A section may be compressed by the gABI (SHF_COMPRESSED, with a header that names the method) or
 * the way GNU tools did before (`.zdebug_…`: "ZLIB" and the size, big-endian). Only zlib is read. A size that no such
 * input can have is refused before there is room made for it.
 */
import { unzlibSync } from "fflate";
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import { type ElfFile, type ElfSection, SHF } from "./elf.ts";
import { type ElfFailure, elfFailure } from "./elf-header.ts";

const ELFCOMPRESS = { ZLIB: 1, ZSTD: 2 } as const;
const CHDR_SIZE = 24;
const ZDEBUG_HEADER = 12;
/** Deflate makes at most 1,032 bytes of one. */
const MAX_RATIO = 1032;

/** None when there is no section of the name, which begins with `.debug_`; a failure when it cannot be read. */
export function readDebugSection(elf: ElfFile, name: string): Uint8Array | ElfFailure | undefined {
  // The compiler gives each type unit of a split file a section of its own; no linker has joined them.
  const sections = elf.sections.filter((section) => section.name === name);
  const parts: Uint8Array[] = [];
  for (const section of sections) {
    const part = (section.flags & SHF.COMPRESSED) === 0 ? elf.sectionBytes(section) : readCompressed(elf, section);
    if (!(part instanceof Uint8Array)) return part;
    parts.push(part);
  }
  if (parts.length > 0) return parts.length === 1 ? parts[0] : join(parts);
  const old = elf.findSection(name.replace(/^\.debug_/, ".zdebug_"));
  return old && readZdebug(elf, old);
}

export function hasDebugSection(elf: ElfFile, name: string): boolean {
  const section = elf.findSection(name) ?? elf.findSection(name.replace(/^\.debug_/, ".zdebug_"));
  return section !== undefined && section.size > 0;
}

function readCompressed(elf: ElfFile, section: ElfSection): Uint8Array | ElfFailure {
  const bytes = elf.sectionBytes({ ...section, flags: section.flags & ~SHF.COMPRESSED });
  if (!(bytes instanceof Uint8Array)) return bytes;
  const r = new ByteReader(bytes, section.name);
  const method = r.u32();
  r.skip(4);
  const size = r.u64Number();
  if (r.error || bytes.length < CHDR_SIZE) return elfFailure(`${section.name}: a damaged compression header`);
  if (method === ELFCOMPRESS.ZSTD) {
    return elfFailure(
      `${section.name} is compressed with zstd, which is not supported: objcopy --decompress-debug-sections makes it readable`,
    );
  }
  if (method !== ELFCOMPRESS.ZLIB) return elfFailure(`${section.name} is compressed by method ${method}, not zlib`);
  return inflate(section.name, bytes.subarray(CHDR_SIZE), size);
}

function readZdebug(elf: ElfFile, section: ElfSection): Uint8Array | ElfFailure {
  const bytes = elf.sectionBytes(section);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const isZlib = bytes[0] === 0x5a && bytes[1] === 0x4c && bytes[2] === 0x49 && bytes[3] === 0x42;
  if (!isZlib || bytes.length < ZDEBUG_HEADER) return elfFailure(`${section.name}: no ZLIB header`);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(4);
  return inflate(section.name, bytes.subarray(ZDEBUG_HEADER), Number(size));
}

function inflate(name: string, bytes: Uint8Array, size: number): Uint8Array | ElfFailure {
  if (size > limits.maxModuleBytes || size > bytes.length * MAX_RATIO + 64) {
    return elfFailure(`${name}: ${bytes.length} bytes cannot be ${size} bytes compressed`);
  }
  try {
    const out = unzlibSync(bytes, { out: new Uint8Array(size) });
    if (out.length === size) return out;
  } catch {
    // Said below.
  }
  return elfFailure(`${name}: damaged compressed data`);
}

function join(parts: readonly Uint8Array[]): Uint8Array | ElfFailure {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  if (size > limits.maxModuleBytes) return elfFailure(`debug sections of ${size} bytes`);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
