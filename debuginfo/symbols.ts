/**
 * The façade of this folder: `openModule` makes a `ModuleSymbols` of the bytes of an ELF file.
 *
 * Called by the composition root behind `SymbolSource`. Pure: nothing is read but the bytes given. Work is done when
 * it is asked for and kept, so opening is cheap and every question after the first is too.
 */
import type { ModulePlace, PlanBase, VariablePlan } from "../abi/plan.ts";
import type {
  Access,
  AccessAnswer,
  AccessRoot,
  CalleeSite,
  Copies,
  EnumeratorValue,
  LabelSite,
  MarkSite,
  ModuleSymbols,
  PltSite,
  PrettyAnswer,
  ProbeSite,
  SymbolFailure,
  TypeRef,
  VariableAccess,
} from "../abi/symbol-source.ts";
import { fail, planAccess, type Start, startAtValue, typeRef } from "./access.ts";
import { Binary } from "./binary.ts";
import { calleesOf } from "./call-sites.ts";
import type { FindFile } from "./debug-file.ts";
import { DW_TAG } from "./dwarf/constants.ts";
import type { Dwarf } from "./dwarf/dwarf.ts";
import type { TlsRule } from "./dwarf/link-expression.ts";
import { readNeeded } from "./dynamic.ts";
import { EM, ET, PT, parseElf } from "./elf.ts";
import { EntryValues } from "./entry-values.ts";
import { type FunctionInfo, Functions } from "./functions.ts";
import { toHex } from "./hex.ts";
import { labelsOf } from "./labels.ts";
import { enumeratorsOf, Names } from "./names.ts";
import { near } from "./near.ts";
import { fitsPattern, globTest, parsePattern } from "./patterns.ts";
import { readPlt } from "./plt.ts";
import { planPretty } from "./pretty.ts";
import { planSdtArguments } from "./sdt-arguments.ts";
import { readSdtNotes } from "./sdt-notes.ts";
import { Sites } from "./sites.ts";
import { findStatements } from "./statements.ts";
import { tlsRule } from "./tls.ts";
import { typeText } from "./type-text.ts";
import { namesInScope, returnType, type ScopeNames, startAt, startOf, type VariableContext } from "./variables.ts";

const archs: { readonly [machine: number]: string } = { [EM.RISCV]: "riscv64", [EM.X86_64]: "x86_64" };

/** `find` gives other files of the same target: separate debug files are looked for with it. */
export function openModule(
  path: string,
  bytes: Uint8Array,
  find: FindFile = () => undefined,
): ModuleSymbols | SymbolFailure {
  const elf = parseElf(bytes);
  if (elf.kind === "failure") return { kind: "failure", message: `${path}: ${elf.message}` };
  const arch = archs[elf.machine];
  if (arch === undefined) return { kind: "failure", message: `${path}: ELF machine ${elf.machine} is not supported` };
  return new Module(new Binary(path, elf, arch, find));
}

interface Opened {
  readonly functions: Functions;
  readonly names: Names;
  readonly sites: Sites;
  readonly entryValues: EntryValues;
}

class Module implements ModuleSymbols {
  readonly kind = "module";
  readonly path: string;
  readonly arch: string;
  declare readonly buildId?: string;
  readonly #binary: Binary;
  #opened: Opened | undefined;

  constructor(binary: Binary) {
    this.path = binary.path;
    this.arch = binary.arch;
    this.#binary = binary;
    const { buildId } = binary.elf;
    if (buildId !== undefined) this.buildId = buildId;
  }

  get #dwarf(): Dwarf {
    return this.#binary.dwarf;
  }

  get #all(): Opened {
    if (!this.#opened) {
      const functions = new Functions(this.#dwarf);
      this.#opened = {
        functions,
        names: new Names(this.#dwarf),
        sites: new Sites(this.#binary, functions),
        entryValues: new EntryValues(this.#dwarf, this.arch, () => this.#binary.cfi),
      };
    }
    return this.#opened;
  }

  get #tls(): TlsRule {
    return tlsRule(this.#binary.elf);
  }

  get #functions(): Functions {
    return this.#all.functions;
  }

  get #names(): Names {
    return this.#all.names;
  }

  get #sites(): Sites {
    return this.#all.sites;
  }

  get relocatable(): boolean {
    return this.#binary.elf.type === ET.DYN;
  }

  get hasDebugInfo(): boolean {
    return this.#dwarf.units.length > 0;
  }

  get needed(): { readonly names: readonly string[]; readonly folders: readonly string[] } {
    return readNeeded(this.#binary.elf);
  }

  functions(
    pattern: string,
    forReturn: boolean,
    copies: Copies = forReturn ? "out-of-line" : "all",
  ): readonly ProbeSite[] | SymbolFailure {
    const wanted = parsePattern(pattern);
    const inlined = copies === "out-of-line" ? [] : this.#functions.matchInlined(wanted);
    const own = copies === "inlined" ? [] : this.#functions.match(wanted);
    const sites = [...own, ...inlined].flatMap((f) => this.#sites.ofFunction(f, forReturn) ?? []);
    if (copies !== "inlined" && wanted.line === undefined) sites.push(...this.#sites.ofSymbols(wanted, own, forReturn));
    if (sites.length > 0) return sites;
    if (copies === "out-of-line" && this.#functions.matchInlined(wanted).length > 0) {
      return fail(`'${pattern}' has only inlined copies in ${this.path}: they have no call and no return`);
    }
    if (copies === "inlined" && this.#functions.match(wanted).length > 0) {
      return fail(`'${pattern}' has no inlined copy in ${this.path}`);
    }
    return this.#noFunction(pattern, wanted.name);
  }

  labels(pattern: string, label: string): readonly LabelSite[] | SymbolFailure {
    const functions = this.#functions.match(parsePattern(pattern));
    if (functions.length === 0) return this.#noFunction(pattern, parsePattern(pattern).name);
    const matches = globTest(label);
    const known: string[] = [];
    const sites = functions.flatMap((f) =>
      labelsOf(f.die).flatMap(({ name, line, address }) => {
        known.push(name);
        const site = matches(name) ? this.#sites.at(f, address) : undefined;
        return site ? [{ ...site, line, label: name }] : [];
      }),
    );
    if (sites.length > 0) return sites;
    return fail(`no label '${label}' in '${pattern}' of ${this.path}${this.#binary.remarks}`, near(label, known, 5));
  }

  callees(pattern: string, callee: string, depth: number): readonly CalleeSite[] | SymbolFailure {
    const wanted = parsePattern(pattern);
    let callers = [...this.#functions.match(wanted), ...this.#functions.matchInlined(wanted)];
    if (callers.length === 0) return this.#noFunction(pattern, wanted.name);
    const sites: CalleeSite[] = [];
    const seen = new Set<number>();
    for (let level = 0; level < depth && callers.length > 0; level++) {
      const next: FunctionInfo[] = [];
      for (const caller of callers) {
        if (seen.has(caller.die.place)) continue;
        seen.add(caller.die.place);
        for (const found of calleesOf(this.#functions, caller)) {
          next.push(found.function);
          const site = fitsPattern(found.function, parsePattern(callee)) && this.#sites.ofCallee(caller, found);
          if (site) sites.push(site);
        }
      }
      callers = next;
    }
    if (sites.length > 0) return sites;
    return fail(`nothing that '${pattern}' calls matches '${callee}' in ${this.path}${this.#binary.remarks}`);
  }

  marks(provider: string, mark: string): readonly MarkSite[] | SymbolFailure {
    const notes = readSdtNotes(this.#binary.elf);
    const [ofProvider, ofMark] = [globTest(provider), globTest(mark)];
    const sites = notes.flatMap((note): MarkSite[] => {
      const place = ofProvider(note.provider) && ofMark(note.name) ? this.#binary.placeOf(note.address) : undefined;
      if (!place) return [];
      const f = this.#functions.findInnermost(BigInt(note.address));
      const site = (f && this.#sites.at(f, BigInt(note.address))) ?? { ...place, function: "", file: "", line: 0 };
      const semaphore = note.semaphore === undefined ? undefined : this.#binary.placeOf(note.semaphore);
      const args = planSdtArguments(note.arguments, this.arch, (name) => this.#binary.symbolAddress(name));
      return [{ ...site, provider: note.provider, mark: note.name, arguments: args, ...(semaphore && { semaphore }) }];
    });
    if (sites.length > 0) return sites;
    const known = notes.filter((note) => ofProvider(note.provider)).map(({ name }) => name);
    return fail(`no mark '${mark}' in ${this.path}`, near(mark, known, 5));
  }

  plt(symbol: string): readonly PltSite[] | SymbolFailure {
    const entries = readPlt(this.#binary.elf);
    const matches = globTest(symbol);
    const sites = entries.flatMap(({ name, address }) => {
      const place = matches(name) ? this.#binary.placeOf(address) : undefined;
      return place ? [{ ...place, function: "", file: "", line: 0, symbol: name }] : [];
    });
    if (sites.length > 0) return sites;
    const known = entries.map(({ name }) => name);
    return fail(`${this.path} calls no '${symbol}' through its linkage table`, near(symbol, known, 5));
  }

  functionAt(address: number, forReturn: boolean): ProbeSite | SymbolFailure {
    const innermost = this.#functions.findInnermost(BigInt(address));
    const isCopy = innermost?.outer !== undefined && innermost.entry === BigInt(address) && !forReturn;
    const f = isCopy ? innermost : this.#functions.findAt(BigInt(address));
    const site = f && this.#sites.ofFunction(f, forReturn);
    return site ?? fail(`no function of ${this.path} has code at 0x${address.toString(16)}${this.#binary.remarks}`);
  }

  statements(pattern: string, nearest: boolean): readonly ProbeSite[] | SymbolFailure {
    const found = findStatements(this.#functions, pattern, nearest);
    if ("kind" in found) return { ...found, message: `${found.message} in ${this.path}${this.#binary.remarks}` };
    return found.flatMap(({ function: f, line, address }) => {
      const site = this.#sites.at(f, address);
      return site ? [{ ...site, line }] : [];
    });
  }

  statementAt(address: number): ProbeSite | SymbolFailure {
    const at = `0x${address.toString(16)}`;
    const f = this.#functions.findAt(BigInt(address));
    if (!f) return fail(`no function of ${this.path} has code at ${at}${this.#binary.remarks}`);
    const lines = [...this.#functions.startsOf(f)].sort(([a], [b]) => (a < b ? -1 : 1));
    const before = lines.filter(([start]) => start <= address).at(-1);
    const site = before && this.#sites.at(this.#functions.findInnermost(BigInt(before[0])) ?? f, BigInt(before[0]));
    if (before?.[0] === address && site) return { ...site, line: before[1] };
    const known = before ? [`0x${before[0].toString(16)}`] : [];
    return { ...fail(`no statement of '${f.name}' begins at ${at}`), alternatives: known };
  }

  variable(site: ProbeSite, access: VariableAccess): VariablePlan | SymbolFailure {
    const answer = this.access({ kind: "variable", site, name: access.name }, access);
    return answer.kind === "failure" ? answer : answer.plan;
  }

  access(root: AccessRoot, access: Access): AccessAnswer | SymbolFailure {
    const start = this.#start(root);
    return "message" in start ? start : planAccess(start, (tag, name) => this.#names.findStruct(tag, name), access);
  }

  pretty(root: AccessRoot, access: Access, deep: boolean): PrettyAnswer | SymbolFailure {
    const start = this.#start(root);
    if ("message" in start) return start;
    return planPretty(start, (tag, name) => this.#names.findStruct(tag, name), access, deep);
  }

  castType(name: string): TypeRef | SymbolFailure {
    const die = this.#names.findType(name);
    if (die) return typeRef(die, true);
    const bare = name.replace(/^\s*(struct|class|union|enum)\s+/, "");
    return fail(`no type '${name}' in ${this.path}${this.#binary.remarks}`, near(bare, this.#names.typeNames, 5));
  }

  enumerator(name: string): string | undefined {
    const value = this.#names.findEnumerator(name)?.value;
    return value === undefined ? undefined : String(BigInt.asIntN(64, value));
  }

  enumerators(type: TypeRef): readonly EnumeratorValue[] | undefined {
    const all = enumeratorsOf(this.#dwarf.findDie(Math.floor(type / 2)));
    return all?.map(({ name, value }) => ({ name, value: String(BigInt.asIntN(64, value)) }));
  }

  variables(site: ProbeSite): ScopeNames {
    const context = this.#context(site);
    return context ? namesInScope(context) : { parameters: [], locals: [] };
  }

  variableType(site: ProbeSite, name: string): string | undefined {
    const context = this.#context(site);
    const start = context && startOf(context, name);
    return start && !("message" in start) ? typeText(start.type) : undefined;
  }

  returnsValue(site: ProbeSite): boolean {
    const context = this.#context(site);
    return context !== undefined && returnType(context.function) !== undefined;
  }

  #start(root: AccessRoot): Start | SymbolFailure {
    switch (root.kind) {
      case "variable": {
        const context = this.#context(root.site);
        return context
          ? startOf(context, root.name)
          : fail(`no debuginfo for '${root.site.function}' in ${this.path}${this.#binary.remarks}`);
      }
      case "global":
        return this.#startOfGlobal(root);
      case "value": {
        const die = this.#dwarf.findDie(Math.floor(root.type / 2));
        return die ? startAtValue(die, root.type % 2 === 1) : fail("a damaged type");
      }
    }
  }

  #startOfGlobal(root: AccessRoot & { kind: "global" }): Start | SymbolFailure {
    const context = root.site && this.#context(root.site);
    const die = this.#names.findVariable(root.name, root.file, context?.function.unit);
    if (!die) {
      const where = root.file === undefined ? this.path : `${root.file} of ${this.path}`;
      const known = this.#names.variableNames;
      return fail(`no variable '${root.name}' in ${where}${this.#binary.remarks}`, near(root.name, known, 5));
    }
    const module = root.site ? undefined : this.#place();
    const baseOf = (expression: Uint8Array): PlanBase => {
      return { kind: "dwarf", expression: toHex(expression), ...(module && { module }) };
    };
    return startAt(die, root.name, { pc: 0n, tls: this.#tls, baseOf });
  }

  /** What tells the load bias of this file in a process that has it mapped. */
  #place(): ModulePlace | undefined {
    const load = this.#binary.elf.programHeaders.find((header) => header.type === PT.LOAD);
    return load && { path: this.path, fileOffset: load.offset, address: load.vaddr };
  }

  #noFunction(pattern: string, name: string): SymbolFailure {
    const indirect = this.#sites.findIndirect(parsePattern(pattern));
    if (indirect !== undefined) {
      const message = `'${indirect}' of ${this.path} is an indirect function: which code it stands for is chosen when the program starts`;
      return fail(message, this.#sites.implementations(indirect));
    }
    const names = [...this.#functions.names(), ...this.#sites.symbolNames];
    return fail(`no function matches '${pattern}' in ${this.path}${this.#binary.remarks}`, near(name, names, 5));
  }

  #context(site: ProbeSite): VariableContext | undefined {
    const die = site.die === undefined ? undefined : this.#dwarf.findDie(site.die);
    const frame = site.inlinedIn === undefined ? die : this.#dwarf.findDie(site.inlinedIn);
    if (!die || frame?.tag !== DW_TAG.subprogram) return undefined;
    return {
      arch: this.arch,
      function: die,
      frame,
      pc: BigInt(site.address),
      cfi: this.#binary.cfi,
      tls: this.#tls,
      entryValues: this.#all.entryValues,
      findGlobal: (name) => this.#names.findExternal(name),
      findEnumerator: (name) => this.#names.findEnumerator(name),
    };
  }
}
