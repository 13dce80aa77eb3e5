/** JavaScript programs as the subject of the suites that every target passes: nothing is skipped. */
import { CodeTable } from "../../kernel/scripted/code-table.ts";
import { SLOT, slotAddress } from "../../kernel/scripted/slots.ts";
import type { ScriptedProgram } from "../../testing/index.ts";
import { startModel } from "../../testing/start-model.ts";
import { describeTarget } from "../target-contract.ts";
import { describeTasks } from "../utrace/task-suite.ts";
import { contract, tasks } from "./contract-programs.ts";

function subject(path: string, program: ScriptedProgram) {
  const table = new CodeTable(program, path.slice(1));
  // Code that the C programs have in functions of their own is here in the slot of main.
  const known: { readonly [name: string]: number } = {
    _start: slotAddress(-1),
    start_c: slotAddress(0),
    in_sys: slotAddress(0) + SLOT.CALL,
    after_sys: slotAddress(0) + SLOT.CALL + 4,
  };
  return {
    start(args: readonly string[]) {
      const options = { programs: { [path]: program }, program: path, argv: [path, ...args], uid: 0, gid: 0 };
      const { model, output } = startModel(options);
      return { target: model, output: () => output.out };
    },
    symbol: (name: string) => known[name] ?? table.addressOf(name),
  };
}

describeTarget("a JavaScript program", subject("/contract", contract));
describeTasks("a JavaScript program", subject("/tasks", tasks));
