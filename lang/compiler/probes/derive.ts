/**
 * From the points that a script writes to the places where probes sit.
 *
 * Called by the resolve-probes pass for each probe. Points are matched against the tree; wildcards stand for all that
 * match, an alias for its points with its body around the user's. As in the reference
 *
 *  1. what follows the name of an alias is looked for below that name, and only if nothing begins so, appended to the
 *     alias' points;
 *  2. of the points that a wildcard gives, those that come to nothing are left out, if one comes to something;
 *  3. `?` and `!` let a point come to nothing, and all that an alias or a wildcard makes of it; `!` ends the list of
 *     points it stands in once it came to something.
 */
import { limits } from "../../../base/limits.ts";
import type { SyscallArch } from "../../../target/syscalls.ts";
import type { AliasItem, Block, PointComponent, ProbeItem, ProbePoint } from "../../ast.ts";
import { compareVersions } from "../../parser/versions.ts";
import { printPoint } from "../../print.ts";
import { similarText } from "../../similar.ts";
import type { Compilation } from "../compilation.ts";
import { aliasBody, aliasPoints, aliasText, isEndless } from "./alias.ts";
import { resolveRow } from "./families.ts";
import { componentText, isFailure, type PointFailure, pointFailure, type ResolvedSite } from "./family.ts";
import { globTest, isGlob } from "./globs.ts";
import { syscallArch } from "./syscall.ts";
import { argumentKind, makeTree, nodeText, type PointEnd, type PointNode } from "./tree.ts";

/** A place, and how the script came to it. */
export interface Derived {
  readonly item: ProbeItem;
  readonly written: ProbePoint;
  /** The point without aliases and wildcards. */
  readonly point: ProbePoint;
  readonly site: ResolvedSite;
  /** From the innermost alias outwards; empty when there is none. */
  readonly aliases: readonly AliasItem[];
  /** The outermost alias that was named without a wildcard behind it, with what follows its name. */
  readonly aliasName?: string;
  /** The chain that -p2 prints. */
  readonly origin: string;
  readonly body: Block;
}

/** The probe that a list of points belongs to: the user's, or what an alias made of it. */
interface Use {
  readonly item: ProbeItem;
  readonly written: ProbePoint;
  readonly aliases: readonly AliasItem[];
  readonly aliasName?: string;
  readonly origin: string;
  readonly body: Block;
}

export class Deriver {
  readonly #c: Compilation;
  readonly #tree: PointNode;
  readonly #arch: SyscallArch | undefined;
  readonly #texts = new Map<AliasItem, string>();
  #found: Derived[] = [];
  #steps = 0;
  #errors = 0;
  /** A limit was reached: nothing more is looked at. */
  #exhausted = false;

  constructor(c: Compilation) {
    this.#c = c;
    this.#arch = syscallArch(c.options.environment);
    this.#tree = makeTree(c.aliases, this.#arch);
  }

  derive(item: ProbeItem): readonly Derived[] {
    this.#found = [];
    const origin = item.points.map(printPoint).join(",");
    this.#list(
      item.points,
      (written) => ({ item, written, aliases: [], origin, body: item.body }),
      this.#c.options.listing,
      "report",
    );
    return this.#found;
  }

  /** The points of one list; `optional`: they may all come to nothing. Reports what fails, or ends with it. */
  #list(
    points: readonly ProbePoint[],
    useOf: (point: ProbePoint) => Use,
    optional: boolean,
    onFailure: "report" | "end",
  ): PointFailure | undefined {
    for (const point of points) {
      const mayFail = optional || point.optional || point.sufficient;
      const [found, errors] = [this.#found.length, this.#errors];
      const failure = this.#find(this.#tree, point, 0, useOf(point), mayFail);
      if (this.#isOverLimit(point)) return undefined;
      const nothing = this.#found.length === found;
      if (!mayFail && this.#errors === errors && (failure || nothing)) {
        const what = failure ?? pointFailure(`nothing matches '${printPoint(point)}'`, point);
        if (onFailure === "end") return what;
        this.#report(what);
      }
      if (point.sufficient && !nothing) return undefined;
    }
    return undefined;
  }

  #report({ code, message, loc }: PointFailure): void {
    this.#errors++;
    this.#c.diagnostics.error(code, message, loc);
  }

  #isOverLimit(point: ProbePoint): boolean {
    if (this.#exhausted) return true;
    this.#exhausted = this.#found.length > limits.maxProbePoints || this.#steps > limits.maxPointSteps;
    if (!this.#exhausted) return false;
    this.#found = [];
    this.#report(pointFailure(`more than ${limits.maxProbePoints} probe points, or too many to look at`, point));
    return true;
  }

  /** Matches the components of a point from `at` on against what is below a node. */
  #find(node: PointNode, point: ProbePoint, at: number, use: Use, optional: boolean): PointFailure | undefined {
    if (this.#exhausted || ++this.#steps > limits.maxPointSteps) return undefined;
    const component = point.components[at];
    if (!component) return this.#finish(node, point, use, optional);
    if (isGlob(component.name)) return this.#wildcard(node, point, component, at, use, optional);
    const child = node.find(component.name, argumentKind(component));
    if (child) return this.#find(child, point, at + 1, use, optional);
    const aliases = aliasesAt(node);
    return aliases.length > 0 ? this.#expand(aliases, point, at, use, optional) : mismatch(node, component);
  }

  #wildcard(
    node: PointNode,
    point: ProbePoint,
    component: PointComponent,
    at: number,
    use: Use,
    optional: boolean,
  ): PointFailure | undefined {
    const before = this.#found.length;
    const instead = (...parts: readonly PointComponent[]): ProbePoint => ({
      ...point,
      components: [...point.components.slice(0, at), ...parts, ...point.components.slice(at + 1)],
    });
    const double = component.name.indexOf("**");
    if (double >= 0) {
      // `a**b` is `a*b`, and `a*.**b`
      const [head, tail] = [component.name.slice(0, double), component.name.slice(double + 2)];
      this.#find(node, instead({ ...component, name: `${head}*${tail}` }), at, use, optional);
      const first = { name: `${head}*`, loc: component.loc };
      this.#find(node, instead(first, { ...component, name: `**${tail}` }), at, use, optional);
    } else {
      const [matches, argument] = [globTest(component.name), argumentKind(component)];
      for (const child of node.children) {
        if (child.argument !== argument || !matches(child.name)) continue;
        this.#find(child, instead({ ...component, name: child.name }), at + 1, use, optional);
      }
      const aliases = this.#found.length === before ? aliasesAt(node) : [];
      const failure = this.#expand(aliases, point, at, use, optional);
      if (failure) return failure;
    }
    if (this.#found.length > before || point.optional || point.sufficient) return undefined;
    return noMatches(node, component);
  }

  /** All components of the point are matched. */
  #finish(node: PointNode, point: ProbePoint, use: Use, optional: boolean): PointFailure | undefined {
    if (node.ends.length === 0) return truncated(node, point);
    const failure = this.#expand(aliasesAt(node), point, point.components.length, use, optional);
    if (failure) return failure;
    const { symbols, environment } = this.#c.options;
    for (const end of node.ends) {
      if (end.kind !== "row") continue;
      const resolution = resolveRow(end.row, point, symbols, this.#arch, environment.kernelProbes === true);
      if (isFailure(resolution)) return resolution;
      for (const site of resolution) this.#found.push({ ...use, point, site });
    }
    return undefined;
  }

  #textOf(alias: AliasItem): string {
    const text = this.#texts.get(alias) ?? aliasText(alias);
    this.#texts.set(alias, text);
    return text;
  }

  /** The aliases that the first `at` components of the point name; the others are appended to their points. */
  #expand(
    aliases: readonly AliasEnd[],
    point: ProbePoint,
    at: number,
    use: Use,
    optional: boolean,
  ): PointFailure | undefined {
    const rest = point.components.slice(at);
    const [first] = rest;
    if (first && aliases.length > 0 && compareVersions(this.#c.options.compatible, "2.0") < 0) {
      return pointFailure("before version 2.0 of the language nothing could follow the name of an alias", first);
    }
    for (const { alias, name } of aliases) {
      if (isEndless(use.aliases)) return pointFailure(`alias '${printPoint(name)}' stands for itself`, point);
      const named = printPoint({ ...name, components: [...name.components, ...rest] });
      const aliasName = use.aliasName ?? (rest.some((part) => isGlob(part.name)) ? undefined : named);
      const made: Use = {
        ...use,
        aliases: [...use.aliases, alias],
        ...(aliasName !== undefined && { aliasName }),
        origin: `${this.#textOf(alias)} <- ${use.origin}`,
        body: aliasBody(alias, use.body),
      };
      // An alias that cannot be continued so is no mistake where a wildcard tries it.
      const onFailure = rest.length > 0 ? "end" : "report";
      const failure = this.#list(aliasPoints(alias, rest, point), () => made, optional, onFailure);
      if (failure) return failure;
    }
    return undefined;
  }
}

type AliasEnd = PointEnd & { readonly kind: "alias" };

function aliasesAt(node: PointNode): readonly AliasEnd[] {
  return node.ends.filter((end) => end.kind === "alias");
}

// ---- what can be wrong with a point ----

function mismatch(node: PointNode, component: PointComponent): PointFailure {
  const text = componentText(component);
  return lazyFailure(component, () => {
    const { children } = node;
    if (children.length === 0) return `nothing can follow here, and '${text}' does`;
    const forms = children.filter((child) => child.name === component.name);
    if (forms.length > 0) return `'${text}' does not fit here; write ${forms.map(nodeText).join(" or ")}`;
    return `no probe point component '${text}' here${similarText(component.name, namesBelow(node))}`;
  });
}

function noMatches(node: PointNode, component: PointComponent): PointFailure {
  return lazyFailure(component, () => {
    const similar = similarText(component.name.replaceAll("*", ""), namesBelow(node));
    return `no probe point matches '${componentText(component)}' here${similar}`;
  });
}

/** Most failures are never told, and similar names take time to find. */
function lazyFailure({ loc }: PointComponent, text: () => string): PointFailure {
  return {
    kind: "point-failure",
    code: "sem-probe",
    loc,
    get message() {
      return text();
    },
  };
}

/** Of what can follow. */
const MOST_TOLD = 20;

function truncated(node: PointNode, point: ProbePoint): PointFailure {
  const last = point.components.at(-1);
  const all = node.children.map(nodeText);
  const more = all.length - MOST_TOLD;
  const rest = `and ${more} more; utap -l '${point.components.map(componentText).join(".")}.*' lists them`;
  const follow = more > 1 ? `${all.slice(0, MOST_TOLD).join(", ")}, ${rest}` : all.join(", ");
  return pointFailure(`a probe point does not end with '${node.name}'; what can follow: ${follow}`, last ?? point);
}

function namesBelow(node: PointNode): readonly string[] {
  return node.children.map((child) => child.name);
}
