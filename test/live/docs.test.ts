/** The examples of docs/live.md, run as they stand there, with the program of its C block. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, prepareBuild, repository } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-live-docs-")));
const missing = missingOracles("gcc");
const page = readFileSync(join(repository, "docs/live.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = "", body = ""]) => ({ kind, body }));

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`docs/live.md ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    writeFileSync(join(folder, "sum.c"), blocks.find(({ kind }) => kind === "c")?.body ?? "");
    expect(spawnSync("gcc", ["-g", "-O0", "-o", "sum", "sum.c"], { cwd: folder }).status).toBe(0);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  blocks.forEach(({ kind, body }, i) => {
    if (kind !== "console") return;
    const [command = "", ...shown] = body.split("\n");
    test(command, () => {
      const before = blocks[i - 1];
      if (before?.kind === "stap") writeFileSync(join(folder, "add.stp"), before.body);
      const env = { ...process.env, PATH: `${dirname(bin)}:${process.env.PATH}` };
      const { stdout } = spawnSync("sh", ["-c", `${command.slice(2)} 2>&1`], { cwd: folder, env, encoding: "utf8" });
      expect(stdout).toBe(shown.join("\n"));
    });
  });

  test("has examples", () => expect(blocks.filter(({ kind }) => kind === "console").length).toBeGreaterThan(3));
});
