/** The suite of utrace on tasks, on real processes. */
import { resolve } from "node:path";
import { describe } from "vitest";
import { describeTasks } from "../utrace/task-suite.ts";
import { liveProgram } from "./suite-program.ts";

const path = resolve(import.meta.dirname, "../fixtures/utrace/tasks.x86_64");

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("live", () => {
  describeTasks("live Linux", liveProgram(path));
});
