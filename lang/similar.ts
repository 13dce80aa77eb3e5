/**
 * Names that look like a misspelled one, nearest first: the hints of "unresolved" diagnostics.
 *
 * Called by whatever pass could not find a name. The measure is the Levenshtein distance; a name that shares
 * less than half of its letters is not worth showing.
 */

/** At most `count` of `names`, nearest first; ties in alphabetical order. */
export function similarNames(name: string, names: Iterable<string>, count = 5): readonly string[] {
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const candidate of new Set(names)) {
    if (candidate === name) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance * 2 <= Math.max(name.length, candidate.length)) scored.push({ name: candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, count).map((item) => item.name);
}

/** ` (similar: a, b)`, or nothing. */
export function similarText(name: string, names: Iterable<string>): string {
  const found = similarNames(name, names);
  return found.length > 0 ? ` (similar: ${found.join(", ")})` : "";
}

/** Letters beyond this are not compared: names are short, and a hostile one must not cost a quadratic amount. */
const LONGEST = 64;

function editDistance(a: string, b: string): number {
  const left = a.slice(0, LONGEST);
  const right = b.slice(0, LONGEST);
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
