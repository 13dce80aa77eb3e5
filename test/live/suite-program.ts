/** A program of this machine as the suites of targets and of utrace start it. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { launch } from "../../live/live.ts";
import { type SuiteProgram, symbolsOf } from "../suite-program.ts";

/** Called where tests are described. */
export function liveProgram(path: string): SuiteProgram {
  const folder = mkdtempSync(join(tmpdir(), "utap-suite-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let runs = 0;
  return {
    start(args) {
      const file = join(folder, `out-${runs++}`);
      const fd = openSync(file, "w");
      const target = launch({ path, argv: [path, ...args], envp: [], stdout: fd });
      closeSync(fd);
      return { target, output: () => readFileSync(file, "utf8") };
    },
    symbol: symbolsOf(path),
  };
}
