/**
 * System calls one by one: each case of test/fixtures/kernel/calls-*.c prints results and errors in the model as it does
 * elsewhere (recorded by `node tools/record-kernel-calls.mjs` in calls-*.txt here, as root): calls-process and calls-signal under
 * qemu-riscv64 7.2; calls-linux, whose cases are the same on every machine, compiled for x86-64 on Linux 6.18 itself.
 *
 * `reasoned` are the cases that these cannot tell; each says why, and what is expected instead.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { signalName } from "../../target/signals.ts";
import type { RunResult } from "../../target/target.ts";
import { fixtures, run } from "./run.ts";

const reasoned: { readonly [name: string]: string } = {
  // qemu-user passes other exit signals than SIGCHLD to the host as SIGCHLD, and so loses the status with __WCLONE.
  wait_clone:
    "waitpid(p, &s, 0) = -1 ECHILD\nwaitpid(p, &s, __WCLONE) == p = 1\ns = 400\nwaitpid(p, &s, __WALL) == p = 1\ns = 500\n[0]",
  // qemu-user refuses PR_SET_CHILD_SUBREAPER; prctl(2): the orphan's parent is the nearest subreaper.
  orphan: "waitpid(p, 0, 0) == p = 1\nseen == getpid() = 1\nwait(&s) > 0 = 1\ns = 600\nwait(0) = -1 ECHILD\n[0]",
  subreaper:
    "prctl(PR_GET_CHILD_SUBREAPER, &v) = 0\nv = 0\nprctl(PR_SET_CHILD_SUBREAPER, 1) = 0\n" +
    "prctl(PR_GET_CHILD_SUBREAPER, &v) = 0\nv = 1\n[0]",
  // qemu-user does not store the parent's copy for a clone that is a fork; clone(2) does.
  clone_settid: "a == p = 1\nb = 0\ns = 100\n[0]",
  // qemu-user 7.2 has no execveat; execveat(2): a descriptor that is none, flags that are none, an empty path.
  execveat_errors:
    'syscall(SYS_execveat, AT_FDCWD, "/nonexistent", a, a, 0) = -1 ENOENT\nsyscall(SYS_execveat, 99, "x", a, a, 0) = -1 EBADF\n' +
    'syscall(SYS_execveat, AT_FDCWD, "x", a, a, 1) = -1 EINVAL\nsyscall(SYS_execveat, AT_FDCWD, "", a, a, 0) = -1 ENOENT\n[0]',
  // qemu-user forgets sa_mask here; sigaction(2): SIGUSR2 is blocked while the handler of SIGUSR1 runs.
  mask_in_handler: "10 own 1 usr2 1\nsigismember(&m, SIGUSR1) + sigismember(&m, SIGUSR2) = 0\n[0]",
  // qemu-user does not pass SA_NOCLDWAIT and SA_NOCLDSTOP on; with the first no zombie is left to wait for.
  child_nocldwait: "wait(0) = -1 ECHILD\nhits = 1\n[0]",
  child_nocldstop:
    "waitpid(p, &s, WUNTRACED) == p = 1\nwaitpid(p, &s, WCONTINUED) == p = 1\nwaitpid(p, &s, 0) == p = 1\n" +
    "hits = 1\n17 code 2 status 9\n[0]",
  // The host had no CAP_SYS_RESOURCE to raise limits. setpriority(2): RLIMIT_NICE of 25 lets nice go down to 20 - 25 = -5.
  limit_nice:
    "setpriority(PRIO_PROCESS, 0, -5) = 0\nsetpriority(PRIO_PROCESS, 0, -6) = -1 EACCES\nsetpriority(PRIO_PROCESS, 0, 5) = 0\n[0]",
  // The same. sched(7): priorities up to RLIMIT_RTPRIO, which is 3, may be had; SCHED_RR is 2.
  limit_rtprio:
    "sched_setscheduler(0, SCHED_FIFO, &p) = -1 EPERM\nsched_setscheduler(0, SCHED_RR, &p) = 0\nsched_getscheduler(0) = 2\n" +
    "sched_setscheduler(0, SCHED_OTHER, &p) = 0\nsched_setscheduler(0, SCHED_IDLE, &p) = 0\n[0]",
};

/** Cases that take a second of CPU time: once is enough. */
const oneSlice: ReadonlySet<string> = new Set(["rlimit_cpu"]);

function recorded(program: string): readonly (readonly [name: string, output: string])[] {
  const parts = readFileSync(join(import.meta.dirname, `${program}.txt`), "latin1")
    .split(/^=== /m)
    .slice(1);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    const name = part.slice(0, end);
    return [name, reasoned[name] ?? part.slice(end + 1, -1)];
  });
}

function endOf({ stuck, signal, exitCode }: RunResult): string | number | undefined {
  return stuck ?? (signal === undefined ? exitCode : signalName(signal));
}

test("calls that nobody answers are counted by name", () => {
  const { model } = run("/calls-process", ["unknown"]);
  const missing = [...(model.missingCalls?.() ?? [])].filter(([name]) => name.startsWith("syscall"));
  expect(missing).toEqual([
    ["syscall 9999", 1],
    ["syscall -1", 1],
  ]);
});

/** A root with /dev and /proc. */
const root = mkdtempSync(join(tmpdir(), "utap-linux-calls-"));
for (const name of ["dev", "proc"]) mkdirSync(join(root, name));
copyFileSync(join(fixtures, "calls-linux"), join(root, "calls-linux"));
afterAll(() => rmSync(root, { recursive: true }));

describe("calls-linux", () => {
  test.each(recorded("calls-linux"))("%s", (name, output) => {
    const { output: got, result } = run("/calls-linux", [name], { uid: 0, gid: 0, root: openHostFolder(root) });
    expect(`${got}[${endOf(result)}]`).toBe(output);
  });
});

describe.each(["calls-process", "calls-signal"])("%s", (program) => {
  test.each(recorded(program))("%s", (name, output) => {
    // Slices of a prime number of instructions put the switches between tasks elsewhere.
    for (const quantum of oneSlice.has(name) ? [50_000] : [50_000, 997]) {
      const { output: got, result } = run(`/${program}`, [name], { uid: 0, gid: 0, quantum });
      expect(`${got}[${endOf(result)}]`).toBe(output);
    }
  });
});
