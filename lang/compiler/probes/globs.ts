/** Globs of probe-point components: `*` stands for any letters, a name without one for itself. */

export function isGlob(name: string): boolean {
  return name.includes("*");
}

/** A test on whole names; at most their length times that of the glob. */
export function globTest(glob: string): (name: string) => boolean {
  if (!isGlob(glob)) return (name) => name === glob;
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.pop() ?? "";
  return (name) => {
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
    let at = head.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - tail.length;
  };
}
