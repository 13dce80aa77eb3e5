/**
 * The libraries of a program, as its dynamic linker would find them: by the names that the program and its libraries
 * ask for, in the folders that the asking file says and in the usual ones.
 *
 * Called by `modules.ts` for `.library("NAME")`. A name without a slash is that of a file, a glob is matched against the
 * whole path, and a path stands for itself even if nobody asks for it.
 */
import type { ModuleSymbols, SymbolSource } from "../../../abi/symbol-source.ts";
import { limits } from "../../../base/limits.ts";
import { globTest } from "./globs.ts";

const FOLDERS = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];
const triplets: { readonly [arch: string]: string } = { riscv64: "riscv64-linux-gnu", x86_64: "x86_64-linux-gnu" };

/** `known` gets the paths of all libraries, for messages. */
export function openLibraries(
  program: ModuleSymbols,
  pattern: string,
  symbols: SymbolSource,
  known: string[],
): readonly ModuleSymbols[] {
  if (pattern.startsWith("/") && !pattern.includes("*")) {
    const module = symbols.open(pattern);
    return module.kind === "module" ? [module] : [];
  }
  const libraries = new Map<string, { readonly module: ModuleSymbols; readonly names: string[] }>();
  const files = [program];
  for (const file of files) {
    const { names, folders } = file.needed;
    for (const name of names) {
      const module = find(
        name,
        [...folders.map((folder) => expand(folder, file.path)), ...usualFolders(file)],
        symbols,
      );
      if (!module || module.path === program.path) continue;
      const library = libraries.get(module.path);
      if (library) library.names.push(name);
      else if (libraries.size < limits.maxLibraries) {
        libraries.set(module.path, { module, names: [name, module.path] });
        files.push(module);
      }
    }
  }
  known.push(...libraries.keys());
  const matches = globTest(pattern);
  const isName = (text: string): boolean => matches(text) || text.slice(text.lastIndexOf("/") + 1) === pattern;
  return [...libraries.values()].filter(({ names }) => names.some(isName)).map(({ module }) => module);
}

function find(name: string, folders: readonly string[], symbols: SymbolSource): ModuleSymbols | undefined {
  for (const path of name.includes("/") ? [name] : folders.map((folder) => `${folder}/${name}`)) {
    const module = symbols.open(path);
    if (module.kind === "module") return module;
  }
  return undefined;
}

function usualFolders({ arch }: ModuleSymbols): readonly string[] {
  const triplet = triplets[arch];
  return triplet === undefined
    ? FOLDERS
    : [`/lib/${triplet}`, `/usr/lib/${triplet}`, ...FOLDERS, `/usr/${triplet}/lib`];
}

/** `$ORIGIN` is the folder of the file. */
function expand(folder: string, path: string): string {
  return folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, path.slice(0, path.lastIndexOf("/")));
}
