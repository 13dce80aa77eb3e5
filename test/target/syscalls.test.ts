/** The system call table against itself and against Linux' own headers (linux-libc-dev and its riscv64 cross package). */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findSyscall, findSyscallByNumber, type SyscallArch, syscalls } from "../../target/syscalls.ts";
import { oraclesRequired } from "../oracles.ts";

test("sorted by name, no name twice", () => {
  const names = syscalls.map((row) => row.name);
  expect(names).toEqual([...new Set(names)].sort((a, b) => (a < b ? -1 : 1)));
});

test.each(["riscv64", "x86_64"] as const)("a number of %s names one call", (arch) => {
  const rows = syscalls.filter((row) => row[arch] !== undefined);
  expect(rows.length).toBeGreaterThan(300);
  for (const row of rows) expect(findSyscallByNumber(arch, row[arch] ?? -1)?.name).toBe(row.name);
});

const headers: { readonly [arch in SyscallArch]: string } = {
  riscv64: "/usr/riscv64-linux-gnu/include/asm-generic/unistd.h",
  x86_64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
};

for (const [arch, header] of Object.entries(headers) as [SyscallArch, string][]) {
  const title = `numbers of ${arch} are those of its unistd.h`;
  const body = (): void => {
    const text = readFileSync(header, "latin1");
    const defined = [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)];
    expect(defined.length).toBeGreaterThan(250);
    for (const [, name = "", number] of defined) {
      const row = findSyscallByNumber(arch, Number(number));
      // Headers of 64-bit machines keep the names of 32-bit ones for some numbers, and a few that are no calls.
      if (row && findSyscall(name)) expect([name, findSyscall(name)?.[arch]]).toEqual([name, Number(number)]);
    }
  };
  if (oraclesRequired || existsSync(header)) test(title, body);
  else test.skip(`${title} (skipped: no ${header})`, body);
}
