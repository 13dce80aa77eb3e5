/**
 * The abstract syntax tree of a script: one closed union of readonly records.
 *
 * Made by `lang/parser`, printed by `lang/print.ts`, read by every pass; nobody changes a node after it is made.
 * `kind` tells the node; `loc` is the token that the reference translator would point at: the operator of a
 * binary expression, the name of a call, the keyword of a statement. The whole language is here, also what a
 * later pass refuses with a diagnostic, so that the grammar never has to be reshaped.
 */
import type { Long } from "../base/int64.ts";
import type { Loc, Source } from "../base/source.ts";

// ---- files and top-level items ----

export interface ScriptFile {
  readonly kind: "file";
  readonly source: Source;
  readonly items: readonly Item[];
}

export type Item = ProbeItem | AliasItem | GlobalItem | FunctionItem | EmbeddedItem;

export interface ProbeItem {
  readonly kind: "probe";
  readonly points: readonly ProbePoint[];
  readonly body: Block;
  readonly loc: Loc;
}

/** `probe NAME = POINTS BODY`, `probe NAME += POINTS BODY`, `probe NAME = POINTS BODY, EPILOGUE`. */
export interface AliasItem {
  readonly kind: "alias";
  readonly names: readonly ProbePoint[];
  readonly points: readonly ProbePoint[];
  readonly body: Block;
  /** `=` puts the body before the user's body (prologue alias), `+=` after it (epilogue alias). */
  readonly style: "prologue" | "epilogue";
  /** Only after a prologue: the `, { }` part. */
  readonly epilogue?: Block;
  readonly loc: Loc;
}

export interface GlobalItem {
  readonly kind: "global";
  readonly name: string;
  readonly private: boolean;
  readonly init?: NumberLiteral | StringLiteral;
  /** `arr[N]` */
  readonly size?: number;
  /** `arr%`: overwrite the oldest element when full. */
  readonly wrap: boolean;
  readonly loc: Loc;
}

export type ScalarTypeName = "long" | "string";

export interface Parameter {
  readonly name: string;
  readonly type?: ScalarTypeName;
  readonly loc: Loc;
}

export interface FunctionItem {
  readonly kind: "function";
  readonly name: string;
  readonly private: boolean;
  readonly parameters: readonly Parameter[];
  readonly returns?: ScalarTypeName;
  readonly priority?: number;
  readonly body: Block | EmbeddedCode;
  readonly loc: Loc;
}

export interface EmbeddedItem {
  readonly kind: "embedded-item";
  readonly code: EmbeddedCode;
  readonly loc: Loc;
}

/** `%{ … %}`; `text` is what stands between the markers. */
export interface EmbeddedCode {
  readonly kind: "embedded";
  readonly text: string;
  readonly loc: Loc;
}

// ---- probe points ----

export interface ProbePoint {
  readonly kind: "point";
  readonly components: readonly PointComponent[];
  /** `?` */
  readonly optional: boolean;
  /** `!` */
  readonly sufficient: boolean;
  readonly condition?: Expression;
  readonly loc: Loc;
}

export interface PointComponent {
  readonly name: string;
  readonly argument?: StringLiteral | NumberLiteral;
  readonly loc: Loc;
}

// ---- statements ----

export type Statement =
  | Block
  | ExpressionStatement
  | NullStatement
  | IfStatement
  | WhileStatement
  | ForStatement
  | ForeachStatement
  | BreakStatement
  | ContinueStatement
  | ReturnStatement
  | NextStatement
  | DeleteStatement
  | TryStatement;

export interface Block {
  readonly kind: "block";
  readonly statements: readonly Statement[];
  readonly loc: Loc;
}

export interface ExpressionStatement {
  readonly kind: "expression-statement";
  readonly expression: Expression;
  readonly loc: Loc;
}

export interface NullStatement {
  readonly kind: "null-statement";
  readonly loc: Loc;
}

export interface IfStatement {
  readonly kind: "if";
  readonly condition: Expression;
  readonly then: Statement;
  readonly otherwise?: Statement;
  readonly loc: Loc;
}

export interface WhileStatement {
  readonly kind: "while";
  readonly condition: Expression;
  readonly body: Statement;
  readonly loc: Loc;
}

export interface ForStatement {
  readonly kind: "for";
  readonly init?: Expression;
  readonly condition?: Expression;
  readonly step?: Expression;
  readonly body: Statement;
  readonly loc: Loc;
}

export type StatOperator = "@count" | "@sum" | "@min" | "@max" | "@avg" | "@variance";

export interface ForeachSort {
  /** 1 for `+` (ascending), -1 for `-` (descending). */
  readonly direction: 1 | -1;
  /** The position of the key (from 0), or the value: `v- = k in a` and `k in a-` both sort by value. */
  readonly by: number | "value";
  /** `A @sum-` on an array of statistics; the reference's default is `@count`. */
  readonly operator?: StatOperator;
}

/** `foreach (value = [keys] in array[slice] sort limit N) body`. */
export interface ForeachStatement {
  readonly kind: "foreach";
  readonly keys: readonly Name[];
  readonly value?: Name;
  /** An array, or a histogram whose buckets are walked. */
  readonly array: Name | HistogramOperation;
  readonly slice?: readonly (Expression | Wildcard)[];
  readonly sort?: ForeachSort;
  /** Where the sort mark stood, so that printing gives back what was written: 0 none, 1 at the array, 2 at a name. */
  readonly sortAt: "none" | "array" | "name";
  readonly limit?: Expression;
  readonly body: Statement;
  readonly loc: Loc;
}

export interface BreakStatement {
  readonly kind: "break";
  readonly loc: Loc;
}

export interface ContinueStatement {
  readonly kind: "continue";
  readonly loc: Loc;
}

export interface ReturnStatement {
  readonly kind: "return";
  readonly value?: Expression;
  readonly loc: Loc;
}

export interface NextStatement {
  readonly kind: "next";
  readonly loc: Loc;
}

/** `delete a`, `delete a[k]`, `delete a[*, 3]`, `delete scalar`. */
export interface DeleteStatement {
  readonly kind: "delete";
  readonly target: Expression;
  readonly loc: Loc;
}

export interface TryStatement {
  readonly kind: "try";
  readonly body: Block;
  /** The variable that gets the message. */
  readonly variable?: Name;
  readonly handler: Block;
  readonly loc: Loc;
}

// ---- expressions ----

export type Expression =
  | NumberLiteral
  | StringLiteral
  | Name
  | Index
  | Call
  | Print
  | Unary
  | Increment
  | Binary
  | RegexMatch
  | Membership
  | Ternary
  | Assignment
  | StatOperation
  | HistogramOperation
  | HistogramBucket
  | TargetVariable
  | AtVar
  | Cast
  | AutoCast
  | AtOperation
  | EmbeddedCode;

export interface NumberLiteral {
  readonly kind: "number";
  readonly value: Long;
  readonly loc: Loc;
}

/** `value` is a byte string with the escapes already replaced. */
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly loc: Loc;
}

export interface Name {
  readonly kind: "name";
  readonly name: string;
  readonly loc: Loc;
}

/** `*` in an index. */
export interface Wildcard {
  readonly kind: "wildcard";
  readonly loc: Loc;
}

/** `array[i, j]`; wildcards are legal only in `delete` and on the left of nothing else. */
export interface Index {
  readonly kind: "index";
  readonly array: Name;
  readonly indexes: readonly (Expression | Wildcard)[];
  readonly loc: Loc;
}

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly loc: Loc;
}

// biome-ignore format: table
export const printNames = [
  "print", "println", "printd", "printdln", "printf", "print_char", "sprint", "sprintln", "sprintd", "sprintdln", "sprintf",
] as const;

export type PrintName = (typeof printNames)[number];

/** The print family. `format` is the format of printf and sprintf, `delimiter` the first argument of the `d` forms. */
export interface Print {
  readonly kind: "print";
  readonly name: PrintName;
  readonly format?: StringLiteral;
  readonly delimiter?: StringLiteral;
  readonly arguments: readonly Expression[];
  readonly loc: Loc;
}

export interface Unary {
  readonly kind: "unary";
  readonly operator: "+" | "-" | "!" | "~";
  readonly operand: Expression;
  readonly loc: Loc;
}

export interface Increment {
  readonly kind: "increment";
  readonly operator: "++" | "--";
  readonly prefix: boolean;
  readonly operand: Expression;
  readonly loc: Loc;
}

export type BinaryOperator =
  | "||"
  | "&&"
  | "|"
  | "^"
  | "&"
  | "<"
  | ">"
  | "<="
  | ">="
  | "=="
  | "!="
  | "<<"
  | ">>"
  | ">>>"
  | "."
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly loc: Loc;
}

export interface RegexMatch {
  readonly kind: "regex";
  readonly operator: "=~" | "!~";
  readonly left: Expression;
  readonly pattern: StringLiteral;
  readonly loc: Loc;
}

/** `k in a`, `[k, *] in a`, `n in @hist_log(s)`. */
export interface Membership {
  readonly kind: "in";
  readonly indexes: readonly (Expression | Wildcard)[];
  readonly array: Name | HistogramOperation;
  readonly loc: Loc;
}

export interface Ternary {
  readonly kind: "ternary";
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
  readonly loc: Loc;
}

export type AssignmentOperator =
  | "="
  | "<<<"
  | "+="
  | "-="
  | "*="
  | "/="
  | "%="
  | "<<="
  | ">>="
  | "&="
  | "^="
  | "|="
  | ".=";

export interface Assignment {
  readonly kind: "assignment";
  readonly operator: AssignmentOperator;
  readonly target: Expression;
  readonly value: Expression;
  readonly loc: Loc;
}

/** `@count(s)`, `@variance(s, 3)`. */
export interface StatOperation {
  readonly kind: "stat";
  readonly operator: StatOperator;
  readonly operand: Expression;
  readonly parameters: readonly NumberLiteral[];
  readonly loc: Loc;
}

/** `@hist_log(s)`, `@hist_linear(s, low, high, width)`; a value only as the sole argument of a print. */
export interface HistogramOperation {
  readonly kind: "histogram";
  readonly operator: "@hist_log" | "@hist_linear";
  readonly operand: Expression;
  readonly parameters: readonly NumberLiteral[];
  readonly loc: Loc;
}

/** `@hist_log(s)[3]` */
export interface HistogramBucket {
  readonly kind: "bucket";
  readonly histogram: HistogramOperation;
  readonly index: Expression;
  readonly loc: Loc;
}

/** What follows a target variable: `->member`, `[index]`, or a final pretty-print `$` or `$$`. */
export type TargetComponent =
  | { readonly kind: "member"; readonly name: string; readonly loc: Loc }
  | { readonly kind: "element"; readonly index: Expression; readonly loc: Loc }
  | { readonly kind: "pretty"; readonly deep: boolean; readonly loc: Loc };

/** `$name…`, `$$vars`; `name` holds its dollars: `$argc`, `$$parms`. */
export interface TargetVariable {
  readonly kind: "target";
  readonly name: string;
  readonly components: readonly TargetComponent[];
  readonly addressOf: boolean;
  readonly loc: Loc;
}

/** `@var("name@file.c", "module")…` */
export interface AtVar {
  readonly kind: "atvar";
  readonly name: StringLiteral;
  readonly module?: StringLiteral;
  readonly components: readonly TargetComponent[];
  readonly addressOf: boolean;
  readonly loc: Loc;
}

/** `@cast(value, "type", "module")…` */
export interface Cast {
  readonly kind: "cast";
  readonly operand: Expression;
  readonly type: StringLiteral;
  readonly module?: StringLiteral;
  readonly components: readonly TargetComponent[];
  readonly addressOf: boolean;
  readonly loc: Loc;
}

/** `value->member`, `value[index]` on an ordinary value. */
export interface AutoCast {
  readonly kind: "autocast";
  readonly operand: Expression;
  readonly components: readonly TargetComponent[];
  readonly addressOf: boolean;
  readonly loc: Loc;
}

/** The remaining `@words`, whose arguments are expressions. */
export interface AtOperation {
  readonly kind: "at";
  readonly operator:
    | "@defined"
    | "@entry"
    | "@perf"
    | "@probewrite"
    | "@const"
    | "@enum"
    | "@enumname"
    | "@kregister"
    | "@uregister"
    | "@kderef"
    | "@uderef";
  readonly arguments: readonly Expression[];
  readonly loc: Loc;
}
