/** All native builtins; `cli/` hands them to the session. The names are those of abi/builtins.ts. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { context } from "./context.ts";
import { logging } from "./logging.ts";
import { random } from "./random.ts";
import { regex } from "./regex.ts";
import { string } from "./string.ts";
import { time } from "./time.ts";
import { uconversions } from "./uconversions.ts";

export const nativeBuiltins: BuiltinTable = {
  ...context,
  ...logging,
  ...random,
  ...regex,
  ...string,
  ...time,
  ...uconversions,
};
