/** What scripts see of the variables of a program, and of its threads: cases in the form of test/run/text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "variables",
  path: resolve(import.meta.dirname, "../fixtures/context/variables"),
});

testCases(join(import.meta.dirname, "threads"), {
  name: "threads",
  path: resolve(import.meta.dirname, "../fixtures/context/threads"),
});
