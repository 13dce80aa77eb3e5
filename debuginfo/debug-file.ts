/**
 * Where the debug information of a stripped binary is: the separate file that its build-id or its `.gnu_debuglink`
 * names, and the supplementary file (dwz) that a debug file names in `.gnu_debugaltlink` or `.debug_sup`, and the split
 * files (.dwo) that skeleton units name.
 *
 * Called by `binary.ts`. Files come through `FindFile`, as the target sees them. A file is taken only if it is the right
 * one: by its build-id, or by the CRC of the link. What was looked for and what was wrong is told.
 */
import { ByteReader } from "../base/bytes.ts";
import { crc32 } from "./crc32.ts";
import { hasDebugSection, readDebugSection } from "./debug-sections.ts";
import { type ElfFile, parseElf } from "./elf.ts";
import { toHex } from "./hex.ts";

/** A file of the target: its canonical path and its bytes; undefined when it cannot be read. */
export type FindFile = (path: string) => { readonly path: string; readonly bytes: Uint8Array } | undefined;

export interface DebugFile {
  readonly path: string;
  readonly elf: ElfFile;
}

/** A string says why there is none. */
export function findDebugFile(path: string, elf: ElfFile, find: FindFile): DebugFile | string {
  const link = readDebugLink(elf);
  const wrong: string[] = [];
  const byId = elf.buildId !== undefined ? buildIdPath(elf.buildId) : undefined;
  if (byId !== undefined) {
    const file = open(find, byId);
    if (file && file.elf.buildId === elf.buildId && hasAnything(file.elf)) return file;
    if (file) wrong.push(`${byId} is of another build`);
  }
  for (const candidate of link ? linkPaths(path, link.name) : []) {
    const file = open(find, candidate);
    if (!file || file.path === path) continue;
    if (link && crc32(file.elf.bytes) === link.crc) return file;
    wrong.push(`${candidate} is of another build`);
  }
  if (wrong.length > 0) return wrong.join(", ");
  const wanted = byId ?? link?.name;
  return wanted === undefined ? "it has no build-id and no .gnu_debuglink" : `there is no ${wanted}`;
}

/** The supplementary file of a debug file; undefined when it names none, a string when it cannot be had. */
export function findSupplement({ path, elf }: DebugFile, find: FindFile): DebugFile | string | undefined {
  const link = readAltLink(elf) ?? readDebugSup(elf);
  if (!link) return undefined;
  const candidates = [join(folderOf(path), link.name), ...(link.id.length > 2 ? [buildIdPath(link.id)] : [])];
  for (const candidate of candidates) {
    const file = open(find, candidate);
    if (file && (supplementId(file.elf) === link.id || file.elf.buildId === link.id)) return file;
  }
  return `the supplementary file ${candidates[0]} is missing or of another build`;
}

/** The file of a skeleton unit (-gsplit-dwarf): where the compiler left it, or beside the program. */
export function findSplitFile(path: string, name: string, folder: string, find: FindFile): DebugFile | string {
  const first = join(folder, name);
  const file = open(find, first) ?? open(find, `${folderOf(path)}/${name.slice(name.lastIndexOf("/") + 1)}`);
  if (file) return file;
  const missing = `the debug information of a part is in ${first}, which is missing`;
  return find(`${path}.dwp`) ? `${missing}, and the package ${path}.dwp is not read: keep the .dwo files` : missing;
}

const debugFolder = "/usr/lib/debug";

function buildIdPath(id: string): string {
  return `${debugFolder}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
}

/** Where a link may lead, nearest first. Where /lib is a link to /usr/lib, packages use either name. */
function linkPaths(path: string, name: string): readonly string[] {
  const folder = folderOf(path);
  const short = folder.startsWith("/usr/") ? [`${debugFolder}${folder.slice(4)}/${name}`] : [];
  return [`${folder}/${name}`, `${folder}/.debug/${name}`, `${debugFolder}${folder}/${name}`, ...short];
}

function open(find: FindFile, path: string): DebugFile | undefined {
  const file = find(path);
  const elf = file && parseElf(file.bytes);
  return file && elf?.kind === "elf" ? { path: file.path, elf } : undefined;
}

function hasAnything(elf: ElfFile): boolean {
  return hasDebugSection(elf, ".debug_info") || elf.findSection(".symtab") !== undefined;
}

function readDebugLink(elf: ElfFile): { readonly name: string; readonly crc: number } | undefined {
  const r = readerOf(elf, ".gnu_debuglink");
  if (!r) return undefined;
  const name = r.cstring();
  r.skip((4 - (r.offset & 3)) & 3);
  const crc = r.u32();
  // A name with a folder in it would leave the folders that are searched.
  return r.error || name === "" || name.includes("/") ? undefined : { name, crc };
}

interface AltLink {
  readonly name: string;
  /** Hex digits of the build-id or the checksum. */
  readonly id: string;
}

function readAltLink(elf: ElfFile): AltLink | undefined {
  const r = readerOf(elf, ".gnu_debugaltlink");
  if (!r) return undefined;
  const name = r.cstring();
  return r.error || name === "" ? undefined : { name, id: toHex(r.block(r.end - r.offset)) };
}

/** `.debug_sup` (DWARF 5, 7.3.6) of the file that refers: is_supplementary is 0 there. */
function readDebugSup(elf: ElfFile): AltLink | undefined {
  const sup = parseDebugSup(elf);
  return sup && !sup.isSupplementary && sup.name !== "" ? sup : undefined;
}

function supplementId(elf: ElfFile): string | undefined {
  const sup = parseDebugSup(elf);
  return sup?.isSupplementary ? sup.id : elf.buildId;
}

function parseDebugSup(elf: ElfFile): (AltLink & { readonly isSupplementary: boolean }) | undefined {
  const bytes = readDebugSection(elf, ".debug_sup");
  if (!(bytes instanceof Uint8Array)) return undefined;
  const r = new ByteReader(bytes, ".debug_sup");
  r.skip(2);
  const isSupplementary = r.u8() === 1;
  const name = r.cstring();
  const id = toHex(r.block(r.ulebNumber()));
  return r.error ? undefined : { name, id, isSupplementary };
}

function readerOf(elf: ElfFile, name: string): ByteReader | undefined {
  const section = elf.findSection(name);
  const bytes = section && elf.sectionBytes(section);
  return bytes instanceof Uint8Array ? new ByteReader(bytes, name) : undefined;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function join(folder: string, name: string): string {
  return name.startsWith("/") ? name : `${folder}/${name}`;
}
