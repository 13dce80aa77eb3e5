/** Probes in the kernel of the model, in the form of ../run/text-cases.ts; what the program does is in its source. */
import { join, resolve } from "node:path";
import { testCases } from "../run/text-cases.ts";

testCases(join(import.meta.dirname, "cases"), {
  name: "tasks",
  path: resolve(import.meta.dirname, "../fixtures/utrace/tasks.riscv64"),
});
