/**
 * The live target as the contract suite of targets runs it: what `contract.test.ts` and `separate-calls.test.ts` share.
 */
import { resolve } from "node:path";
import { describe } from "vitest";
import { describeTarget } from "../target-contract.ts";
import { liveProgram } from "./suite-program.ts";

const path = resolve(import.meta.dirname, "../fixtures/contract/contract.x86_64");

export function describeLive(name: string): void {
  describe.skipIf(process.platform !== "linux" || process.arch !== "x64")(name, () => {
    const skips = [{ test: "two runs with one seed report the same events", reason: "Linux schedules as it likes" }];
    describeTarget(name, { rounds: 10_000, ...liveProgram(path) }, skips);
  });
}
