/**
 * Filters of system calls: run by an interpreter against the set they were made from, and installed into the kernel.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type ArgumentBits,
  type ArgumentCondition,
  auditArch,
  fileMappings,
  makeSyscallFilter,
} from "../../live/seccomp.ts";
import { syscalls } from "../../target/syscalls.ts";
import { missingOracles } from "../oracles.ts";
import { runFilter } from "./classic-bpf.ts";

const ALLOW = 0x7fff0000;
const TRACE = 0x7ff00000;
const AUDIT_ARCH_I386 = 0x40000003;
const X32 = 0x40000000;
const arch = auditArch.x86_64;

function filterOf(numbers: Iterable<number>, conditions: readonly ArgumentCondition[] = []): Uint8Array<ArrayBuffer> {
  const bytes = makeSyscallFilter({ auditArch: arch, numbers: new Set(numbers), conditions });
  if (!bytes) throw new Error("too long");
  return bytes;
}

const has = (args: readonly bigint[], { argument, mask }: ArgumentBits): boolean =>
  ((args[argument] ?? 0n) & BigInt(mask)) !== 0n;

describe("the interpreter's verdict", () => {
  const bits = { argument: fc.integer({ min: 0, max: 5 }), mask: fc.integer({ min: 1, max: 0xffffffff }) };
  const sets = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { maxLength: 300 });

  test("is the set's, for every number, and in a logarithm of its size", () => {
    fc.assert(
      fc.property(sets, (numbers) => {
        const filter = filterOf(numbers);
        const set = new Set(numbers);
        for (let nr = 0; nr < 610; nr++) {
          const { action, steps } = runFilter(filter, { nr, arch });
          expect(action).toBe(set.has(nr) ? TRACE : ALLOW);
          // Two loads, the architecture, the return; a comparison may need a long jump beside it.
          expect(steps).toBeLessThanOrEqual(4 + 2 * Math.ceil(Math.log2(2 * numbers.length + 2)));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is to allow every other architecture, x32, and what is no number", () => {
    const all = syscalls.flatMap((row) => row.x86_64 ?? []);
    const filter = filterOf(all);
    for (const nr of all) {
      expect(runFilter(filter, { nr, arch }).action).toBe(TRACE);
      expect(runFilter(filter, { nr, arch: AUDIT_ARCH_I386 }).action).toBe(ALLOW);
      expect(runFilter(filter, { nr: nr | X32, arch }).action).toBe(ALLOW);
    }
    expect(runFilter(filter, { nr: 0xffffffff, arch }).action).toBe(ALLOW);
  });

  test("looks at the low half of an argument, any bit of the mask", () => {
    fc.assert(
      fc.property(
        sets,
        fc.array(
          fc.record(
            { number: fc.integer({ min: 0, max: 600 }), ...bits, unless: fc.record(bits) },
            { requiredKeys: ["number", "argument", "mask"] },
          ),
          { maxLength: 40 },
        ),
        fc.array(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), { minLength: 6, maxLength: 6 }),
        (numbers, conditions, args) => {
          const filter = filterOf(numbers, conditions);
          for (const nr of [...numbers, ...conditions.map(({ number }) => number), 601]) {
            const traced =
              numbers.includes(nr) ||
              conditions.some((c) => c.number === nr && has(args, c) && !(c.unless && has(args, c.unless)));
            expect(runFilter(filter, { nr, arch, args }).action).toBe(traced ? TRACE : ALLOW);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a filter too long for Linux is none", () => {
    const holes = (count: number) => new Set(Array.from({ length: count }, (_, i) => 2 * i));
    expect(makeSyscallFilter({ auditArch: arch, numbers: holes(1000) })).toBeDefined();
    expect(makeSyscallFilter({ auditArch: arch, numbers: holes(1100) })).toBeUndefined();
    const filter = filterOf(holes(1000));
    expect(filter.length).toBeLessThanOrEqual(8 * 4096);
    for (let nr = 0; nr < 2010; nr++)
      expect(runFilter(filter, { nr, arch }).action).toBe(nr % 2 === 0 && nr < 2000 ? TRACE : ALLOW);
  });
});

// Without a tracer a call of RET_TRACE fails with ENOSYS, so a program can tell by itself what its filter says.
const source = `
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
static struct sock_filter code[5000];
static void end(int signal) { _exit(0); }
static void say(const char *name, long result) { printf("%s %s\\n", name, result < 0 && errno == ENOSYS ? "traced" : "allowed"); errno = 0; }
int main(int argc, char **argv) {
  FILE *f = fopen(argv[1], "rb");
  struct sock_fprog program = { fread(code, 8, 5000, f), code };
  fclose(f);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 2;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) { perror("seccomp"); return 3; }
  say("getppid", syscall(SYS_getppid));
  say("getuid", syscall(SYS_getuid));
  say("geteuid", syscall(SYS_geteuid));
  say("close", syscall(SYS_close, -1));
  say("mmap-rw", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  say("mmap-x", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  // The descriptor is closed, so what is allowed fails with EBADF.
  say("mmap-file-r", syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
  say("mmap-file-rw", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, 99, 0));
  say("mmap-file-x", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 99, 0));
  say("mprotect-r", syscall(SYS_mprotect, 0, 0, PROT_READ));
  say("mprotect-x", syscall(SYS_mprotect, 0, 0, PROT_EXEC));
  // getppid of i386; a kernel without that ABI kills for it, which proves nothing and breaks nothing.
  fflush(stdout);
  signal(SIGSEGV, end);
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(64L) : "memory", "r8", "r9", "r10", "r11");
  errno = -r;
  say("i386-getppid", r);
  return 0;
}
`;

const missing = missingOracles("gcc");

describe.skipIf(missing.length > 0)("the kernel", () => {
  const folder = mkdtempSync(join(tmpdir(), "utap-seccomp-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let built = false;

  function verdicts(numbers: readonly number[], conditions: readonly ArgumentCondition[] = []): string {
    const program = join(folder, "probe");
    if (!built) {
      writeFileSync(`${program}.c`, source);
      execFileSync("gcc", ["-O1", "-o", program, `${program}.c`]);
      built = true;
    }
    writeFileSync(join(folder, "filter"), filterOf(numbers, conditions));
    return execFileSync(program, [join(folder, "filter")], { encoding: "utf8" });
  }
  const traced = (text: string): string[] =>
    text.split("\n").flatMap((line) => (/^(\S+) traced$/.exec(line) ? [line.split(" ")[0] ?? ""] : []));
  const nr = (name: string): number => syscalls.find((row) => row.name === name)?.x86_64 ?? -1;

  test.skipIf(process.arch !== "x64")("takes the filter and traces what the set says", () => {
    expect(traced(verdicts([]))).toEqual([]);
    expect(traced(verdicts([nr("getppid"), nr("geteuid")]))).toEqual(["getppid", "geteuid"]);
    expect(traced(verdicts([], fileMappings("x86_64")))).toEqual(["mmap-file-rw", "mmap-file-x"]);
    // All but what the program needs to speak and to end.
    const needed = ["write", "exit_group", "exit", "brk", "fstat", "newfstatat", "getuid"].map(nr);
    const rest = syscalls.flatMap((row) => row.x86_64 ?? []).filter((number) => !needed.includes(number));
    expect(traced(verdicts(rest))).toEqual([
      "getppid",
      "geteuid",
      "close",
      "mmap-rw",
      "mmap-x",
      "mmap-file-r",
      "mmap-file-rw",
      "mmap-file-x",
      "mprotect-r",
      "mprotect-x",
    ]);
  });

  test.skipIf(process.arch !== "x64")("takes the longest filter", () => {
    const holes = Array.from({ length: 1000 }, (_, i) => 2 * i + 3000);
    expect(traced(verdicts([nr("getuid"), ...holes]))).toEqual(["getuid"]);
  });
});
