/**
 * The script cache: verified modules by what they were made from, so that the second start skips passes 1 to 3.
 *
 * Used by `translate.ts` alone. One file an entry, `KEY.utap` in `$UTAP_CACHE_DIR`, `$XDG_CACHE_HOME/utap` or
 * `~/.cache/utap`. The key is a digest of the script's texts, the options that matter, this build of utap, and the
 * identity of every tapset file on the search path, since a new one may define what was found elsewhere; an entry
 * says which programs were looked at and their digests. A file begins with the digest of the rest, is written beside
 * and renamed, and only its owner may write it; what does not look right is no entry. A cache that cannot be used
 * costs time and is never an error.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { limits } from "../base/limits.ts";
import type { TargetFiles } from "../target/target.ts";
import { splitCommand } from "./command.ts";
import type { CompileRequest } from "./compile-request.ts";
import { currentFolder } from "./current-folder.ts";
import type { Translation } from "./ends-at-once.ts";
import type { Options } from "./options.ts";
import { lookUp, type ProgramLog } from "./program-log.ts";
import type { Messages } from "./report.ts";
import { tapsetPaths } from "./tapset-folders.ts";
import { targetKind } from "./target-kind.ts";

/** Identity of the bundles, from `tools/build.mjs`; without a build there is no cache. */
declare const UTAP_BUILD: string | undefined;

export interface StoredScript {
  readonly module: Translation;
  readonly messages: Messages;
  readonly programs: ProgramLog;
}

/** What stands in a file. */
interface Entry {
  readonly module: Translation;
  readonly messages: Messages;
  /** Name, path and digest of the content; null where there was nothing. */
  readonly programs: readonly (readonly [string, string | null, string | null])[];
}

export interface FoundScript {
  readonly module: Translation;
  readonly messages: Messages;
  /** The compilation looked at programs, which must be as they were. */
  readonly needsTarget: boolean;
  /** Whether the programs of a target are those of the compilation. */
  matches(files: TargetFiles): boolean;
}

export interface ScriptCache {
  read(): FoundScript | undefined;
  write(script: StoredScript): void;
}

const SUFFIX = ".utap";

export function openScriptCache(options: Options, request: CompileRequest): ScriptCache | undefined {
  const build = typeof UTAP_BUILD === "string" ? UTAP_BUILD : undefined;
  const folder = cacheFolder();
  if (options.cache === "off" || build === undefined || folder === undefined) return undefined;
  const file = join(folder, keyOf(build, options, request) + SUFFIX);
  return {
    read: () => (options.cache === "renew" ? undefined : readEntry(file)),
    write: (script) => attempt(() => writeEntry(folder, file, script)),
  };
}

/** --clean-cache */
export function cleanCache(): void {
  const folder = cacheFolder();
  if (folder !== undefined) attempt(() => void entriesOf(folder).map(({ file }) => fs.unlinkSync(file)));
}

function cacheFolder(): string | undefined {
  const { UTAP_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (UTAP_CACHE_DIR) return UTAP_CACHE_DIR;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "utap");
  const home = homedir();
  return home === "" ? undefined : join(home, ".cache", "utap");
}

function keyOf(build: string, options: Options, { tapsets: _, ...request }: CompileRequest): string {
  const program = options.command === undefined ? null : splitCommand(options.command)[0];
  const tapsets = tapsetPaths(options.tapsetFolders, process.env, currentFolder()).map((path) => {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    return [path, stat && `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`];
  });
  // Line starts follow from the text.
  const drop = (name: string, item: unknown): unknown => (name === "lineStarts" ? undefined : item);
  return digest(JSON.stringify([build, request, tapsets, program, targetKind(options)], drop));
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function readEntry(file: string): FoundScript | undefined {
  return attempt(() => {
    const { uid, mode, size } = fs.statSync(file);
    // Only what nobody else could write is read.
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || size > limits.maxCacheEntryBytes) return undefined;
    const text = fs.readFileSync(file, "utf8");
    const body = text.slice(DIGEST_LENGTH + 1);
    if (text.slice(0, DIGEST_LENGTH) !== digest(body)) return undefined;
    const { module, messages, programs } = JSON.parse(body) as Entry;
    const now = new Date();
    attempt(() => fs.utimesSync(file, now, now));
    const matches = (files: TargetFiles): boolean =>
      programs.every(([name, path, content]) => {
        const found = lookUp(files, name);
        return (found.path ?? null) === path && (found.bytes ? digest(found.bytes) : null) === content;
      });
    return { module, messages, needsTarget: programs.length > 0, matches };
  });
}

const DIGEST_LENGTH = 64;

function writeEntry(folder: string, file: string, { module, messages, programs }: StoredScript): void {
  const entry: Entry = {
    module,
    messages,
    programs: [...programs].map(([name, { path, bytes }]) => [name, path ?? null, bytes ? digest(bytes) : null]),
  };
  const body = JSON.stringify(entry);
  if (body.length > limits.maxCacheEntryBytes / 2) return;
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  dropOldest(folder);
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, `${digest(body)}\n${body}`, { mode: 0o600, flag: "wx" });
  fs.renameSync(temporary, file);
}

/** Makes room for one more: the entries that were not used for the longest time go. */
function dropOldest(folder: string): void {
  const entries = entriesOf(folder).sort((a, b) => a.used - b.used);
  let bytes = entries.reduce((sum, { size }) => sum + size, 0);
  let count = entries.length;
  for (const { file, size } of entries) {
    if (count < limits.maxCacheEntries && bytes <= limits.maxCacheBytes) return;
    fs.unlinkSync(file);
    count--;
    bytes -= size;
  }
}

/** Entries, and what a run that was killed left of one. */
function entriesOf(folder: string): { readonly file: string; readonly size: number; readonly used: number }[] {
  return fs
    .readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.utap(\.\d+)?$/.test(name))
    .flatMap((name) => {
      const file = join(folder, name);
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      return stat ? [{ file, size: stat.size, used: stat.mtimeMs }] : [];
    });
}

/** Another utap may do the same at the same time, and a disk may be full. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
