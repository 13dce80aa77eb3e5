/** The suite of utrace on tasks, on the model. */
import { resolve } from "node:path";
import { inModel } from "../suite-program.ts";
import { describeTasks } from "./task-suite.ts";

describeTasks("the kernel model", inModel(resolve(import.meta.dirname, "../fixtures/utrace/tasks.riscv64")));
