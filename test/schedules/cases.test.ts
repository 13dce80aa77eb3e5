/** What --schedules and --cpus show on the command line: cases in the form of test/run/text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "races",
  path: resolve(import.meta.dirname, "../fixtures/schedules/races"),
});
