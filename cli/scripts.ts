/**
 * The texts a run compiles: the script, those of -E, and the tapset library.
 */
import { readFileSync } from "node:fs";
import { fromBytes } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { limits } from "../base/limits.ts";
import { makeSource, type Source } from "../base/source.ts";
import type { TapsetLibrary } from "../lang/compiler/tapset-library.ts";
import { currentFolder } from "./current-folder.ts";
import type { Options } from "./options.ts";
import { openTapsets } from "./tapset-folders.ts";

export function readScript(options: Options): Source {
  const { script } = options;
  if (script.kind === "text") return makeSource("<input>", script.text);
  return makeSource(script.path === "-" ? "<stdin>" : script.path, readText(script.path === "-" ? 0 : script.path));
}

/** The tapset library as this run sees it; nothing is read before a name is asked for. */
export function readTapsets(options: Options): TapsetLibrary {
  return openTapsets(options.tapsetFolders, process.env, currentFolder());
}

/** The text of a script or a tapset file. */
export function readText(path: string | 0): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw cannotRead(`cannot read the script ${path}: ${reasons[code ?? ""] ?? code}`);
  }
  if (bytes.length > limits.maxSourceBytes) {
    throw cannotRead(`the script ${path} has ${bytes.length} bytes; at most ${limits.maxSourceBytes} are taken`);
  }
  return fromBytes(bytes);
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

function cannotRead(message: string): DiagnosticError {
  return new DiagnosticError([{ code: "usage", severity: "error", message }]);
}
