/** The cases of cases/; their form is that of text-cases.ts. */
import { join, resolve } from "node:path";
import { testCases } from "./text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "contract",
  path: resolve(import.meta.dirname, "../fixtures/contract/contract.riscv64"),
});
