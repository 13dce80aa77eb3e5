/**
 * Why a process cannot be traced: a table of facts and reasons, and the facts of real processes.
 *
 * The rows follow "Ptrace access mode checking" of ptrace(2): what Linux refuses, in its order.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { explainAttach, type Reason } from "../../live/attach-errors.ts";
import { type AttachFacts, type OwnFacts, readAttachFacts, readOwnFacts } from "../../live/attach-facts.ts";
import { parseStatus, readStat, readStatus, type Status } from "../../live/proc.ts";
import { ERRNO } from "../../target/errno.ts";
import { missingOracles } from "../oracles.ts";

const CAP_SYS_PTRACE = 1n << 19n;

const own: OwnFacts = {
  pid: 100,
  uid: 1000,
  gid: 1000,
  capabilities: 0n,
  permittedCapabilities: 0n,
  seccomp: 0,
  noNewPrivileges: false,
  namespace: "user:[1]",
  yama: undefined,
  selinuxDeniesPtrace: false,
  inContainer: false,
  architecture: "x86_64",
  elfMachine: 62,
};

const status = parseStatus(
  "Name:\tprog\nState:\tS\nTgid:\t7\nPid:\t7\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n",
) as Status;
const program = { path: "/bin/prog", setid: false, bits: 64, machine: 62 } as const;
const facts: AttachFacts = {
  pid: 7,
  exists: true,
  own,
  status,
  kernelThread: false,
  program,
  dumpable: true,
  leftOver: false,
  namespace: "user:[1]",
  descendant: false,
};

const ids = (real: number, effective = real, saved = effective) => [real, effective, saved, effective] as const;
const { EPERM, ESRCH, ENOSYS, EIO } = ERRNO;

type Given = Partial<Omit<AttachFacts, "own" | "status">> & { own?: Partial<OwnFacts>; status?: Partial<Status> };

// biome-ignore format: table
const table: readonly (readonly [Reason | undefined, number, Given])[] = [
  [undefined,           0,      {}],
  ["unknown",           EPERM,  {}],
  ["unknown",           EIO,    {}],
  ["no-process",        ESRCH,  { exists: false }],
  ["no-process",        ESRCH,  {}],
  ["self",              EPERM,  { pid: 100 }],
  ["kernel-thread",     EPERM,  { kernelThread: true, status: { uid: ids(0) } }],
  ["zombie",            EPERM,  { status: { state: "zombie", uid: ids(0) } }],
  ["traced",            EPERM,  { status: { tracer: 55 }, own: { yama: 1 } }],
  ["traced",            0,      { status: { tracer: 55 } }],
  ["thread",            0,      { pid: 8, status: { pid: 8 } }],
  ["left-over",         0,      { leftOver: true }],
  ["32-bit",            0,      { program: { ...program, bits: 32, machine: 3 } }],
  ["32-bit",            0,      { program: { ...program, bits: 32, machine: 62 } }],
  ["architecture",      0,      { program: { ...program, machine: 243 } }],
  ["no-ptrace",         ENOSYS, {}],
  ["yama-off",          EPERM,  { own: { yama: 3, capabilities: CAP_SYS_PTRACE } }],
  [undefined,           0,      { own: { yama: 3 } }],
  ["other-user",        EPERM,  { status: { uid: ids(0) } }],
  ["other-user",        EPERM,  { status: { uid: ids(1000, 0) } }],
  ["other-user",        EPERM,  { status: { uid: ids(1000, 1000, 0) } }],
  ["other-user",        EPERM,  { status: { gid: ids(1000, 5) } }],
  ["unknown",           EPERM,  { status: { uid: ids(0) }, own: { capabilities: CAP_SYS_PTRACE } }],
  ["more-capabilities", EPERM,  { status: { permittedCapabilities: 1n << 10n } }],
  ["unknown",           EPERM,  { status: { permittedCapabilities: 1n << 10n }, own: { permittedCapabilities: 3n << 10n } }],
  ["not-dumpable",      EPERM,  { dumpable: false }],
  ["not-dumpable",      EPERM,  { dumpable: false, program: { ...program, setid: true } }],
  ["user-namespace",    EPERM,  { namespace: "user:[2]", own: { capabilities: CAP_SYS_PTRACE } }],
  ["yama-admin",        EPERM,  { own: { yama: 2 } }],
  ["yama-admin",        EPERM,  { own: { yama: 2 }, descendant: true }],
  ["yama-descendants",  EPERM,  { own: { yama: 1 } }],
  ["unknown",           EPERM,  { own: { yama: 1 }, descendant: true }],
  ["selinux",           EPERM,  { own: { selinuxDeniesPtrace: true } }],
  ["container",         EPERM,  { own: { inContainer: true } }],
  ["container",         EPERM,  { own: { seccomp: 2 } }],
  // Also of root: capabilities do not help against a filter.
  ["container",         EPERM,  { own: { seccomp: 2, capabilities: CAP_SYS_PTRACE } }],
];

test.each(table)("%s: errno %i, %o", (reason, errno, given) => {
  const found = explainAttach(errno, {
    ...facts,
    ...given,
    own: { ...own, ...given.own },
    status: { ...status, ...given.status },
  });
  expect(found?.reason).toBe(reason);
  if (found) {
    expect(found.message).toMatch(/^process \d+ cannot be traced: /);
    expect(found.hints.length).toBeGreaterThan(0);
    for (const text of [found.message, ...found.hints]) expect(text).not.toMatch(/undefined|NaN/);
  }
});

test("a process that /proc hides", () => {
  const { status: _, program: __, namespace: ___, ...hidden } = facts;
  expect(explainAttach(ERRNO.EPERM, { ...hidden, kernelThread: false })?.reason).toBe("hidden");
});

describe("facts of real processes", () => {
  const reason = (pid: number, errno = 0): Reason | undefined => explainAttach(errno, readAttachFacts(pid))?.reason;

  test("one that can be traced, ourselves, nobody", async () => {
    const child = spawn("/bin/sleep", ["1000"], { stdio: "ignore" });
    try {
      await eventually(
        () =>
          readAttachFacts(child.pid ?? 0).program?.path.includes("sleep") ||
          readAttachFacts(child.pid ?? 0).program?.path.includes("coreutils"),
      );
      expect(reason(child.pid ?? 0)).toBeUndefined();
      expect(readAttachFacts(child.pid ?? 0)).toMatchObject({ descendant: true, dumpable: true, kernelThread: false });
    } finally {
      child.kill("SIGKILL");
    }
    expect(reason(process.pid)).toBe("self");
    expect(reason(4_194_309)).toBe("no-process");
  });

  test.skipIf(readStat(2)?.comm !== "kthreadd")("a thread of the kernel", () => {
    expect(reason(2, ERRNO.EPERM)).toBe("kernel-thread");
  });

  test("a zombie", async () => {
    // The shell's child ends when its input does, and what the shell has become by then does not wait for it.
    const child = spawn("/bin/sh", ["-c", "cat <&3 & echo $!; exec /bin/sleep 1000 3<&-"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    try {
      const pid = Number(await new Promise<Buffer>((take) => child.stdout?.once("data", take)));
      await eventually(() => readStat(child.pid ?? 0)?.comm !== "sh");
      (child.stdio[3] as Writable).end();
      await eventually(() => readStat(pid)?.state === "zombie");
      expect(reason(pid, ERRNO.EPERM)).toBe("zombie");
    } finally {
      child.kill("SIGKILL");
    }
  });

  const needed = missingOracles("strace");
  test.skipIf(needed.length > 0)("one that strace traces", async () => {
    let pid = 0;
    const child = spawn("strace", ["-qq", "-o", "/dev/null", "/bin/sleep", "1000"], { stdio: "ignore" });
    try {
      await eventually(() => {
        pid = Number.parseInt(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"), 10) || 0;
        // strace tries ptrace on children of its own first.
        return readStat(pid)?.comm === "sleep" && readStatus(pid)?.tracer === child.pid;
      });
      const found = explainAttach(0, readAttachFacts(pid));
      expect(found?.reason).toBe("traced");
      expect(found?.message).toContain(`strace (process ${child.pid})`);
      expect(found?.hints[0]).toContain(`kill -INT ${child.pid}`);
    } finally {
      // strace ends with what it traces; with -o it ignores SIGINT.
      if (pid > 0) process.kill(pid, "SIGKILL");
      else child.kill("SIGKILL");
    }
  });

  test.skipIf(missingOracles("gcc").length > 0)("a 32-bit program", async () => {
    const folder = mkdtempSync(join(tmpdir(), "utap-32-"));
    try {
      // pause of i386
      writeFileSync(
        join(folder, "a.c"),
        'void _start(void) { for (;;) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(29)); } }',
      );
      execFileSync("gcc", ["-m32", "-nostdlib", "-static", "-fno-pic", "-o", join(folder, "a"), join(folder, "a.c")]);
      const child = spawn(join(folder, "a"), { stdio: "ignore" });
      try {
        await eventually(() => readAttachFacts(child.pid ?? 0).program?.path === join(folder, "a"));
        expect(reason(child.pid ?? 0)).toBe("32-bit");
      } finally {
        child.kill("SIGKILL");
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("our own facts", () => {
    const status = execFileSync("cat", [`/proc/${process.pid}/status`], { encoding: "utf8" });
    const effective = /^CapEff:\s*(\w+)/m.exec(status)?.[1];
    expect(readOwnFacts().capabilities).toBe(BigInt(`0x${effective}`));
    expect(readOwnFacts().architecture).toBe(execFileSync("uname", ["-m"], { encoding: "utf8" }).trim());
  });
});

/** However long that takes: what never comes true runs into the time limit of the test. */
async function eventually(condition: () => boolean | undefined): Promise<void> {
  while (!condition()) await new Promise((wake) => setTimeout(wake, 5));
}
