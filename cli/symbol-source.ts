/**
 * `SymbolSource` for the compiler: the binaries that a script names, as the target sees them.
 *
 * Files come through `TargetFiles`, separate debug files among them; each is opened once. Called by `compile-script.ts`. What was looked at is logged.
 */
import type { ModuleSymbols, SymbolFailure, SymbolSource } from "../abi/symbol-source.ts";
import { fromBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";
import type { FindFile } from "../debuginfo/debug-file.ts";
import { openModule } from "../debuginfo/symbols.ts";
import type { TargetFiles } from "../target/target.ts";
import { expandGlob } from "./path-glob.ts";
import { type LookedUp, lookUp, type ProgramLog } from "./program-log.ts";

export function createSymbolSource(files: TargetFiles, program?: string, log: ProgramLog = new Map()): SymbolSource {
  const opened = new Map<string, ModuleSymbols | SymbolFailure>();
  const logged = (name: string): LookedUp => {
    let file = log.get(name);
    if (!file) log.set(name, (file = lookUp(files, name)));
    return file;
  };
  const find: FindFile = (name) => {
    const { path, bytes } = logged(name);
    return path !== undefined && bytes && bytes.length <= limits.maxModuleBytes ? { path, bytes } : undefined;
  };
  const open = (name: string): ModuleSymbols | SymbolFailure => {
    const { path, bytes } = logged(name);
    if (path === undefined) return { kind: "failure", message: `cannot find the program ${name}${insteadOf(name)}` };
    let symbols = opened.get(path);
    if (!symbols) opened.set(path, (symbols = openFile(path, bytes, find)));
    return symbols;
  };
  const namesIn = (folder: string): readonly string[] => {
    const { bytes } = logged(folder);
    return bytes && bytes.length > 0 ? fromBytes(bytes).split("\n") : [];
  };
  return { open, glob: (pattern) => expandGlob(pattern, namesIn), ...(program !== undefined && { program }) };
}

/** Programs are looked for on the PATH, libraries and what lies in this folder are not. */
function insteadOf(name: string): string {
  if (name.includes("/")) return "";
  return /\.so(\.|$)/.test(name)
    ? ` (a library: write its path, or process("PROGRAM").library("${name}"))`
    : ` on the PATH (in this folder: ./${name})`;
}

function openFile(path: string, bytes: Uint8Array | undefined, find: FindFile): ModuleSymbols | SymbolFailure {
  if (!bytes) return { kind: "failure", message: `cannot read ${path}` };
  if (bytes.length > limits.maxModuleBytes)
    return { kind: "failure", message: `${path} is larger than ${limits.maxModuleBytes} bytes` };
  return openModule(path, bytes, find);
}
