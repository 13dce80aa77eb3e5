/** Which of many names are near a mistyped one: what failures offer as alternatives. */

/** At most `count` of `names`, the nearest by edit distance first. */
export function near(name: string, names: Iterable<string>, count: number): readonly string[] {
  const wanted = name.slice(0, 64);
  const scored = [...new Set(names)]
    .slice(0, 20_000)
    .map((text) => ({ text, score: distance(wanted, text.slice(0, 64)) }));
  scored.sort((a, b) => a.score - b.score || (a.text < b.text ? -1 : 1));
  return scored.slice(0, count).map((item) => item.text);
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
