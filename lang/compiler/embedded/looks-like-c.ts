/**
 * Embedded code that was written for SystemTap is C. Whoever brings such a script along is told so, instead of
 * reading about an unexpected token. Asked by `check.ts` when the code is no JavaScript, or names what only C has.
 */

/** Text that no JavaScript has, or only by a rare chance. */
// biome-ignore format: table
const signs: readonly RegExp[] = [
  /^\s*#\s*(include|define|undef|if|ifdef|ifndef|else|endif|pragma)\b/m,
  /\bstruct\s+\w+\s*[*{;]/,
  /\b(unsigned|signed|const)\s+(int|char|long|short|void|struct)\b/,
  /\b(int|char|long|short|void|size_t|u?int(8|16|32|64)_t|[us](8|16|32|64)|bool|float|double)\s+\**\s*[A-Za-z_]\w*\s*[=;,([)]/,
  /\(\s*(struct\s+\w+|unsigned\s+\w+|int|char|long|short|void|u?int(8|16|32|64)_t)\s*\**\s*\)/,
  /[A-Za-z_)\]]\s*->\s*[A-Za-z_]/,
  /\bsizeof\s*\(/,
  /\bTHIS\s*->/,
  /\bgoto\s+\w+\s*;/,
  /\b(strlcpy|strlcat|snprintf|scnprintf|_stp_\w+|kread|uread|kderef|printk|CATCH_DEREF_FAULT|memcpy|get_user)\s*\(/,
];

export function looksLikeC(text: string): boolean {
  return signs.some((sign) => sign.test(text));
}

/** A name that C code for SystemTap uses and JavaScript does not have. */
export function isNameOfC(name: string): boolean {
  return /^(_?_stp_\w+|current|NULL|jiffies|THIS|printk|strl?cpy|strlcat|s[cn]*printf|mem(cpy|set|cmp)|k(read|deref)|uread|CONTEXT|CATCH_DEREF_FAULT|get_user|smp_processor_id)$/.test(
    name,
  );
}
