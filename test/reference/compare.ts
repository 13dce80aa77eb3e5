/** Two answers to one case: in which aspects they differ. Called by the test and by tools/reference-status.mjs. */
import { normaliseOurs, normaliseReference } from "../parse/normalise.ts";
import type { Answer, Answers, Aspect, Case } from "./cases.ts";

export interface Difference {
  readonly aspect: Aspect;
  /** `-p1` or `-p2`, where the aspect is one of both passes. */
  readonly pass: 1 | 2;
  readonly reference: string;
  readonly ours: string;
}

/** Every aspect in which they differ, those that differ on purpose too; at most one of each pass and aspect. */
export function compare(reference: Answers, ours: Answers): readonly Difference[] {
  const p1 = compareVerdicts(1, reference.p1, ours.p1);
  if (p1 || reference.p1.errors.length > 0) return p1 ? [p1] : [];
  const differences: Difference[] = [];
  const trees = [normaliseReference(reference.p1.text), normaliseOurs(ours.p1.text)].map((tree) =>
    tree.replace(/\n+/g, "\n"),
  ) as [string, string];
  if (trees[0] !== trees[1]) differences.push({ aspect: "tree", pass: 1, reference: trees[0], ours: trees[1] });
  if (!reference.p2 || !ours.p2) return differences;
  const p2 = compareVerdicts(2, reference.p2, ours.p2);
  if (p2 || reference.p2.errors.length > 0) return p2 ? [...differences, p2] : differences;
  if (reference.p2.text !== ours.p2.text) {
    differences.push({ aspect: "p2", pass: 2, reference: reference.p2.text, ours: ours.p2.text });
  }
  const warnings = [reference.warnings, ours.warnings].map((list) => [...list].sort().join("\n"));
  const [theirs = "", own = ""] = warnings;
  if (theirs !== own) differences.push({ aspect: "warnings", pass: 2, reference: theirs, ours: own });
  return differences;
}

/** What differs although the case does not say so, and what the case says differs and does not. */
export function unexpected(item: Case, differences: readonly Difference[]): readonly string[] {
  const verdict = differences.some(({ aspect }) => aspect === "verdict") && item.differs.verdict !== undefined;
  const found = differences.filter(({ aspect }) => item.differs[aspect] === undefined);
  const stale = Object.keys(item.differs).filter((aspect) => !differences.some((each) => each.aspect === aspect));
  return [
    ...found.map(({ aspect, pass }) => `${aspect} of -p${pass}`),
    ...(verdict ? [] : stale.map((aspect) => `${aspect} is said to differ and agrees`)),
  ];
}

function compareVerdicts(pass: 1 | 2, reference: Answer, ours: Answer): Difference | undefined {
  const [theirs, own] = [reference, ours].map(({ errors }) => (errors.length > 0 ? "refused" : "accepted"));
  if (theirs !== own) {
    return { aspect: "verdict", pass, reference: `${theirs} ${reference.errors}`, ours: `${own} ${ours.errors}` };
  }
  if (reference.errors.length === 0) return undefined;
  const [first, second] = [reference.errors[0] ?? "", ours.errors[0] ?? ""];
  // "-": it names no place, at the end of the script for example; of two sites of a conflict either can be first
  const agree = first === "-" || reference.errors.includes(second) || ours.errors.includes(first);
  return agree ? undefined : { aspect: "place", pass, reference: first, ours: second };
}
