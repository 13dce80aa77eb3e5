/** Pass "number": gives globals, functions and builtins their final order; `finish` makes the Program of it. */
import type { ProbeSpec } from "../../../abi/manifest.ts";
import { lineColumn } from "../../../base/source.ts";
import { syscallTexts } from "../../../target/syscall-probes.ts";
import { walk } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import { mangledName } from "../print-program.ts";
import { type BuiltinSymbol, candidates, type DerivedProbe, type Program } from "../program.ts";
import { derivedNesting } from "./recursion.ts";

export function number(c: Compilation): void {
  for (const [index, global] of c.globals.entries()) global.index = index;
  c.functions.sort((a, b) => (mangledName(a) < mangledName(b) ? -1 : 1));
  const builtins = new Set<BuiltinSymbol>();
  const bodies = new Set(c.drafts.map((draft) => draft.body));
  for (const { item } of c.functions) if (item.body.kind === "block") bodies.add(item.body);
  for (const body of bodies) {
    walk(body, (n) => {
      const symbol = n.kind === "call" ? c.symbols.get(n) : undefined;
      if (symbol?.kind !== "function" && symbol?.kind !== "builtin") return;
      for (const candidate of candidates(symbol)) if (candidate.kind === "builtin") builtins.add(candidate);
    });
  }
  c.builtins = [...builtins].sort((a, b) => (mangledName(a) < mangledName(b) ? -1 : 1));
}

export function finish(c: Compilation): Program {
  const nesting = derivedNesting(c);
  return {
    script: c.options.sources[0]?.name ?? "<input>",
    globals: c.globals,
    functions: c.functions,
    builtins: c.builtins,
    probes: c.drafts.map((draft, index, all) => derived(c, draft, index, all)),
    symbols: c.symbols,
    types: c.types,
    histograms: c.histograms,
    targets: c.targets,
    plans: c.plans,
    pretty: c.pretty,
    enums: c.enums,
    limits: { ...(nesting !== undefined && { MAXNESTING: nesting }), ...c.options.limits },
    unoptimised: c.options.unoptimised,
    embedded: c.embedded,
    findGlobal: (name, from) => c.scope.findGlobal(name, from),
  };
}

function derived(c: Compilation, draft: ProbeDraft, index: number, all: readonly ProbeDraft[]): DerivedProbe {
  const { item, entry, arming, affects = [] } = draft;
  return {
    index,
    resolved: {
      spec: specOf(c, draft),
      point: draft.point,
      name: draft.name,
      plans: draft.plans,
      entryPlans: draft.entryPlans,
      source: { file: item.loc.source.name, line: lineColumn(item.loc.source, item.loc.start).line },
      ...(arming && { condition: all.indexOf(arming) }),
      ...(affects.length > 0 && { affects: affects.map((other) => all.indexOf(other)) }),
    },
    printed: draft.printed,
    origin: draft.origin,
    ...(draft.listed !== undefined && { listed: draft.listed }),
    item,
    variables: draft.variables,
    body: draft.body,
    locals: draft.locals,
    targets: draft.targets,
    ...(entry && { entry: { probe: all.indexOf(entry.draft), globals: entry.globals } }),
  };
}

/** What a probe on a system call has to be told by the target and by the table of calls. */
function specOf({ builtins }: Compilation, { spec, targets, variables }: ProbeDraft): ProbeSpec {
  if (spec.kind !== "process" || variables.kind !== "syscall") return spec;
  const asks = variables.return && [...targets.values()].some(({ kind }) => kind === "syscall-argument");
  const { row, arch } = variables.call ?? {};
  const known = row && arch ? Object.entries(syscallTexts(row, arch)) : [];
  const texts = known.filter(([text]) => builtins.some(({ name }) => name === `__syscall_${text}`));
  return {
    ...spec,
    ...(asks && { arguments: true }),
    ...(texts.length > 0 && { texts: Object.fromEntries(texts) }),
  };
}
