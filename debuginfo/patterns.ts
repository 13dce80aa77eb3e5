/**
 * What a `.function("PATTERN")` may say: `name`, `name@file`, `name@file:line`, with wildcards in name and file.
 *
 * Called by everything that looks for functions by name.
 */
import { toBytes } from "../base/bytestring.ts";
import { globTest, isGlob } from "../base/glob.ts";
import type { ExactName } from "./dwarf/dwarf.ts";
import type { FunctionInfo } from "./functions.ts";

export interface FunctionPattern {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

export function parsePattern(text: string): FunctionPattern {
  const form = /^([^@]*)(?:@(.*?)(?::(\d+))?)?$/.exec(text);
  if (!form) return { name: text };
  const [, name = "", file, line] = form;
  return { name, ...(file !== undefined && { file }), ...(line !== undefined && { line: Number(line) }) };
}

/** The name and the file of a function are those of a pattern. */
export function fitsPattern(f: FunctionInfo, pattern: FunctionPattern): boolean {
  return globTest(pattern.name)(f.name) && fitsFile(f, pattern);
}

export function fitsFile(f: FunctionInfo, { file }: FunctionPattern): boolean {
  return file === undefined || matchesFile(f.file, globTest(file));
}

/** A test on names: `exact` when it is one name only, which can be compared without decoding. */
export interface NameTest {
  readonly exact?: ExactName;
  readonly test: (name: string) => boolean;
}

export function nameTest(glob: string): NameTest {
  const test = globTest(glob);
  return isGlob(glob) ? { test } : { test, exact: { text: glob, encoded: toBytes(`${glob}\0`) } };
}

/** A file pattern names a whole path or the end of one, at a slash. */
function matchesFile(file: string, test: (text: string) => boolean): boolean {
  if (test(file)) return true;
  for (let at = file.indexOf("/"); at >= 0; at = file.indexOf("/", at + 1)) if (test(file.slice(at + 1))) return true;
  return false;
}
