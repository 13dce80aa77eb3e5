/**
 * `utap doctor` on this machine: what it finds is held against the files it speaks of, and its verdict against its checks.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { expect, test } from "vitest";

interface Answer {
  readonly works: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly found: string;
    readonly remedies: readonly string[];
  }[];
}

function doctor(...args: string[]) {
  return spawnSync("bin/utap", ["doctor", ...args], { encoding: "utf8", timeout: 20_000 });
}

test("--json: every check, and a verdict that follows from them", () => {
  const { stdout, status, stderr } = doctor("--json");
  expect(stderr).toBe("");
  const { works, checks } = JSON.parse(stdout) as Answer;
  const found = new Map(checks.map((check) => [check.name, check]));
  expect(works).toBe(checks.every((check) => check.status !== "fail"));
  expect(status).toBe(works ? 0 : 1);
  expect(found.get("node")?.found).toBe(process.version);
  expect(found.get("kernel")?.found).toContain(release());
  for (const check of checks) {
    expect(["ok", "info", "warn", "fail"]).toContain(check.status);
    if (check.status === "warn" || check.status === "fail") expect(check.remedies.length).toBeGreaterThan(0);
  }
  const yama = "/proc/sys/kernel/yama/ptrace_scope";
  expect(found.get("ptrace_scope")?.found).toMatch(
    existsSync(yama) ? new RegExp(`^${readFileSync(yama, "utf8").trim()}`) : /^no Yama/,
  );
});

test("text: a line a check, no colours in a pipe, the verdict last", () => {
  const { stdout, status } = doctor();
  const lines = stdout.trimEnd().split("\n");
  expect(stdout).not.toContain("\x1b");
  expect(lines.filter((line) => /^(ok|info|warn|fail) /.test(line)).length).toBeGreaterThan(12);
  expect(lines.at(-1)).toMatch(status === 0 ? /^Live tracing works/ : /^Live tracing does not work/);
});

test("an option that it does not have", () => {
  const { status, stderr } = doctor("--nonsense");
  expect(status).toBe(1);
  expect(stderr).toContain("--nonsense");
});

test("a machine without koffi is told what to do", () => {
  const hide =
    "const m = require('node:module'); const load = m._load; m._load = (name, ...rest) => { if (name.includes('koffi')) throw new Error('no koffi here'); return load(name, ...rest); };";
  const { stdout, status } = spawnSync(
    "node",
    ["-e", `${hide} process.argv.splice(1, 0, 'utap'); require('./dist/boot.cjs').start('main')`, "doctor"],
    {
      encoding: "utf8",
      timeout: 20_000,
    },
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/^fail {2}koffi +does not load: .+\n +→ cd \S+ && npm install koffi$/m);
});
