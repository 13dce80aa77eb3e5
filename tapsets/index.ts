/** All native builtins; `cli/` hands them to the session. The names are those of abi/builtins.ts. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { context } from "./context.ts";
import { floatingpoint } from "./floatingpoint.ts";
import { logging } from "./logging.ts";
import { optionsText } from "./options-text.ts";
import { procfs } from "./procfs.ts";
import { random } from "./random.ts";
import { regex } from "./regex.ts";
import { registers } from "./registers.ts";
import { socket } from "./socket.ts";
import { speculation } from "./speculation.ts";
import { string } from "./string.ts";
import { syscallTexts } from "./syscalls/index.ts";
import { tasks } from "./task.ts";
import { time } from "./time.ts";
import { tokenize } from "./tokenize.ts";
import { ucontext } from "./ucontext.ts";
import { uconversions } from "./uconversions.ts";
import { uconversionsGuru } from "./uconversions-guru.ts";
import { wideStrings } from "./wide-strings.ts";

export const nativeBuiltins: BuiltinTable = {
  ...context,
  ...floatingpoint,
  ...logging,
  ...optionsText,
  ...procfs,
  ...random,
  ...regex,
  ...registers,
  ...socket,
  ...speculation,
  ...string,
  ...syscallTexts,
  ...tasks,
  ...time,
  ...tokenize,
  ...ucontext,
  ...uconversions,
  ...uconversionsGuru,
  ...wideStrings,
};
