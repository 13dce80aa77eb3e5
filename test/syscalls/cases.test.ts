/** The cases of cases/, whose program is test/fixtures/syscalls/calls.c. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "contract",
  path: resolve(import.meta.dirname, "../fixtures/contract/contract.riscv64"),
});
