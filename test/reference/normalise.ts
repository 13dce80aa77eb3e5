/**
 * Brings a text of -p2 to a form that says only what the script determines.
 *
 * Used wherever our -p2 is compared with the reference's. Left out: names of parameters of functions; locals and
 * functions of its own making (`__…`, `_utrace_…`); embedded C, also that it makes gettimeofday_us of another
 * function; the end probes, after all others, that print the globals nobody reads (the manifest's `autoPrint` here);
 * what conditions of probes need: names of globals as C has them, and a begin probe at the end.
 */
export function normaliseProgram(text: string): string {
  const conditional = / if \(.*__(global|private)_/.test(text);
  const otherClock = /^gettimeofday_(us|ms|s):/m.test(text);
  const kept: string[] = [];
  let section = "";
  for (const line of text.replace(/# global embedded code\n%\{[\s\S]*?\n%\}\n/g, "").split("\n")) {
    if (line.startsWith("# ")) section = line;
    if (/^%\{ ?#include "procfs-probes\.h" ?%\}$/.test(line)) continue;
    if (/^( {2})?(__|_utrace_)/.test(line) || (otherClock && line.startsWith("gettimeofday_ns:"))) continue;
    const signature = section === "# functions" && !line.startsWith(" ");
    kept.push(signature ? line.replace(/\w+:(long|string|unknown)(?=[,)])/g, "$1") : line);
  }
  const filled = kept
    .filter((line, i) => line !== "  # locals" || kept[i + 1]?.startsWith("  "))
    .filter((line, i, lines) => !line.startsWith("# ") || !/^(# .*)?$/.test(lines[i + 1] ?? ""));
  const whole = filled
    .join("\n")
    .trim()
    .replace(conditional ? /\nbegin \/\* <- begin \*\/$/ : "", "")
    .replace(/(\nend \/\* <- end \*\/)+$/, "");
  return whole.replace(/__global_|__private__input__/g, "").replace(/%\{\s*([\s\S]*?)\s*%\}/g, "%{ $1 %}");
}
