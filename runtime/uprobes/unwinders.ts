/**
 * The functions that look at return addresses on the stack: the unwinder of C++ exceptions, thread cancellation and
 * backtrace(). At their entry the addresses that return probes replaced have to be the program's own.
 *
 * Called by `uprobes.ts` for files with code, when there are return probes. The unwinder is in libgcc_s, or in the
 * program itself when it is linked statically. An exception is caught in libstdc++: from there on it is over.
 */
import { parseElf } from "../../debuginfo/elf.ts";
import type { TargetFiles } from "../../target/target.ts";

export interface Unwinder {
  readonly fileOffset: number;
  /** "looks": it comes back to its caller. */
  readonly kind: "unwinds" | "looks" | "catches";
}

// biome-ignore format: table
const names: { readonly [name: string]: Unwinder["kind"] } = {
  _Unwind_RaiseException:    "unwinds",
  _Unwind_Resume:            "unwinds",
  _Unwind_Resume_or_Rethrow: "unwinds",
  _Unwind_ForcedUnwind:      "unwinds",
  _Unwind_Backtrace:         "looks",
  __cxa_begin_catch:         "catches",
};

const libraries = /\/lib(gcc_s|stdc\+\+|unwind|c\+\+|c\+\+abi)\.so[^/]*$/;

/** `isProgram`: the file is what a process runs. */
export function findUnwinders(files: TargetFiles, path: string, isProgram: boolean): readonly Unwinder[] {
  if (!isProgram && !libraries.test(path)) return [];
  const bytes = files.read(path);
  const elf = bytes && parseElf(bytes);
  if (elf?.kind !== "elf") return [];
  const found = new Map<number, Unwinder>();
  for (const { name, value, section } of elf.symbols) {
    const kind = names[name];
    const fileOffset = kind && section !== 0 ? elf.findFileOffset(value) : undefined;
    if (kind && fileOffset !== undefined) found.set(fileOffset, { fileOffset, kind });
  }
  return [...found.values()];
}
