/**
 * Versions and patterns as the preprocessor compares them: the C library's `strverscmp` and `fnmatch`.
 *
 * Used by `conditionals.ts`, and by `compatibility.ts` for the versions of the language.
 */

/** Below 0, 0, or above 0: digits compare as numbers, and a number with leading zeros as a fraction. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (a.charCodeAt(at) === b.charCodeAt(at)) at++;
  let start = at;
  while (start > 0 && isDigit(a, start - 1)) start--;
  const [left, right] = [digitsAt(a, start), digitsAt(b, start)];
  if (left === "" || right === "" || left === right) return (a.charCodeAt(at) || 0) - (b.charCodeAt(at) || 0);
  const [leftZeros, rightZeros] = [leadingZeros(left), leadingZeros(right)];
  if (leftZeros !== rightZeros) return rightZeros - leftZeros;
  if (leftZeros === 0 && left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : 1;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function digitsAt(text: string, start: number): string {
  let end = start;
  while (isDigit(text, end)) end++;
  return text.slice(start, end);
}

/** How many zeros stand before the last digit or the first that is none: `0` has none, `00` and `01` have one. */
function leadingZeros(digits: string): number {
  let count = 0;
  while (count < digits.length - 1 && digits[count] === "0") count++;
  return count;
}

/** `*`, `?` and `[…]` are what make a text a pattern. */
export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/** `fnmatch` without flags. Takes time in proportion to both lengths: a `*` is only ever tried again from the last one. */
export function matchesGlob(pattern: string, text: string): boolean {
  let [p, t, starAt, starText] = [0, 0, -1, 0];
  while (t < text.length) {
    const step = p < pattern.length ? matchOne(pattern, p, text.charAt(t)) : 0;
    if (pattern[p] === "*") {
      starAt = p++;
      starText = t;
    } else if (step > 0) {
      p += step;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++starText;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** The length of the part of the pattern at `p` that takes this character; 0 when it does not. */
function matchOne(pattern: string, p: number, character: string): number {
  const first = pattern.charAt(p);
  if (first === "?") return 1;
  if (first === "\\" && p + 1 < pattern.length) return pattern[p + 1] === character ? 2 : 0;
  const set = first === "[" ? /\[([!^]?)(\]?[^\]]*)\]/y : undefined;
  if (set) set.lastIndex = p;
  const match = set?.exec(pattern);
  if (!match) return first === character ? 1 : 0;
  return inSet(match[2] ?? "", character) !== (match[1] !== "") ? match[0].length : 0;
}

function inSet(set: string, character: string): boolean {
  for (let i = 0; i < set.length; i++) {
    const from = set.charAt(i);
    const to = set[i + 1] === "-" && i + 2 < set.length ? set.charAt((i += 2)) : from;
    if (from <= character && character <= to) return true;
  }
  return false;
}
