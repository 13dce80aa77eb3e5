/**
 * Pass 3: a typed program becomes the text of a module and its source map.
 *
 * Called by the composition root after pass 2 found no error; what it makes is checked by `verify.ts` before it is
 * loaded. The shape of a module is described in `abi/module.ts`; the order here is the order of its lines: manifest,
 * members of the runtime, globals, formats, functions, handlers, result. Members and formats are known only when all
 * bodies are written, so those are written first and put in place afterwards.
 */
import type { Block } from "../../ast.ts";
import type { EmittedModule, GlobalSymbol, Program } from "../program.ts";
import { Lines } from "./code.ts";
import { emitEmbedded, emitEmbedding } from "./embedded.ts";
import { emitDispatchers, emitFunctions, emitHandler } from "./functions.ts";
import { cString, numberPiece, quote } from "./literals.ts";
import { isScalar, json, makeManifest } from "./manifest.ts";
import { ModuleScope } from "./scope.ts";
import { write } from "./writer.ts";

export function emit(program: Program): EmittedModule {
  const module = new ModuleScope(program);
  const functions = new Lines();
  emitFunctions(module, functions);
  const handlers = sharedHandlers(program);
  for (const probe of program.probes) if (handlers[probe.index] === probe.index) emitHandler(module, probe, functions);
  emitDispatchers(module, functions);

  const out = new Lines();
  for (const line of `export const manifest = ${json(makeManifest(module))};`.split("\n")) out.add(line);
  out.block("export function instantiate(rt)", () => {
    if (module.used.size > 0) out.add(`const { ${[...module.used].sort().join(", ")} } = rt;`);
    for (const symbol of program.globals) out.add(declaration(module, symbol));
    for (const [text, name] of module.formats) out.add(`const ${name} = rt.format(${quote(text)});`);
    for (const [pattern, name] of module.regexes) out.add(`const ${name} = rt.regex(${quote(pattern)});`);
    emitEmbedding(module, (symbol) => accessors(module, symbol), out);
    out.append(functions);
    out.block(
      "return",
      () => {
        out.add(`probes: [${handlers.map((index) => `probe_${index}`).join(", ")}],`);
        const scalars = program.globals.filter(isScalar);
        if (scalars.length === 0) out.add("scalars: {},");
        else out.block("scalars:", () => scalars.forEach((symbol) => void out.add(accessors(module, symbol))), ",");
      },
      ";",
    );
  });
  emitEmbedded(module, out);
  return write(out.lines, program.script);
}

/** For each probe the first one with the same handler: the same body, in which nothing depends on the place. */
function sharedHandlers({ probes }: Program): readonly number[] {
  const first = new Map<Block, number>();
  return probes.map(({ body, index, resolved, targets }) => {
    const isPlain =
      resolved.plans.length === 0 && [...targets.values()].every(({ kind }) => kind.startsWith("syscall"));
    if (!isPlain) return index;
    const shared = first.get(body) ?? index;
    first.set(body, shared);
    return shared;
  });
}

function declaration(module: ModuleScope, symbol: GlobalSymbol): string {
  const name = module.globalName(symbol);
  if (!isScalar(symbol)) return `const ${name} = rt.globals[${symbol.index}];`;
  const { init } = symbol.item;
  if (init?.kind === "string") return `let ${name} = ${quote(cString(init.value, module.maxString))};`;
  if (init?.kind === "number") return `let ${name} = ${numberPiece(init.value).code as string};`;
  return `let ${name} = ${symbol.type === "string" ? '""' : "0"};`;
}

function accessors(module: ModuleScope, symbol: GlobalSymbol): string {
  const name = module.globalName(symbol);
  const key = module.globalNames.get(symbol) ?? symbol.name;
  // `__proto__: {}` would set the prototype; in brackets it is a name like others.
  const property = key === "__proto__" ? `["${key}"]` : key;
  return `${property}: { get: () => ${name}, set: (v) => { ${name} = v; } },`;
}
