/**
 * The tree that probe points are matched against: the table of `points.ts`, the aliases of a compilation, system calls.
 *
 * A node stands for a component with the kind of its argument: `timer.s` and `timer.s(N)` are two.
 */
import type { SyscallArch } from "../../../target/syscalls.ts";
import type { AliasItem, PointComponent, ProbePoint } from "../../ast.ts";
import { expandBraces, type PointRow, pointRows } from "./points.ts";
import { growSyscalls } from "./syscall.ts";

export type ArgumentKind = "none" | "number" | "string";

/** What a point that ends at a node stands for. */
export type PointEnd =
  | { readonly kind: "alias"; readonly alias: AliasItem; readonly name: ProbePoint }
  | { readonly kind: "row"; readonly row: PointRow };

export class PointNode {
  readonly name: string;
  readonly argument: ArgumentKind;
  /** Aliases come first: they were there before the table's rows. */
  readonly ends: PointEnd[] = [];
  readonly #children = new Map<string, PointNode>();
  /** Found by their whole name only. */
  readonly #hidden = new Map<string, PointNode>();
  #later: ((node: PointNode) => void) | undefined;

  constructor(name: string, argument: ArgumentKind) {
    this.name = name;
    this.argument = argument;
  }

  /** Sorted by name, then by argument: none, number, string. */
  get children(): readonly PointNode[] {
    this.#grown();
    const rank = (node: PointNode) => argumentKinds.indexOf(node.argument);
    return [...this.#children.values()].sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : rank(a) - rank(b),
    );
  }

  find(name: string, argument: ArgumentKind): PointNode | undefined {
    this.#grown();
    const key = `${name} ${argument}`;
    return this.#children.get(key) ?? this.#hidden.get(key);
  }

  /** `hidden`: wildcards and hints pass it by. */
  grow(name: string, argument: ArgumentKind, hidden = false): PointNode {
    const key = `${name} ${argument}`;
    let node = this.#children.get(key) ?? this.#hidden.get(key);
    if (!node) {
      node = new PointNode(name, argument);
      (hidden ? this.#hidden : this.#children).set(key, node);
    }
    return node;
  }

  /** What is below comes when somebody looks for it. */
  later(grow: (node: PointNode) => void): void {
    this.#later = grow;
  }

  #grown(): void {
    const grow = this.#later;
    this.#later = undefined;
    grow?.(this);
  }
}

const argumentKinds: readonly ArgumentKind[] = ["none", "number", "string"];

export function argumentKind({ argument }: PointComponent): ArgumentKind {
  return argument?.kind ?? "none";
}

/** `name`, `name(number)` or `name(string)`. */
export function nodeText({ name, argument }: PointNode): string {
  return argument === "none" ? name : `${name}(${argument})`;
}

export function makeTree(aliases: readonly AliasItem[], arch: SyscallArch | undefined): PointNode {
  const root = new PointNode("", "none");
  // As the reference has it: the library's before the user's.
  const byAge = [...aliases].sort((a, b) => age(a) - age(b));
  for (const alias of byAge) {
    for (const name of alias.names) {
      let node = root;
      for (const component of name.components) node = node.grow(component.name, "none");
      node.ends.push({ kind: "alias", alias, name });
    }
  }
  for (const { text, row } of tablePoints()) {
    let node = root;
    for (const [, name = "", argument] of text.matchAll(/(\w+)(?:\((\w)\))?/g)) {
      node = node.grow(name, argument === "S" ? "string" : argument === "N" ? "number" : "none");
    }
    node.ends.push({ kind: "row", row });
  }
  growSyscalls(root, arch);
  return root;
}

function age({ loc }: AliasItem): number {
  return loc.source.role === "tapset" ? 0 : 1;
}

let expanded: readonly { readonly text: string; readonly row: PointRow }[] | undefined;

/** Every point of the table. */
export function tablePoints(): readonly { readonly text: string; readonly row: PointRow }[] {
  expanded ??= pointRows.flatMap((row) => expandBraces(row.points).map((text) => ({ text, row })));
  return expanded;
}
