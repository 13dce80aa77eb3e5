/** What has become of the mappings of files: places are made up, what mprotect and mmap do to them is mmap(2)'s. */
import { expect, test } from "vitest";
import { compareMappings } from "../../live/mapping-changes.ts";
import type { Mapping } from "../../target/target.ts";

/** `rights` as in /proc/PID/maps; addresses in pages, the file begins at page 16. */
function row(start: number, end: number, rights: string, path = "/lib/a.so"): Mapping {
  return {
    start: start * 4096,
    end: end * 4096,
    offset: (start - 16) * 4096,
    readable: rights[0] === "r",
    writable: rights[1] === "w",
    executable: rights[2] === "x",
    file: { path },
  } as Mapping;
}

const whole = row(16, 20, "r--");

// biome-ignore format: table
test.each<[what: string, before: Mapping[], after: Mapping[], removed: number, added: number]>([
  ["nothing", [whole], [whole], 0, 0],
  ["the file comes", [], [whole], 0, 1],
  ["the file goes", [whole], [], 1, 0],
  ["rights taken away split it", [row(16, 20, "rw-")], [row(16, 18, "r--"), row(18, 20, "rw-")], 0, 0],
  ["a part can be run now", [whole], [row(16, 18, "r--"), row(18, 20, "r-x")], 0, 1],
  ["a part can be written now", [whole], [row(16, 18, "rw-"), row(18, 20, "r--")], 0, 1],
  ["a part goes", [whole], [row(16, 18, "r--")], 0, 0],
  ["it grows", [row(16, 18, "r--")], [whole], 0, 1],
  ["another file in its place", [whole], [row(16, 20, "r--", "/lib/b.so")], 1, 1],
  ["the same file elsewhere", [whole], [{ ...whole, start: whole.start + 65536, end: whole.end + 65536 }], 1, 1],
])("%s", (_, before, after, removed, added) => {
  const changes = compareMappings(before, after);
  expect([changes.removed.length, changes.added.length]).toEqual([removed, added]);
});
