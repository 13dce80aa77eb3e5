/**
 * Oracles: programs that nobody here wrote. A test that needs one names it; without it the test is skipped and says
 * so, or fails where UTAP_REQUIRE_ORACLES=1 promises that all of them are there.
 */
import { execFileSync } from "node:child_process";
import { test } from "vitest";

function installed(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** `test` when all programs are there; else skipped with the reason, or failing where they are required. */
export function testWith(programs: readonly string[]): typeof test | typeof test.skip {
  const missing = programs.filter((program) => !installed(program));
  return missing.length === 0 || process.env.UTAP_REQUIRE_ORACLES === "1" ? test : test.skip;
}
