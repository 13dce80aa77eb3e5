/**
 * The façade of this folder: `openModule` makes a `ModuleSymbols` of the bytes of an ELF file.
 *
 * Called by the composition root behind `SymbolSource`. Pure: nothing is read but the bytes given. Work is done when
 * it is asked for and kept, so opening is cheap and every question after the first is too.
 */
import type { VariablePlan } from "../abi/plan.ts";
import type { ModuleSymbols, ProbeSite, SymbolFailure, VariableAccess } from "../abi/symbol-source.ts";
import { type Cfi, parseCfi } from "./cfi.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { type Dwarf, openDwarf } from "./dwarf/dwarf.ts";
import { type ElfFile, EM, ET, parseElf, STT } from "./elf.ts";
import { type FunctionInfo, Functions, globTest, parsePattern } from "./functions.ts";
import { near } from "./near.ts";
import { hasName, namesInScope, planVariable, returnType, type ScopeNames, type VariableContext } from "./variables.ts";

const archs: { readonly [machine: number]: string } = { [EM.RISCV]: "riscv64", [EM.X86_64]: "x86_64" };

export function openModule(path: string, bytes: Uint8Array): ModuleSymbols | SymbolFailure {
  const elf = parseElf(bytes);
  if (elf.kind === "failure") return { kind: "failure", message: `${path}: ${elf.message}` };
  const arch = archs[elf.machine];
  if (arch === undefined) return { kind: "failure", message: `${path}: ELF machine ${elf.machine} is not supported` };
  return new Module(path, elf, arch);
}

class Module implements ModuleSymbols {
  readonly kind = "module";
  readonly path: string;
  readonly arch: string;
  declare readonly buildId?: string;
  readonly #elf: ElfFile;
  /** Why debug sections that exist could not be read. */
  readonly #damage: string[] = [];
  readonly #dwarf: Dwarf;
  readonly #functions: Functions;
  #cfi: readonly Cfi[] | undefined;

  constructor(path: string, elf: ElfFile, arch: string) {
    this.path = path;
    this.arch = arch;
    this.#elf = elf;
    if (elf.buildId !== undefined) this.buildId = elf.buildId;
    this.#dwarf = openDwarf((name) => this.#section(name));
    this.#functions = new Functions(this.#dwarf);
  }

  get relocatable(): boolean {
    return this.#elf.type === ET.DYN;
  }

  get hasDebugInfo(): boolean {
    return this.#dwarf.units.length > 0;
  }

  functions(pattern: string, forReturn: boolean): readonly ProbeSite[] | SymbolFailure {
    const wanted = parsePattern(pattern);
    const sites: ProbeSite[] = [];
    for (const f of this.#functions.match(wanted)) {
      const site = this.#site(f, forReturn ? f.entry : this.#functions.bodyAddress(f));
      if (site) sites.push(site);
    }
    if (sites.length > 0) return sites;
    const bySymbol = wanted.file === undefined ? this.#symbolSites(globTest(wanted.name)) : [];
    return bySymbol.length > 0 ? bySymbol : this.#noFunction(pattern, wanted.name);
  }

  variable(site: ProbeSite, access: VariableAccess): VariablePlan | SymbolFailure {
    const context = this.#context(site);
    if (context) return planVariable(context, access);
    return { kind: "failure", message: `no debuginfo for '${site.function}' in ${this.path}${this.#damageText()}` };
  }

  variables(site: ProbeSite): ScopeNames {
    const context = this.#context(site);
    return context ? namesInScope(context) : { parameters: [], locals: [] };
  }

  returnsValue(site: ProbeSite): boolean {
    const context = this.#context(site);
    return context !== undefined && returnType(context.function) !== undefined;
  }

  #section(name: string): Uint8Array {
    const section = this.#elf.findSection(name);
    const bytes = section ? this.#elf.sectionBytes(section) : new Uint8Array(0);
    if (bytes instanceof Uint8Array) return bytes;
    this.#damage.push(bytes.message);
    return new Uint8Array(0);
  }

  #damageText(): string {
    const damage = [...this.#elf.damage, ...this.#damage, ...this.#dwarf.damage];
    return damage.length > 0 ? ` (${damage.slice(0, 3).join("; ")})` : "";
  }

  #site(f: FunctionInfo, address: bigint): ProbeSite | undefined {
    const fileOffset = this.#elf.findFileOffset(Number(address));
    if (fileOffset === undefined) return undefined;
    const { name, file, line, die } = f;
    return { function: name, file, line, address: Number(address), fileOffset, die: die.offset };
  }

  #symbolSites(name: (text: string) => boolean): readonly ProbeSite[] {
    const sites = new Map<number, ProbeSite>();
    for (const symbol of this.#elf.symbols) {
      if (symbol.type !== STT.FUNC || symbol.section === 0 || !name(symbol.name)) continue;
      const fileOffset = this.#elf.findFileOffset(symbol.value);
      if (fileOffset === undefined || sites.has(symbol.value)) continue;
      sites.set(symbol.value, { function: symbol.name, file: "", line: 0, address: symbol.value, fileOffset });
    }
    return [...sites.values()];
  }

  #noFunction(pattern: string, name: string): SymbolFailure {
    const names = this.#functions.all.map((f) => f.name);
    for (const symbol of this.#elf.symbols) if (symbol.type === STT.FUNC) names.push(symbol.name);
    const message = `no function matches '${pattern}' in ${this.path}${this.#damageText()}`;
    return { kind: "failure", message, alternatives: near(name, names, 5) };
  }

  #context(site: ProbeSite): VariableContext | undefined {
    const die = site.die === undefined ? undefined : this.#dwarf.findDie(site.die);
    if (die?.tag !== DW_TAG.subprogram) return undefined;
    this.#cfi ??= this.#readCfi();
    return {
      arch: this.arch,
      function: die,
      pc: BigInt(site.address),
      cfi: this.#cfi,
      findStruct: (tag, name) =>
        this.#findTopLevel((d) => d.tag === tag && !d.flag(DW_AT.declaration) && hasName(d, name)),
      findGlobal: (name) => this.#findGlobal(name),
    };
  }

  #readCfi(): readonly Cfi[] {
    const tables: Cfi[] = [];
    for (const name of [".eh_frame", ".debug_frame"] as const) {
      const section = this.#elf.findSection(name);
      if (section) tables.push(parseCfi(this.#section(name), name, section.address));
    }
    return tables;
  }

  #findGlobal(name: string): Die | undefined {
    return this.#findTopLevel(
      (d) =>
        d.tag === DW_TAG.variable &&
        (d.has(DW_AT.location) || d.has(DW_AT.const_value)) &&
        isExternal(d) &&
        hasName(d, name),
    );
  }

  #findTopLevel(test: (die: Die) => boolean): Die | undefined {
    for (const unit of this.#dwarf.units) {
      const found = unit.root && unit.children(unit.root).find(test);
      if (found) return found;
    }
    return undefined;
  }
}

function isExternal(die: Die): boolean {
  return die.flag(DW_AT.external) || die.follow(DW_AT.specification)?.flag(DW_AT.external) === true;
}
