/**
 * The texts a run compiles: the script, those of -E, and the tapset library.
 */
import { readFileSync } from "node:fs";
import { fromBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";
import { makeSource, type Source } from "../base/source.ts";
import { usage } from "../base/usage.ts";
import type { TapsetLibrary } from "../lang/compiler/tapset-library.ts";
import { currentFolder } from "./current-folder.ts";
import type { Options } from "./options.ts";
import { openTapsets } from "./tapset-folders.ts";

export function readScript(options: Options): Source {
  const { script } = options;
  if (script.kind === "text") return makeSource("<input>", script.text);
  if (script.path === "-") return makeSource("<stdin>", readText(0, NO_SCRIPT));
  return makeSource(script.path, readText(script.path, NO_SCRIPT));
}

const NO_SCRIPT = [
  "a script is a file, or the text behind -e; a program to trace stands behind -c",
  "utap --help lists the options",
];

/** The tapset library as this run sees it; nothing is read before a name is asked for. */
export function readTapsets(options: Options): TapsetLibrary {
  return openTapsets(options.tapsetFolders, process.env, currentFolder());
}

/** The text of a script or a tapset file, without a byte order mark; `hints` go with what is none. */
export function readText(path: string | 0, hints: readonly string[] = []): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usage(`cannot read the script ${path}: ${reasons[code ?? ""] ?? code}`, hints);
  }
  if (bytes.length > limits.maxSourceBytes) {
    throw usage(`the script ${path} has ${bytes.length} bytes; at most ${limits.maxSourceBytes} are taken`);
  }
  const text = fromBytes(bytes);
  if (text.startsWith("\x7fELF")) throw usage(`cannot read the script ${path}: it is a program`, hints);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

const reasons: { readonly [code: string]: string } = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};
