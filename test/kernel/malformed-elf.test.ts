/**
 * ELF files with damage never crash or hang the model: execve refuses them, or the process comes to an end.
 *
 * Here a part of what `npm run fuzz -- --elf` does, which is every truncation and 10,000 mutations.
 */
import { expect, test } from "vitest";
import { makeMutation, readElfFiles, runDamaged, truncations } from "../fuzz/elf-files.ts";

const files = readElfFiles(new URL("../..", import.meta.url).pathname);
const MUTATIONS = 1000;
/** One truncation of so many, and of those that cut a header one of three. */
const STEP = 61;
const HEADERS = 512;

test("the programs that are damaged work", () => {
  for (const program of ["plain.elf", "linked.elf"]) {
    expect(runDamaged({ title: program, program, files })).toEqual({ end: "exit 3" });
  }
});

test("truncations", { timeout: 60_000 }, () => {
  const ends = new Set<string>();
  for (const damaged of truncations(files)) {
    const size = Number(/(\d+) bytes/.exec(damaged.title)?.[1]);
    if (size % (size < HEADERS ? 3 : STEP) !== 0) continue;
    const got = runDamaged(damaged);
    expect(got, damaged.title).toHaveProperty("end");
    if ("end" in got) ends.add(got.end);
  }
  // What is cut behind the last segment, nobody misses.
  expect(ends).toContain("exit 3");
  expect(ends.size).toBeGreaterThan(5);
});

test(`${MUTATIONS} mutations`, { timeout: 60_000 }, () => {
  const ends = new Set<string>();
  for (let number = 0; number < MUTATIONS; number++) {
    const damaged = makeMutation(files, number);
    const got = runDamaged(damaged);
    expect(got, damaged.title).toHaveProperty("end");
    if ("end" in got) ends.add(got.end.replace(/.*: /, ""));
  }
  // SIGILL and SIGSEGV are 4 and 11.
  for (const end of ["exit 3", "signal 4", "signal 11", "a malformed segment"]) {
    expect(ends).toContain(end);
  }
});
