/**
 * The catalogue of diagnostics: one row per code, sorted by family.
 *
 * A code is stable: tests, editors and documents refer to it. The text of a diagnostic is written where it is
 * raised, because only that place knows the names in it; the row here says in general what the code means.
 * Families: `parse-…` pass 1, `sem-…` pass 2, `emit-…` pass 3, `target-…` what is traced, `usage-…` command line.
 */
export const catalogue = {
  "parse-lex": "characters that form no token",
  "parse-syntax": "tokens in an order that the grammar does not allow",
  "parse-number": "a number literal that is malformed or does not fit in 64 bits",
  "parse-string": "a string literal that is not closed on its line",
  "parse-unsupported": "syntax of the language that this version does not take yet",
  "parse-macro": "a macro that is defined or invoked wrongly, or that expands without end",
  "parse-conditional": "a preprocessor conditional '%( %)' that is malformed or not closed",
  "parse-warning": "text that is legal and probably not meant",
  "parse-guru": "embedded code in a script that runs without guru mode",
  "parse-empty": "a script without any text",
  "sem-unresolved": "a name that is not defined",
  "sem-redefined": "a name that is defined twice",
  "sem-type": "a value of one type where another is needed",
  "sem-arity": "a call or an index with the wrong number of values",
  "sem-context": "a construct in a place where it has no meaning",
  "sem-probe": "a probe point that cannot be resolved",
  "sem-target-variable": "a $variable that cannot be found or has no location",
  "sem-regex": "a pattern that is no regular expression",
  "sem-format": "a format string and its arguments that do not fit together",
  "sem-unsupported": "a feature of the language that this version does not have yet",
  "sem-no-probes": "a script in which no probe is left",
  "sem-never-assigned": "a variable that is read and nothing ever assigns",
  "sem-dead-assignment": "an assignment to a variable that nothing reads",
  "sem-no-effect": "an expression or a function that does nothing",
  "sem-elided-probe": "a probe that is left out because its handler does nothing",
  "sem-warning": "a construct that is legal and probably not meant",
  "emit-embedded": "embedded code that is no JavaScript, or says what it may not",
  "emit-contract": "an emitted module that uses something outside the contract (a bug of utap)",
  "target-exec": "a program that cannot be started",
  "target-elf": "a binary that is damaged or of another kind",
  "target-missing": "a target that this version does not have yet",
  "lost-rights": "a traced program runs with fewer rights than it would otherwise",
  usage: "a command line that makes no sense",
} as const;

export type DiagnosticCode = keyof typeof catalogue;
