/**
 * The texts a run compiles: the script, those of -E, and the tapset library.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBytes } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { limits } from "../base/limits.ts";
import { makeSource, type Source } from "../base/source.ts";
import type { Options } from "./options.ts";

export function readScript(options: Options): Source {
  const { script } = options;
  if (script.kind === "text") return makeSource("<input>", script.text);
  return makeSource(script.path === "-" ? "<stdin>" : script.path, readText(script.path === "-" ? 0 : script.path));
}

/** `tapsets/*.stp` of utap itself, after those of the -I folders. */
export function readTapsets(options: Options): readonly Source[] {
  for (const folder of options.tapsetFolders) {
    if (!existsSync(folder)) throw cannotRead(`-I ${folder}: there is no such folder`);
  }
  const own = fileURLToPath(new URL("../tapsets/", import.meta.url));
  return [...options.tapsetFolders, own].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".stp"))
      .sort()
      .map((name) => makeSource(join(folder, name), readText(join(folder, name)), "tapset")),
  );
}

function readText(path: string | 0): string {
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
