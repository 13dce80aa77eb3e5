/**
 * `process.syscall` against `qemu-riscv64 -strace`: Debian's own busybox makes the same system calls under both.
 *
 * qemu prints names and utap counts numbers; the table of target/syscalls.ts is the dictionary. Calls that qemu does
 * not know it prints by number.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { findSyscall } from "../../target/syscalls.ts";
import { missingOracles, testWith } from "../oracles.ts";
import { utap } from "./driver.ts";

const root = join(tmpdir(), "utap-riscv64-root");
const busybox = join(root, "usr/bin/busybox");
const COUNT = `global n
probe process.syscall { n[$syscall] <<< 1 }
probe end { foreach (s in n) printf("@%d %d\\n", s, @count(n[s])) }`;

function countedByQemu(command: readonly string[]): Map<number, number> {
  const { stderr } = spawnSync("qemu-riscv64", ["-strace", ...command], { encoding: "latin1", input: "" });
  const counts = new Map<number, number>();
  for (const line of stderr.split("\n")) {
    const [, name, unknown] = /^\d+ (?:([a-z_0-9]+)\(|Unknown syscall (\d+))/.exec(line) ?? [];
    if (name === undefined && unknown === undefined) continue;
    const nr = unknown === undefined ? findSyscall(name ?? "")?.riscv64 : Number(unknown);
    expect(nr, `qemu's call ${name} is in the table`).toBeDefined();
    if (nr !== undefined) counts.set(nr, (counts.get(nr) ?? 0) + 1);
  }
  return counts;
}

function countedByUtap(command: readonly string[]): Map<number, number> {
  const { out, err } = utap(["-e", COUNT, "-c", command.map((word) => `'${word}'`).join(" ")]);
  expect(err).toBe("");
  return new Map([...out.matchAll(/^@(\d+) (\d+)$/gm)].map((match) => [Number(match[1]), Number(match[2])]));
}

const sorted = (counts: Map<number, number>): [number, number][] => [...counts].sort(([a], [b]) => a - b);

describe("system calls of Debian's busybox", () => {
  const programs = ["qemu-riscv64", "apt-get"];
  const oracle = testWith(...programs);
  beforeAll(() => {
    if (missingOracles(...programs).length > 0) return;
    execFileSync("node", ["tools/riscv64-root.mjs", root, "busybox-static"], { stdio: "inherit" });
  }, 300_000);

  for (const command of [
    ["ls", "/etc"],
    ["echo", "hello", "world"],
    ["cat", "/etc/passwd"],
    ["ls", "-l", "/usr/share"],
    ["wc", "/etc/passwd", "/etc/group"],
    ["sh", "-c", "for i in 1 2 3; do echo $i; done"],
  ]) {
    oracle(`busybox ${command.join(" ")}`, () => {
      const words = [busybox, ...command];
      expect(sorted(countedByUtap(words))).toEqual(sorted(countedByQemu(words)));
    });
  }
});
