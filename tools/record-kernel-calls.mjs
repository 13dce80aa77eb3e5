// Records what qemu-riscv64 prints for each case of test/fixtures/kernel/calls-*.c, for test/kernel/calls.test.ts.
//
//   node tools/record-kernel-calls.mjs        as root, because some cases change their user
//
// The files it writes, calls-*.txt beside the sources, hold `=== CASE`, then the output and `[exit status or signal]`.
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../test/fixtures/kernel");
for (const source of readdirSync(folder).filter((name) => /^calls-.*\.c$/.test(name))) {
  const program = source.slice(0, -2);
  const qemu = (...args) => spawnSync("qemu-riscv64", [`./${program}`, ...args], { cwd: folder, encoding: "latin1" });
  const cases = qemu().stdout.trim().split("\n");
  const records = cases.map((name) => {
    const { stdout, status, signal } = qemu(name);
    return `=== ${name}\n${stdout}[${status ?? signal}]\n`;
  });
  writeFileSync(join(folder, `${program}.txt`), records.join(""));
  console.log(`${program}: ${cases.length} cases`);
}
