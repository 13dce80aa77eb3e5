/** Globs on whole texts: `*` is any letters, `?` one, `[ab]`, `[a-z]` and `[!ab]` one of some. */

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A test on whole strings; takes at most the length of the text times that of the glob. */
export function globTest(glob: string): (text: string) => boolean {
  if (!isGlob(glob)) return (text) => text === glob;
  const parts = partsOf(glob);
  return (text) => matches(parts, text);
}

type Part = "star" | ((letter: string) => boolean);

function partsOf(glob: string): readonly Part[] {
  return [...glob.matchAll(/\*+|\?|\[(!?)((?:\\.|[^\]\\])+)\]|./gs)].map(([part, not, set]): Part => {
    if (part.startsWith("*")) return "star";
    if (part === "?") return () => true;
    return set === undefined ? (letter) => letter === part : oneOf(set, not === "!");
  });
}

function oneOf(set: string, not: boolean): (letter: string) => boolean {
  try {
    const expression = new RegExp(`[${not ? "^" : ""}${set.replace(/[\\[\]^]/g, "\\$&")}]`);
    return (letter) => expression.test(letter);
  } catch {
    return () => false; // a range such as [z-a], which matches nothing
  }
}

/** Only the last star has to be tried again: what an earlier one could take, the last can too. */
function matches(parts: readonly Part[], text: string): boolean {
  let at = 0;
  let part = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === "star") {
      star = part++;
      resume = at;
    } else if (wanted?.(text[at]!)) {
      at++;
      part++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++resume;
    } else return false;
  }
  while (parts[part] === "star") part++;
  return part === parts.length;
}
