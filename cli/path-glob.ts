/**
 * Paths of the target with wildcards, as `process("/usr/bin/*sum")` has them: `*`, `?` and `[ ]` within one folder.
 *
 * Called by `symbol-source.ts`. A name that begins with a dot is matched only by a part that does too.
 */

import { globTest } from "../base/glob.ts";
import { limits } from "../base/limits.ts";

/** `namesIn` gives what is in a folder, whose path ends with a slash. Sorted, at most `limits.maxGlobPaths`. */
export function expandGlob(pattern: string, namesIn: (folder: string) => readonly string[]): readonly string[] {
  let found = [pattern.startsWith("/") ? "/" : "./"];
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    const matches = globTest(part);
    const next: string[] = [];
    for (const folder of found) {
      if (next.length >= limits.maxGlobPaths) break;
      const names = /[*?[]/.test(part)
        ? namesIn(folder).filter((name) => matches(name) && isShown(name, part))
        : [part];
      for (const name of names) next.push(`${folder}${name}${isLast ? "" : "/"}`);
    }
    found = next.slice(0, limits.maxGlobPaths);
  }
  return found;
}

function isShown(name: string, part: string): boolean {
  return !name.startsWith(".") || part.startsWith(".");
}
