/**
 * Brings a text of -p2 to a form that says only what the script determines.
 *
 * Used wherever our -p2 is compared with the reference's. Left out: names of parameters of functions; locals and
 * functions of its own making (`__…`, `_utrace_…`); embedded C; the end probes, after all others, that print the
 * globals nobody reads (the manifest's `autoPrint` here).
 */
export function normaliseProgram(text: string): string {
  const kept: string[] = [];
  let section = "";
  for (const line of text.replace(/# global embedded code\n%\{[\s\S]*?\n%\}\n/g, "").split("\n")) {
    if (line.startsWith("# ")) section = line;
    if (/^( {2})?(__|_utrace_)/.test(line)) continue;
    const signature = section === "# functions" && !line.startsWith(" ");
    kept.push(signature ? line.replace(/\w+:(long|string|unknown)(?=[,)])/g, "$1") : line);
  }
  const filled = kept.filter((line, i) => line !== "  # locals" || kept[i + 1]?.startsWith("  "));
  return filled
    .join("\n")
    .trim()
    .replace(/(\nend \/\* <- end \*\/)+$/, "");
}
