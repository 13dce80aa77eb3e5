/** The named constants against the compilers of both machines: every name that their headers have, has our value. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { bits, enums } from "../../tapsets/syscalls/constants.ts";
import { testWith } from "../oracles.ts";

// biome-ignore format: table
const headers = [
  "stddef.h", "fcntl.h", "sched.h", "signal.h", "time.h", "poll.h", "sys/socket.h", "sys/epoll.h", "sys/eventfd.h",
  "sys/signalfd.h", "sys/timerfd.h", "sys/inotify.h", "sys/fanotify.h", "sys/file.h", "sys/ioctl.h", "sys/mman.h",
  "sys/mount.h", "sys/prctl.h", "sys/ptrace.h", "sys/quota.h", "sys/random.h", "sys/resource.h", "sys/sem.h", "sys/shm.h",
  "sys/msg.h", "sys/stat.h", "sys/swap.h", "sys/time.h", "sys/uio.h", "sys/wait.h", "sys/xattr.h", "net/if.h",
  "netinet/in.h", "netinet/tcp.h", "netinet/udp.h", "netpacket/packet.h", "linux/netlink.h", "linux/bpf.h", "linux/futex.h",
  "linux/fs.h", "linux/kcmp.h", "linux/kexec.h", "linux/keyctl.h", "linux/membarrier.h", "linux/mempolicy.h",
  "linux/module.h", "linux/openat2.h", "linux/perf_event.h", "linux/reboot.h", "linux/seccomp.h", "linux/sockios.h",
  "linux/stat.h", "linux/userfaultfd.h", "linux/close_range.h", "linux/fiemap.h", "linux/falloc.h", "linux/memfd.h",
  "linux/sched.h", "asm/ioctls.h", "asm/termbits.h", "asm/prctl.h",
];

/** glibc says 0 because 64-bit programs need not ask for it; the kernel sets the bit of its own header. */
const hiddenByLibc = new Set(["O_LARGEFILE"]);

const ours = new Map<string, bigint>();
for (const list of [...Object.values(bits), ...Object.values(enums)]) {
  for (const entry of list.split(" ")) {
    const [name = "", value = ""] = entry.split("=");
    ours.set(name, BigInt.asUintN(64, value.startsWith("-") ? -BigInt(value.slice(1)) : BigInt(value)));
  }
}

/** The compiler is asked again without the names that it does not know. */
function valuesOf(compiler: string, run: readonly string[]): Map<string, bigint> {
  const folder = mkdtempSync(join(tmpdir(), "utap-constants-"));
  try {
    const missing = new Set(hiddenByLibc);
    for (let round = 0; round < 20; round++) {
      const names = [...ours.keys()].filter((name) => !missing.has(name));
      const includes = headers.map((name) => `#if __has_include(<${name}>)\n#include <${name}>\n#endif`).join("\n");
      const prints = names.map((name) => `printf("${name} %llu\\n", (unsigned long long)(${name}));`).join("\n");
      const source = `#define _GNU_SOURCE\n${includes}\n#include <stdio.h>\nint main(void) {\n${prints}\n}\n`;
      writeFileSync(join(folder, "constants.c"), source);
      const built = spawnSync(compiler, ["-w", "-static", "-o", "constants", "constants.c"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C" },
      });
      if (built.status === 0) break;
      const unknown = [...built.stderr.matchAll(/'(\w+)' undeclared/g)];
      expect(unknown.length, built.stderr.slice(0, 500)).toBeGreaterThan(0);
      for (const [, name = ""] of unknown) missing.add(name);
    }
    const [program = "", ...rest] = [...run, join(folder, "constants")];
    const text = execFileSync(program, rest, { encoding: "utf8" });
    return new Map([...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name = "", value = ""]) => [name, BigInt(value)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function check(compiler: string, run: readonly string[]): void {
  const values = valuesOf(compiler, run);
  expect(values.size).toBeGreaterThan(ours.size * 0.95);
  // An int that is negative, and a set with its highest bit, are printed with their sign.
  const differing = [...values].filter(([name, value]) => {
    const known = ours.get(name) ?? -1n;
    return known !== value && BigInt.asUintN(32, known) !== BigInt.asUintN(32, value);
  });
  expect(differing).toEqual([]);
}

testWith("gcc")("x86-64", () => check("gcc", []));
testWith("riscv64-linux-gnu-gcc", "qemu-riscv64")("riscv64", () => check("riscv64-linux-gnu-gcc", ["qemu-riscv64"]));
