/**
 * `SymbolSource` for the compiler: the binaries that a script names, as the target sees them.
 *
 * Files come through `TargetFiles`; each is opened once. Called by `compile-script.ts`.
 */
import type { ModuleSymbols, SymbolFailure, SymbolSource } from "../abi/symbol-source.ts";
import { limits } from "../base/limits.ts";
import { openModule } from "../debuginfo/symbols.ts";
import type { TargetFiles } from "../target/target.ts";

export function createSymbolSource(files: TargetFiles, program?: string): SymbolSource {
  const opened = new Map<string, ModuleSymbols | SymbolFailure>();
  const open = (path: string): ModuleSymbols | SymbolFailure => {
    const canonical = files.resolve(path);
    if (canonical === undefined) return { kind: "failure", message: `cannot find the program ${path}` };
    let module = opened.get(canonical);
    if (!module) opened.set(canonical, (module = openCanonical(files, canonical)));
    return module;
  };
  return { open, ...(program !== undefined && { program }) };
}

function openCanonical(files: TargetFiles, path: string): ModuleSymbols | SymbolFailure {
  const bytes = files.read(path);
  if (!bytes) return { kind: "failure", message: `cannot read ${path}` };
  if (bytes.length > limits.maxModuleBytes)
    return { kind: "failure", message: `${path} is larger than ${limits.maxModuleBytes} bytes` };
  return openModule(path, bytes);
}
