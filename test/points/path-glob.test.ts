/** Paths with wildcards over a tree that stands here; what matches is what a shell would give. */
import { expect, test } from "vitest";
import { expandGlob } from "../../cli/path-glob.ts";

const tree: { readonly [folder: string]: readonly string[] } = {
  "/": ["bin", "lib", "usr"],
  "/usr/": ["bin", "lib"],
  "/usr/bin/": [".hidden", "ls", "lsof", "md5sum", "sha1sum"],
  "/usr/lib/": ["ls"],
  "./": ["prog", "prog2", "src"],
};
const namesIn = (folder: string) => tree[folder] ?? [];

// biome-ignore format: table
const cases: readonly [string, readonly string[]][] = [
  ["/usr/bin/ls*",     ["/usr/bin/ls", "/usr/bin/lsof"]],
  ["/usr/bin/*sum",    ["/usr/bin/md5sum", "/usr/bin/sha1sum"]],
  ["/usr/bin/[ml]*",   ["/usr/bin/ls", "/usr/bin/lsof", "/usr/bin/md5sum"]],
  ["/usr/*/ls",        ["/usr/bin/ls", "/usr/lib/ls"]],
  ["/*/bin/ls?f",      ["/usr/bin/lsof"]],
  ["/usr/bin/.h*",     ["/usr/bin/.hidden"]],
  ["/usr/bin/*n",      []],
  ["/none/*",          []],
  ["prog?",            ["./prog2"]],
  ["./p*",             ["./prog", "./prog2"]],
];
test.each(cases)("%s", (pattern, found) => expect(expandGlob(pattern, namesIn)).toEqual(found));
