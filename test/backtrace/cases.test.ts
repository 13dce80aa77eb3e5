/** The functions of backtraces and names of addresses in scripts: cases in the form of test/run/text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";
import { fixtures } from "./model.ts";

testCases(join(import.meta.dirname, "cases"), { name: "frames-O0", path: resolve(fixtures, "frames-O0") });
