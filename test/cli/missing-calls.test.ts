/** -v says which system calls the model was asked for and does not have; without it nothing is said. */
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { prepareBuild, repository, utap } from "./spawn.ts";

beforeAll(prepareBuild, 120_000);

const program = join(repository, "test/fixtures/kernel/calls-process");
const run = (...options: string[]) => utap([...options, "-e", "probe end { println(1) }", "-c", `${program} unknown`]);

it("missing calls are listed with their counts under -v alone", async () => {
  const { err } = await run("-v");
  expect(err).toMatch(/^System calls that the model does not have: .*syscall 9999 1, syscall -1 1\.$/m);
  expect((await run()).err).not.toContain("does not have");
});
