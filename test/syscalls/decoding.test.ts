/**
 * Arguments as text against strace: one program, strace's view of it on x86-64, ours of it on riscv64 in the model.
 *
 * The program is test/fixtures/syscalls/calls.c; what strace shows was recorded in calls.strace. Addresses of the
 * program's own memory differ between the two builds. What else differs is listed here with the reason.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const recorded = readFileSync(resolve(import.meta.dirname, "calls.strace"), "latin1");
const program = resolve(import.meta.dirname, "../fixtures/syscalls/calls.riscv64");

/** Probes that scripts know by another name than strace. */
// biome-ignore format: table
const names: { readonly [probe: string]: string } = {
  fstatat: "newfstatat", getdents: "getdents64", mmap2: "mmap", pread: "pread64", pwrite: "pwrite64", umount: "umount2",
};

/** strace's line begins so → ours is so, and why. */
// biome-ignore format: table
const different: readonly (readonly [strace: RegExp, ours: RegExp, why: string])[] = [
  [/\/\* \w+_\?\?\? \*\//, /./, "strace says that a number has no name"],
  [/^utimensat\(.*1970/, /\{tv_sec=3, tv_nsec=9\}, \{tv_sec=4, tv_nsec=10\}\], 0\)$/, "strace adds the date"],
  [/^execve(at)?\(/, /\["program", "with space", "a\\nb"\], \["A=1"\]/, "strace counts the environment, scripts read it"],
  [/^mount\(/, /\("none", "\/nonexistent\/x", "tmpfs", MS_RDONLY\|MS_NOSUID\|MS_BIND, "size=1m"\)$/, "of a bind mount strace leaves out the type"],
  [/^rt_sigprocmask\(SIG_BLOCK/, /\[INT CHLD RTMIN RT_2\], NULL, 9\)$/, "strace does not look at a set of a wrong size"],
  [/^rt_sigprocmask\(SIG_SETMASK/, /~\[KILL\], NULL, 9\)$/, "as before"],
  [/^clone\(/, /^clone\(CLONE_VM\|CLONE_THREAD\|SIGCHLD, 0x11, 0x21, 0x31, 0x41\)$/, "strace names the arguments and leaves out unused ones"],
  [/^clone3\(/, /^clone3\(\{flags=CLONE_VM\|CLONE_FS\|CLONE_SIGHAND\|CLONE_SETTLS\|CLONE_CHILD_CLEARTID, child_tid=NULL, exit_signal=0, stack=NULL, stack_size=0, tls=NULL\}, 8\)$/, "strace does not look at a struct of a wrong size"],
  [/^setgroups\(/, /^setgroups\(70000, /, "strace knows that no process has so many groups"],
  [/^socketpair\(/, /AF_INET, SOCK_DGRAM, IPPROTO_IP, /, "strace forgets the protocols of socketpair"],
  [/sin6_scope_id=/, /sin6_port=htons\(443\), sin6_flowinfo=htonl\(0\), inet_pton\(AF_INET6, "fe80::1", &sin6_addr\), sin6_scope_id=2\}, 28\)$/, "the name of an interface is the machine's"],
];

const expected = recorded.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const { out } = utap(["-e", 'probe syscall.* { printf("%s(%s)\\n", name, argstr) }', "-c", program]);
const shown = out
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => line.replace(/^\w+/, (name) => names[name] ?? name));

/** Addresses of the program's memory: both builds begin below 0x500000. */
const plain = (line: string): string => line.replace(/\b0x(1[0-9a-f]{4}|40[0-9a-f]{4})\b/g, "ADDRESS");

test("every call is there", () => {
  expect(shown).toHaveLength(expected.length);
  expect(expected.length).toBeGreaterThan(150);
});

test.each(expected.map((line, i) => [i, line] as const))("%i: %s", (i, line) => {
  const ours = shown[i] ?? "";
  const exception = different.find(([strace]) => strace.test(line));
  if (exception) expect(ours).toMatch(exception[1]);
  else expect(plain(ours)).toBe(plain(line));
});
