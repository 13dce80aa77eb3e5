/**
 * The contract of emitted modules as data: which names and members may occur in one.
 *
 * `lang/compiler/verify.ts` walks the acorn tree of a module and rejects whatever is not here or declared in the
 * module itself. So the safety argument is this table and the walker, not the emitter. Emitted names carry the
 * prefixes below, so a script can never collide with the runtime's names.
 */

/** Prefixes of the names an emitted module declares: globals, functions, handlers, locals, formats, regular expressions, temporaries, values that are stable during a hit. */
export const declaredNames = /^(g_|f_|probe_|l_|fmt_|re_|t_|e_|a_|s_)[A-Za-z0-9_$]*$/;

/** Members that may be read from `rt`, directly or by destructuring. */
export const runtimeMembers: ReadonlySet<string> = new Set([
  "globals",
  "fn",
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "neg",
  "not",
  "and",
  "or",
  "xor",
  "shl",
  "shr",
  "ushr",
  "cat",
  "cut",
  "format",
  "regex",
  "print",
  "printHistogram",
  "caught",
  "outOfActions",
  "exhausted",
]);

/** Members of the context that write to the traced program: for scripts that run with -g. */
export const guruMembers: ReadonlySet<string> = new Set([
  "setTarget",
  "setAccess",
  "setSyscall",
  "setSyscallArgument",
  "setSyscallReturn",
]);

/** Members of the handler context `c`. */
export const contextMembers: ReadonlySet<string> = new Set([
  "left",
  "next",
  "enter",
  "leave",
  "target",
  "setTarget",
  "saved",
  "access",
  "setAccess",
  "enumName",
  "pretty",
  "show",
  "showSaved",
  "syscall",
  "syscallArgument",
  "syscallReturn",
  "setSyscall",
  "setSyscallArgument",
  "setSyscallReturn",
  "kernelNumber",
  "kernelText",
  "kernelPretty",
  "kernelVariables",
]);

/** Members of maps, aggregates and cursors. */
export const objectMembers: ReadonlySet<string> = new Set([
  "get",
  "set",
  "has",
  "hasMatching",
  "delete",
  "deleteMatching",
  "clear",
  "walk",
  "walkKeys",
  "walkBuckets",
  "add",
  "at",
  "count",
  "sum",
  "min",
  "max",
  "avg",
  "variance",
  "render",
  "chart",
  "bucket",
  "hasBucket",
  "next",
  "key",
  "value",
]);
