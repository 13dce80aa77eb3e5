/**
 * Where tapset files are looked for, and the library they make.
 *
 * In this order: the folders of -I, of UTAP_TAPSET, of SYSTEMTAP_TAPSET, the user's own ($XDG_DATA_HOME/utap/tapset),
 * those of npm packages (`"utap": {"tapset": "FOLDER"}` in the nearest package.json and in those of its dependencies),
 * then the library that comes with utap. A file hides later ones of the same name, so that one can be replaced. Beside
 * its own files a folder may have some for one kernel and machine, in `linux/riscv`, `riscv` and `linux`.
 * Folders are read when the first name is asked for.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { DiagnosticError } from "../base/diagnostics.ts";
import { usage } from "../base/usage.ts";
import {
  makeLibrary,
  type TapsetFile,
  type TapsetLibrary,
  type TapsetNames,
  tapsetFile,
} from "../lang/compiler/tapset-library.ts";
import { readText } from "./scripts.ts";

type Environment = { readonly [name: string]: string | undefined };

/** The folders given by -I must exist; the others may be missing. */
export function openTapsets(given: readonly string[], environment: Environment, from: string): TapsetLibrary {
  for (const folder of given) if (!isFolder(folder)) throw noFolder(folder);
  return makeLibrary(() => {
    const own = fileURLToPath(new URL("../tapsets/", import.meta.url));
    const files = new Map<string, TapsetFile>();
    for (const folder of [...given, ...foundFolders(environment, from)]) addFolder(files, folder);
    addFolder(files, own, readIndex());
    return [...files.values()];
  });
}

/** Every file of the search path, hidden ones too: while they are as they were, a script means what it meant. */
export function tapsetPaths(given: readonly string[], environment: Environment, from: string): readonly string[] {
  const own = fileURLToPath(new URL("../tapsets/", import.meta.url));
  return [...given, ...foundFolders(environment, from), own].flatMap((folder) =>
    parts.flatMap((part) => listFolder(join(folder, part)).map((name) => join(folder, part, name))),
  );
}

/** The folders of the search path between those of -I and the library that comes with utap. */
export function foundFolders(environment: Environment, from: string): readonly string[] {
  const listed = [environment.UTAP_TAPSET, environment.SYSTEMTAP_TAPSET].flatMap((list) => list?.split(":") ?? []);
  const data = environment.XDG_DATA_HOME || join(environment.HOME ?? homedir(), ".local/share");
  return [...listed.filter((folder) => folder !== ""), join(data, "utap/tapset"), ...packageFolders(from)];
}

// ---- folders ----

const parts = ["linux/riscv", "riscv", "linux", ""];

function addFolder(files: Map<string, TapsetFile>, folder: string, index?: LibraryIndex): void {
  for (const part of parts) {
    for (const name of listFolder(join(folder, part))) {
      const relative = join(part, name);
      const path = join(folder, relative);
      if (!files.has(relative))
        files.set(
          relative,
          tapsetFile(path, () => readText(path), index?.[relative]),
        );
    }
  }
}

function listFolder(folder: string): readonly string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".stp") || name.endsWith(".stpm"))
    .sort();
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or in a folder that is not ours to look into.
    return false;
  }
}

/** Names by file, relative to `tapsets/`; made by `tools/index-tapsets.mjs`, absent where utap runs from its sources. */
type LibraryIndex = { readonly [file: string]: TapsetNames };

function readIndex(): LibraryIndex {
  const path = fileURLToPath(new URL("./tapsets.json", import.meta.url));
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as LibraryIndex) : {};
}

function noFolder(folder: string): DiagnosticError {
  return usage(`-I ${folder}: there is no such folder`);
}

// ---- npm packages ----

interface PackageFile {
  readonly tapset?: string;
  readonly dependencies: readonly string[];
}

/** The tapset folder of the package that `from` lies in, then those of what it depends on, in order of name. */
function packageFolders(from: string): readonly string[] {
  const root = nearest(from, "package.json");
  if (root === undefined) return [];
  const own = readPackage(join(root, "package.json"));
  const folders = own?.tapset === undefined ? [] : [resolve(root, own.tapset)];
  for (const name of [...(own?.dependencies ?? [])].sort()) {
    const home = nearest(root, join("node_modules", name, "package.json"));
    if (home === undefined) continue;
    const folder = join(home, "node_modules", name);
    const { tapset } = readPackage(join(folder, "package.json")) ?? {};
    if (tapset !== undefined) folders.push(resolve(folder, tapset));
  }
  return folders;
}

/** The nearest folder, upwards, in which there is such a file. */
function nearest(from: string, file: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** What a package.json says that concerns us; one that cannot be read says nothing. */
function readPackage(path: string): PackageFile | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
  const tapset = member(member(json, "utap"), "tapset");
  const names = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) => {
    const list = member(json, key);
    return typeof list === "object" && list !== null ? Object.keys(list) : [];
  });
  return { dependencies: [...new Set(names)], ...(typeof tapset === "string" && { tapset }) };
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as { readonly [key: string]: unknown })[key] : undefined;
}
