/** Globs on whole texts: `*` is any letters, `?` one, `[ab]`, `[a-z]` and `[!ab]` one of some. */

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A glob of `*`, `?` and `[ ]` as a test on whole strings; linear in the text for each star. */
export function globTest(glob: string): (text: string) => boolean {
  if (!isGlob(glob)) return (text) => text === glob;
  const source = glob.replace(/\*+|\?|\[(!?)((?:\\.|[^\]\\])+)\]|[^*?]/g, (part, not: string, set: string) => {
    if (part.startsWith("*")) return ".*";
    if (part === "?") return ".";
    if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\[\]^]/g, "\\$&")}]`;
    return part.replace(/[\\^$.|+(){}[\]/]/g, "\\$&");
  });
  try {
    const expression = new RegExp(`^${source}$`, "s");
    return (text) => expression.test(text);
  } catch {
    return () => false; // a range such as [z-a], which matches nothing
  }
}
