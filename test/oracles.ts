/**
 * Oracles: programs that nobody here wrote, to hold our answers against.
 *
 * A test that needs some names them. Without them it is skipped and its title says what is missing;
 * UTAP_REQUIRE_ORACLES=1 promises that all are there, so that a missing one is a failure.
 */
import { spawnSync } from "node:child_process";
import { test } from "vitest";

export const oraclesRequired = process.env.UTAP_REQUIRE_ORACLES === "1";

/** Those of the programs that are not on PATH; none where they are promised. */
export function missingOracles(...programs: readonly string[]): readonly string[] {
  return oraclesRequired ? [] : programs.filter((program) => spawnSync("which", [program]).status !== 0);
}

/** `test` for what needs these programs. */
export function testWith(...programs: readonly string[]): (title: string, body: () => void) => void {
  const missing = missingOracles(...programs);
  return (title, body) => {
    if (missing.length === 0) test(title, body);
    else test.skip(`${title} (skipped: no ${missing.join(", ")})`, body);
  };
}
