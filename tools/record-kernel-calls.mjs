// Records what each case of test/fixtures/kernel/calls-*.c prints, for test/kernel/calls.test.ts.
//
//   node tools/record-kernel-calls.mjs [PROGRAM…]        as root, because some cases change their user
//
// It asks qemu-riscv64. A source that says `// oracle: COMMAND` is compiled for this machine instead, as PROGRAM in the command,
// and the kernel that runs here is asked. The files it writes, test/kernel/calls-*.txt, hold `=== CASE`, then the output
// and `[exit status or signal]`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../test/fixtures/kernel");
const wanted = process.argv.slice(2);
for (const source of readdirSync(folder).filter((name) => /^calls-.*\.c$/.test(name))) {
  const program = source.slice(0, -2);
  if (wanted.length > 0 && !wanted.includes(program)) continue;
  const scratch = mkdtempSync(join(tmpdir(), "utap-record-"));
  const [, compile] = /^\/\/ oracle: (.*)$/m.exec(readFileSync(join(folder, source), "utf8")) ?? [];
  const binary = join(scratch, program);
  if (compile) spawnSync("sh", ["-c", compile.replace("PROGRAM", binary)], { cwd: folder, stdio: "inherit" });
  const ask = (...args) => {
    const options = {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 20_000,
      killSignal: "SIGKILL",
    };
    if (!compile) return spawnSync("qemu-riscv64", [`./${program}`, ...args], { cwd: folder, ...options });
    // Each in a folder of its own, in which everybody may write.
    const cwd = mkdtempSync(join(scratch, "case-"));
    spawnSync("chmod", ["755", scratch, cwd]);
    return spawnSync(binary, args, { cwd, ...options });
  };
  const cases = ask().stdout.trim().split("\n");
  const records = cases.map((name) => {
    const { stdout, status, signal } = ask(name);
    return `=== ${name}\n${stdout}[${status ?? signal}]\n`;
  });
  writeFileSync(join(folder, "../../kernel", `${program}.txt`), records.join(""));
  console.log(`${program}: ${cases.length} cases`);
  rmSync(scratch, { recursive: true });
}
