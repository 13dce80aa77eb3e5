/**
 * Compiles a script and runs its probes one after another, without a session.
 *
 * Arithmetic, arrays, aggregates and formats are the runtime's own; the context is a small one, whose target
 * variables come from the test. What comes out is the printed text, with `ERROR: message` where a handler died.
 */
import type { Builtin, BuiltinTable } from "../../abi/builtins.ts";
import type { CompiledModule, HandlerContext } from "../../abi/module.ts";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import type { Long } from "../../base/int64.ts";
import { type ScriptLimit, scriptLimits } from "../../base/limits.ts";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import type { EmittedModule, Program } from "../../lang/compiler/program.ts";
import { makeRuntimeApi } from "../../runtime/api.ts";
import { ScriptError, scriptMessage } from "../../runtime/errors.ts";
import { loadModule } from "../../runtime/load.ts";
import type { Output } from "../../runtime/output.ts";

export interface KitOptions {
  readonly limits?: { readonly [name in ScriptLimit]?: number };
  readonly symbols?: SymbolSource;
  /** What `$variables` give, by plan; a plan that is not there faults. */
  readonly targets?: readonly Long[];
  readonly syscall?: readonly Long[];
}

export interface Built {
  readonly program: Program;
  readonly module: EmittedModule;
}

const noSymbols: SymbolSource = { open: (path) => ({ kind: "failure", message: `no ${path} here` }) };

/** Compiles; a script with an error fails the test with its messages. */
export function build(script: string, { limits, symbols = noSymbols }: KitOptions = {}): Built {
  const { program, module, diagnostics } = compile({
    main: makeSource("test.stp", script),
    symbols,
    ...(limits && { limits }),
    now: () => 0,
  });
  if (!program || !module) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  return { program, module };
}

/** Runs all probes of a script in their order. */
export function run(script: string, options: KitOptions = {}): string {
  return runModule(loadModule(build(script, options).module.code), options).text;
}

export function runModule(
  compiled: CompiledModule,
  options: KitOptions = {},
): { text: string; errors: readonly Error[] } {
  const limits = { ...scriptLimits, ...options.limits };
  let text = "";
  const rt = makeRuntimeApi({
    manifest: compiled.manifest,
    limits,
    output: { print: (part: string) => void (text += part) } as unknown as Output,
    builtins,
    readMemory: () => undefined,
  });
  const errors: Error[] = [];
  for (const probe of compiled.instantiate(rt).probes) {
    try {
      probe(context(limits.MAXACTION_INTERRUPTIBLE, limits.MAXNESTING, options));
    } catch (error) {
      const message = scriptMessage(error);
      if (message === undefined) throw error;
      errors.push(error as Error);
      text += `ERROR: ${message}`;
    }
  }
  return { text, errors };
}

function context(left: number, maxNesting: number, { targets = [], syscall = [] }: KitOptions): HandlerContext {
  let nesting = 0;
  const read = (index: number): Long => {
    const value = targets[index];
    if (value === undefined) throw new ScriptError(`fault in plan ${index}`);
    return value;
  };
  const show = (index: number): string => (targets[index] === undefined ? "=?" : `=0x${targets[index].toString(16)}`);
  return {
    left,
    lastMatch: undefined,
    next: 0,
    enter: () => {
      if (++nesting > maxNesting) throw new ScriptError("MAXNESTING exceeded");
    },
    leave: () => void nesting--,
    target: read,
    setTarget: (_index, value) => value,
    setAccess: (_index, value) => value,
    access: read,
    pretty: () => "ERROR",
    enumName: (_table, value) => String(value),
    saved: read,
    show,
    showSaved: show,
    syscall: () => syscall[0] ?? 0,
    syscallArgument: (n) => syscall[n] ?? 0,
    syscallReturn: () => syscall[0] ?? 0,
    setSyscall: (value) => value,
    setSyscallArgument: (_n, value) => value,
    setSyscallReturn: (value) => value,
    kernelNumber: () => 0,
    kernelText: () => "",
    kernelPretty: () => "ERROR",
    kernelVariables: () => "",
  };
}

/** The builtins that the tests call. */
const builtins: BuiltinTable = {
  error: ((_: unknown, message: string) => {
    throw new ScriptError(message);
  }) as unknown as Builtin,
  strlen: ((_: unknown, text: string) => text.length) as unknown as Builtin,
};
