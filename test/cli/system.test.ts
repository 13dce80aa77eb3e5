/** system() of scripts that run with -g: a command of this machine, for which nobody waits. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { prepareBuild, utap } from "./spawn.ts";

beforeAll(prepareBuild);

test("a command runs in the shell, with the streams of utap; its status is nobody's", async () => {
  const script = 'probe begin { system("echo $((40 + 2)) && exit 3") exit() }';
  expect(await utap(["-g", "-e", script])).toEqual({ status: 0, out: "42\n", err: "" });
});

test("the session goes on meanwhile", async () => {
  // The first command ends only when the second has run.
  const folder = mkdtempSync(join(tmpdir(), "utap-system-"));
  const file = join(folder, "done");
  const script = `probe begin { system("until test -e ${file}; do sleep 0.01; done; echo first") system("touch ${file}") exit() }`;
  const { out, status } = await utap(["-g", "-e", script]);
  rmSync(folder, { recursive: true });
  expect({ out, status }).toEqual({ out: "first\n", status: 0 });
});
