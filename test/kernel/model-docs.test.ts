/** docs/kernel-model.md is made from the tables, and the tables are true. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { modelDocs } from "../../kernel/model-docs.ts";
import { callStates, idleNotes } from "../../kernel/syscalls/states.ts";
import { ERRNO } from "../../target/errno.ts";
import { RESUME } from "../../target/events.ts";
import { startModel } from "../../testing/start-model.ts";

test("docs/kernel-model.md is what tools/generate-model-docs.mjs makes", () => {
  expect(readFileSync("docs/kernel-model.md", "utf8")).toBe(modelDocs());
});

test("every call of riscv64 that is not done has a note, and no note is left over", () => {
  expect(callStates().filter(({ state, note }) => state !== "done" && note === "")).toEqual([]);
  expect(idleNotes()).toEqual([]);
});

/** Makes the calls with these numbers, all arguments 0; what came of each. */
function answers(numbers: readonly number[]) {
  const got: number[] = [];
  const { model } = startModel({
    program: function* (sys) {
      for (const number of numbers) got.push(yield sys.syscall(number, 0, 0, 0, 0, 0, 0));
      return 0;
    },
  });
  model.run({ event: () => RESUME, nextTimer: () => Number.POSITIVE_INFINITY, timer() {}, poll: () => "run" });
  return { got, missing: [...(model.missingCalls?.() ?? [])] };
}

test("what the page calls ENOSYS answers it, and is counted for the list of -v", () => {
  const absent = callStates().filter(({ state }) => state === "ENOSYS");
  const { got, missing } = answers(absent.map(({ number }) => number));
  expect(got).toEqual(absent.map(() => -ERRNO.ENOSYS));
  expect(missing).toEqual(absent.map(({ name }) => [name, 1]));
});

test("what the page calls refused answers EPERM, and is not counted", () => {
  const refused = callStates().filter(({ state }) => state === "refused");
  const { got, missing } = answers(refused.map(({ number }) => number));
  expect(got).toEqual(refused.map(() => -ERRNO.EPERM));
  expect(missing).toEqual([]);
});
