/** The functions of the library, one after the other: cases in the form of test/run/text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "memory",
  path: resolve(import.meta.dirname, "../fixtures/tapsets/memory"),
});
