/** The suite of utrace on tasks, on real processes. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import { launch } from "../../live/live.ts";
import { describeTasks, type TasksProgram } from "../utrace/task-suite.ts";

const path = resolve(import.meta.dirname, "../fixtures/utrace/tasks.x86_64");
const elf = parseElf(readFileSync(path));
if ("message" in elf) throw new Error(elf.message);
const folder = mkdtempSync(join(tmpdir(), "utap-tasks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("live", () => {
  const program: TasksProgram = {
    start(args) {
      const file = join(folder, `out-${runs++}`);
      const fd = openSync(file, "w");
      const target = launch({ path, argv: [path, ...args], envp: [], stdout: fd });
      closeSync(fd);
      return { target, output: () => readFileSync(file, "utf8") };
    },
    symbol(name) {
      const found = elf.symbols.find((symbol) => symbol.name === name);
      if (!found) throw new Error(`no symbol ${name}`);
      return Number(found.value);
    },
  };
  describeTasks("live Linux", program);
});
