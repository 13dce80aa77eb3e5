/**
 * The façade of this folder: `openModule` makes a `ModuleSymbols` of the bytes of an ELF file.
 *
 * Called by the composition root behind `SymbolSource`. Pure: nothing is read but the bytes given. Work is done when
 * it is asked for and kept, so opening is cheap and every question after the first is too.
 */
import type { VariablePlan } from "../abi/plan.ts";
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
import { fail, planAccess, typeRef } from "./access.ts";
import { Binary } from "./binary.ts";
import type { FindFile } from "./debug-file.ts";
import { readNeeded } from "./dynamic.ts";
import { EM, ET, parseElf } from "./elf.ts";
import { findCallees } from "./find-callees.ts";
import { findFunctions } from "./find-functions.ts";
import { findLabels } from "./find-labels.ts";
import { findMarks } from "./find-marks.ts";
import { findPlt } from "./find-plt.ts";
import type { Functions } from "./functions.ts";
import { enumeratorsOf, type Names } from "./names.ts";
import { near } from "./near.ts";
import { planPretty } from "./pretty.ts";
import { contextOf, startOfRoot } from "./roots.ts";
import type { Sites } from "./sites.ts";
import { findStatements } from "./statements.ts";
import { Tables } from "./tables.ts";
import { typeText } from "./type-text.ts";
import { namesInScope, returnType, type ScopeNames, startOf } from "./variables.ts";

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

class Module implements ModuleSymbols {
  readonly kind = "module";
  readonly path: string;
  readonly arch: string;
  declare readonly buildId?: string;
  readonly #binary: Binary;
  readonly #tables: Tables;

  constructor(binary: Binary) {
    this.path = binary.path;
    this.arch = binary.arch;
    this.#binary = binary;
    this.#tables = new Tables(binary);
    const { buildId } = binary.elf;
    if (buildId !== undefined) this.buildId = buildId;
  }

  get #functions(): Functions {
    return this.#tables.functions;
  }

  get #names(): Names {
    return this.#tables.names;
  }

  get #sites(): Sites {
    return this.#tables.sites;
  }

  get relocatable(): boolean {
    return this.#binary.elf.type === ET.DYN;
  }

  get hasDebugInfo(): boolean {
    return this.#binary.dwarf.units.length > 0;
  }

  get needed(): { readonly names: readonly string[]; readonly folders: readonly string[] } {
    return readNeeded(this.#binary.elf);
  }

  functions(
    pattern: string,
    forReturn: boolean,
    copies: Copies = forReturn ? "out-of-line" : "all",
  ): readonly ProbeSite[] | SymbolFailure {
    return findFunctions(this.#tables, pattern, forReturn, copies);
  }

  labels(pattern: string, label: string): readonly LabelSite[] | SymbolFailure {
    return findLabels(this.#tables, pattern, label);
  }

  callees(pattern: string, callee: string, depth: number): readonly CalleeSite[] | SymbolFailure {
    return findCallees(this.#tables, pattern, callee, depth);
  }

  marks(provider: string, mark: string): readonly MarkSite[] | SymbolFailure {
    return findMarks(this.#tables, provider, mark);
  }

  plt(symbol: string): readonly PltSite[] | SymbolFailure {
    return findPlt(this.#tables, symbol);
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
    const start = startOfRoot(this.#tables, root);
    return "message" in start ? start : planAccess(start, (tag, name) => this.#names.findStruct(tag, name), access);
  }

  pretty(root: AccessRoot, access: Access, deep: boolean): PrettyAnswer | SymbolFailure {
    const start = startOfRoot(this.#tables, root);
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
    const all = enumeratorsOf(this.#binary.dwarf.findDie(Math.floor(type / 2)));
    return all?.map(({ name, value }) => ({ name, value: String(BigInt.asIntN(64, value)) }));
  }

  variables(site: ProbeSite): ScopeNames {
    const context = contextOf(this.#tables, site);
    return context ? namesInScope(context) : { parameters: [], locals: [] };
  }

  variableType(site: ProbeSite, name: string): string | undefined {
    const context = contextOf(this.#tables, site);
    const start = context && startOf(context, name);
    return start && !("message" in start) ? typeText(start.type) : undefined;
  }

  returnsValue(site: ProbeSite): boolean {
    const context = contextOf(this.#tables, site);
    return context !== undefined && returnType(context.function) !== undefined;
  }
}
