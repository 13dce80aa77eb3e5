/** procfs and input probes: the cases of cases/, in the form of ../run/text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "files",
  path: resolve(import.meta.dirname, "../fixtures/procfs/files.riscv64"),
});
