/** Messages, and the ways a script ends its handler or its session. */
import type { BuiltinTable } from "../abi/builtins.ts";

export const logging = {
  abort: (c) => c.abort(),
  error: (c, message: string) => c.fail(message),
  exit: (c) => {
    c.requestExit();
    return undefined;
  },
  log: (c, text: string) => {
    c.print(`${text}\n`);
    return undefined;
  },
  warn: (c, text: string) => {
    c.warn(text);
    return undefined;
  },
} satisfies BuiltinTable;
