/** Messages, and the ways a script ends its handler or its session. */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";

export const logging = {
  abort: (c) => c.abort(),
  assert: (c, expression: Long, message?: string) =>
    expression === 0 ? c.fail(message ?? "assertion failed") : undefined,
  error: (c, message: string) => c.fail(message),
  exit: (c) => {
    c.requestExit();
    return undefined;
  },
  log: (c, text: string) => {
    c.print(`${text}\n`);
    return undefined;
  },
  // A session that writes to files has another.
  switch_file: () => undefined,
  // A session that may run commands has another.
  system: (c, _command: string) => c.fail("system(): this session runs no commands"),
  warn: (c, text: string) => {
    c.warn(text);
    return undefined;
  },
} satisfies BuiltinTable;
