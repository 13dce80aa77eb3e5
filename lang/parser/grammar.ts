/**
 * The grammar: tokens → concrete syntax tree.
 *
 * Run by `parse.ts`, read by `build*.ts`. Every rule decides by one or two tokens, or by a gate where the language
 * is not that simple. Binary operators are one flat rule; their precedence is a table in `build-expressions.ts`.
 * Nesting is counted in `expression` and `statement`, so no input can overflow the stack: see `TooDeep`.
 */
import { type CstNode, CstParser, type IToken, type TokenType, tokenMatcher } from "chevrotain";
import { limits } from "../../base/limits.ts";
import { type Dialect, dialectOf } from "./compatibility.ts";
import { LazyLookahead } from "./lazy-lookahead.ts";
import { adjoins, locOf } from "./lexer.ts";
import { messages } from "./messages.ts";
import * as T from "./tokens.ts";

/** Stops the parser: expressions or statements nested deeper than `limits.maxSyntaxDepth`. */
export class TooDeep extends Error {
  readonly token: IToken;

  constructor(token: IToken) {
    super("nested too deep");
    this.token = token;
  }
}

/** What may follow in a flat run of binary operators; see `binary`. */
type Run = "free" | "compared" | "matched" | "member";

const tighterThanIn = new Set(["<", ">", "<=", ">=", "==", "!=", "<<", ">>", ">>>", ".", "+", "-", "*", "/", "%"]);
const comparisons = new Set(["<", ">", "<=", ">=", "==", "!="]);

export class Grammar extends CstParser {
  /** The items that were read completely, in order. */
  items: CstNode[] = [];
  /** Braces of bodies that are open at this point: where reading goes on after an error. */
  openBlocks = 0;
  dialect: Dialect = dialectOf();
  #depth = 0;

  constructor() {
    super(T.vocabulary, {
      recoveryEnabled: false,
      lookaheadStrategy: new LazyLookahead({ maxLookahead: 2 }),
      maxLookahead: 2,
      skipValidations: true,
      errorMessageProvider: messages,
    });
    this.performSelfAnalysis();
  }

  /** Sets the tokens to read; items read before are forgotten. */
  start(tokens: IToken[], openBlocks: number): void {
    this.input = tokens;
    this.items = [];
    this.openBlocks = openBlocks;
    this.#depth = 0;
  }

  #enter(): void {
    this.ACTION(() => {
      if (++this.#depth > limits.maxSyntaxDepth) throw new TooDeep(this.LA(1));
    });
  }

  #leave(): void {
    this.ACTION(() => this.#depth--);
  }

  #at(type: TokenType, distance = 1): boolean {
    return tokenMatcher(this.LA(distance), type);
  }

  /** Neighbouring string literals are one; long ago, only without a comment between them. */
  #joins(first: IToken, second: IToken): boolean {
    if (this.dialect.stringsAcrossComments) return true;
    const [a, b] = [locOf(first), locOf(second)];
    return a.source !== b?.source || a.source.text.slice(a.end, b.start).trim() === "";
  }

  // ---- items ----

  readonly script = this.RULE("script", () => {
    this.MANY(() => {
      const item = this.SUBRULE(this.item);
      this.ACTION(() => this.items.push(item));
    });
  });

  readonly item = this.RULE("item", () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.probe) },
        { ALT: () => this.CONSUME(T.Embedded) },
        {
          ALT: () => {
            this.OPTION(() => this.CONSUME(T.Private));
            this.OR2({
              DEF: [
                { ALT: () => this.SUBRULE(this.function) },
                { ALT: () => this.SUBRULE(this.globals) },
                { ALT: () => this.SUBRULE(this.bareGlobals) },
              ],
              ERR_MSG: "'function', 'global' or an identifier",
            });
          },
        },
      ],
      ERR_MSG: "'function', 'probe', 'private', 'global' or '%{'",
    });
  });

  readonly globals = this.RULE("globals", () => {
    this.CONSUME(T.Global);
    this.SUBRULE(this.bareGlobals);
  });

  readonly bareGlobals = this.RULE("bareGlobals", () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.globalName) });
    this.OPTION(() => this.CONSUME(T.Semicolon));
  });

  readonly globalName = this.RULE("globalName", () => {
    this.SUBRULE(this.name);
    this.OPTION(() => this.CONSUME(T.Percent));
    this.OPTION2(() => {
      this.CONSUME(T.LeftBracket);
      this.SUBRULE(this.signedNumber);
      this.CONSUME(T.RightBracket);
    });
    this.OPTION3(() => {
      this.CONSUME(T.Assign);
      this.SUBRULE(this.literal);
    });
  });

  readonly function = this.RULE("function", () => {
    this.CONSUME(T.FunctionWord);
    this.OR({
      DEF: [{ ALT: () => this.SUBRULE(this.name) }, { ALT: () => this.CONSUME(T.TypeName) }],
      ERR_MSG: "an identifier",
    });
    this.OPTION(() => this.SUBRULE(this.typeMark));
    this.CONSUME(T.LeftParen);
    this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(T.RightParen);
    this.OPTION2(() => {
      this.CONSUME(T.Colon);
      this.SUBRULE(this.signedNumber);
    });
    this.OR2({
      DEF: [{ ALT: () => this.SUBRULE(this.block) }, { ALT: () => this.CONSUME(T.Embedded) }],
      ERR_MSG: "'{' or '%{'",
    });
  });

  readonly typeMark = this.RULE("typeMark", () => {
    this.CONSUME(T.Colon);
    this.CONSUME(T.TypeName);
  });

  readonly parameter = this.RULE("parameter", () => {
    this.SUBRULE(this.name);
    this.OPTION(() => this.SUBRULE(this.typeMark));
  });

  // ---- probes ----

  readonly probe = this.RULE("probe", () => {
    this.CONSUME(T.Probe);
    this.SUBRULE(this.points);
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(T.Assign) }, { ALT: () => this.CONSUME(T.AddAssign) }]);
      this.SUBRULE2(this.points);
    });
    this.SUBRULE(this.block);
    this.OPTION(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE2(this.block);
    });
  });

  readonly points = this.RULE("points", () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.point) });
  });

  readonly point = this.RULE("point", () => {
    this.#enter();
    this.AT_LEAST_ONE_SEP({ SEP: T.Dot, DEF: () => this.SUBRULE(this.component) });
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(T.Question) }, { ALT: () => this.CONSUME(T.Not) }]);
    });
    this.OPTION2(() => {
      this.CONSUME(T.If);
      this.SUBRULE(this.parenthesized);
    });
    this.#leave();
  });

  readonly component = this.RULE("component", () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.LeftBrace);
            this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.point) });
            this.CONSUME(T.RightBrace);
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.componentPart);
            // parts of one component touch each other: `sys*read`
            this.MANY({
              GATE: () => adjoins(this.LA(0), this.LA(1)),
              DEF: () => this.SUBRULE2(this.componentPart),
            });
            this.OPTION(() => {
              this.CONSUME(T.LeftParen);
              this.SUBRULE(this.literal);
              this.CONSUME(T.RightParen);
            });
          },
        },
      ],
      ERR_MSG: "an identifier, '*' or '{'",
    });
  });

  readonly componentPart = this.RULE("componentPart", () => {
    this.OR({
      DEF: [{ ALT: () => this.CONSUME(T.Word) }, { ALT: () => this.CONSUME(T.Star) }],
      ERR_MSG: "an identifier or '*'",
    });
  });

  // ---- literals ----

  readonly name = this.RULE("name", () => {
    this.CONSUME(T.NameWord);
  });

  readonly signedNumber = this.RULE("signedNumber", () => {
    this.OPTION(() => this.CONSUME(T.Minus));
    this.CONSUME(T.NumberToken);
  });

  readonly strings = this.RULE("strings", () => {
    this.CONSUME(T.StringToken);
    this.MANY({ GATE: () => this.#joins(this.LA(0), this.LA(1)), DEF: () => this.CONSUME2(T.StringToken) });
  });

  readonly literal = this.RULE("literal", () => {
    this.OR({
      DEF: [{ ALT: () => this.SUBRULE(this.signedNumber) }, { ALT: () => this.SUBRULE(this.strings) }],
      ERR_MSG: "a string or a number, literally",
    });
  });

  // ---- statements ----

  readonly block = this.RULE("block", () => {
    this.CONSUME(T.LeftBrace);
    this.ACTION(() => this.openBlocks++);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(T.RightBrace);
    this.ACTION(() => this.openBlocks--);
  });

  readonly statement = this.RULE("statement", () => {
    this.#enter();
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(T.Semicolon) },
        { ALT: () => this.SUBRULE(this.block) },
        { ALT: () => this.SUBRULE(this.ifStatement) },
        { ALT: () => this.SUBRULE(this.whileStatement) },
        { ALT: () => this.SUBRULE(this.forStatement) },
        { ALT: () => this.SUBRULE(this.foreachStatement) },
        { ALT: () => this.SUBRULE(this.tryStatement) },
        { ALT: () => this.SUBRULE(this.plainStatement) },
      ],
      ERR_MSG: "a statement",
    });
    this.#leave();
  });

  /** Statements that a `;` may end. */
  readonly plainStatement = this.RULE("plainStatement", () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Return);
            this.OPTION({
              GATE: () => !this.#at(T.Semicolon) && !this.#at(T.RightBrace),
              DEF: () => this.SUBRULE(this.expression),
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Delete);
            this.SUBRULE2(this.expression);
          },
        },
        { ALT: () => this.CONSUME(T.Next) },
        { ALT: () => this.CONSUME(T.Break) },
        { ALT: () => this.CONSUME(T.Continue) },
        { ALT: () => this.SUBRULE3(this.expression) },
      ],
      ERR_MSG: "a statement",
    });
    this.OPTION2(() => this.CONSUME(T.Semicolon));
  });

  readonly parenthesized = this.RULE("parenthesized", () => {
    this.CONSUME(T.LeftParen);
    this.SUBRULE(this.expression);
    this.CONSUME(T.RightParen);
  });

  readonly ifStatement = this.RULE("ifStatement", () => {
    this.CONSUME(T.If);
    this.SUBRULE(this.parenthesized);
    this.SUBRULE(this.statement);
    this.OPTION(() => {
      this.CONSUME(T.Else);
      this.SUBRULE2(this.statement);
    });
  });

  readonly whileStatement = this.RULE("whileStatement", () => {
    this.CONSUME(T.While);
    this.SUBRULE(this.parenthesized);
    this.SUBRULE(this.statement);
  });

  readonly forStatement = this.RULE("forStatement", () => {
    this.CONSUME(T.For);
    this.CONSUME(T.LeftParen);
    this.OPTION({ GATE: () => !this.#at(T.Semicolon), DEF: () => this.SUBRULE(this.expression, { LABEL: "init" }) });
    this.CONSUME(T.Semicolon);
    this.OPTION2({
      GATE: () => !this.#at(T.Semicolon),
      DEF: () => this.SUBRULE2(this.expression, { LABEL: "condition" }),
    });
    this.CONSUME2(T.Semicolon);
    this.OPTION3({
      GATE: () => !this.#at(T.RightParen),
      DEF: () => this.SUBRULE3(this.expression, { LABEL: "step" }),
    });
    this.CONSUME(T.RightParen);
    this.SUBRULE(this.statement);
  });

  readonly foreachStatement = this.RULE("foreachStatement", () => {
    this.CONSUME(T.Foreach);
    this.CONSUME(T.LeftParen);
    this.OPTION({
      GATE: () => this.#at(T.Assign, 2) || (this.#at(T.SortMark, 2) && this.#at(T.Assign, 3)),
      DEF: () => {
        this.SUBRULE(this.sortedName, { LABEL: "value" });
        this.CONSUME(T.Assign);
      },
    });
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE2(this.sortedName, { LABEL: "key" }) },
        {
          ALT: () => {
            this.CONSUME(T.LeftBracket);
            this.AT_LEAST_ONE_SEP({
              SEP: T.Comma,
              DEF: () => this.SUBRULE3(this.sortedName, { LABEL: "key" }),
            });
            this.CONSUME(T.RightBracket);
          },
        },
      ],
      ERR_MSG: "an identifier or '['",
    });
    this.CONSUME(T.In);
    this.OR2({
      DEF: [
        {
          ALT: () => {
            this.SUBRULE(this.name, { LABEL: "array" });
            this.OPTION2(() => this.SUBRULE(this.indexList, { LABEL: "slice" }));
          },
        },
        { ALT: () => this.SUBRULE(this.histogram) },
      ],
      ERR_MSG: "an array or a histogram",
    });
    this.OPTION3(() => {
      this.OPTION4(() => {
        this.OR3([{ ALT: () => this.CONSUME(T.StatOp) }, { ALT: () => this.CONSUME(T.AtWord) }]);
      });
      this.CONSUME(T.SortMark);
    });
    this.OPTION5(() => {
      this.CONSUME(T.Limit);
      this.SUBRULE(this.expression);
    });
    this.CONSUME(T.RightParen);
    this.SUBRULE(this.statement);
  });

  readonly sortedName = this.RULE("sortedName", () => {
    this.SUBRULE(this.name);
    this.OPTION(() => this.CONSUME(T.SortMark));
  });

  readonly tryStatement = this.RULE("tryStatement", () => {
    this.CONSUME(T.Try);
    this.SUBRULE(this.block);
    this.CONSUME(T.Catch);
    this.OPTION(() => {
      this.CONSUME(T.LeftParen);
      this.SUBRULE(this.name);
      this.CONSUME(T.RightParen);
    });
    this.SUBRULE2(this.block);
  });

  /** After an error inside a body: the rest of the bodies that were open, then more items. Only for its errors. */
  readonly rest = this.RULE("rest", () => {
    this.MANY({
      GATE: () => this.openBlocks > 0,
      DEF: () => {
        this.OR({
          DEF: [
            {
              ALT: () => {
                this.CONSUME(T.RightBrace);
                this.ACTION(() => this.openBlocks--);
                this.OPTION(() => {
                  this.OR2([
                    {
                      ALT: () => {
                        this.CONSUME(T.Else);
                        this.SUBRULE(this.statement);
                      },
                    },
                    {
                      ALT: () => {
                        this.CONSUME(T.Catch);
                        this.OPTION2(() => {
                          this.CONSUME(T.LeftParen);
                          this.SUBRULE(this.name);
                          this.CONSUME(T.RightParen);
                        });
                        this.SUBRULE(this.block);
                      },
                    },
                    {
                      ALT: () => {
                        this.CONSUME(T.Comma);
                        this.SUBRULE2(this.block);
                      },
                    },
                  ]);
                });
              },
            },
            { ALT: () => this.SUBRULE2(this.statement) },
          ],
          ERR_MSG: "a statement",
        });
      },
    });
    this.SUBRULE(this.script);
  });

  // ---- expressions ----

  readonly expression = this.RULE("expression", () => {
    this.#enter();
    this.SUBRULE(this.ternary);
    this.OPTION(() => {
      this.CONSUME(T.AssignmentOp);
      this.SUBRULE(this.expression);
    });
    this.#leave();
  });

  readonly ternary = this.RULE("ternary", () => {
    this.#enter();
    this.SUBRULE(this.binary);
    this.OPTION(() => {
      this.CONSUME(T.Question);
      this.SUBRULE(this.expression);
      this.CONSUME(T.Colon);
      this.OR({
        DEF: [
          { GATE: () => this.dialect.assignmentInElse, ALT: () => this.SUBRULE2(this.expression) },
          { GATE: () => !this.dialect.assignmentInElse, ALT: () => this.SUBRULE(this.ternary) },
        ],
        ERR_MSG: "an expression",
      });
    });
    this.#leave();
  });

  /** A flat run; a gate refuses an operator that the language's levels do not allow there, e.g. after `k in a`. */
  readonly binary = this.RULE("binary", () => {
    let run: Run = "free";
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.SUBRULE(this.indexList);
            this.ACTION(() => (run = "matched"));
          },
        },
        { ALT: () => this.SUBRULE(this.unary) },
      ],
      ERR_MSG: "an expression",
    });
    this.MANY({
      GATE: () => mayFollow(this.LA(1), run),
      DEF: () => {
        const operator = this.LA(1);
        const tail = this.SUBRULE(this.binaryTail);
        this.ACTION(() => (run = runAfter(operator, tail, run)));
      },
    });
  });

  readonly binaryTail = this.RULE("binaryTail", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.BinaryOp);
          this.OR2({
            DEF: [
              {
                GATE: () => !tighterThanIn.has(this.LA(0).image),
                ALT: () => this.SUBRULE(this.indexList),
              },
              { ALT: () => this.SUBRULE(this.unary) },
            ],
            ERR_MSG: "an expression",
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.In);
          this.OR3({
            DEF: [{ ALT: () => this.SUBRULE(this.name) }, { ALT: () => this.SUBRULE(this.histogram) }],
            ERR_MSG: "an array or a histogram",
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.MatchOp);
          this.SUBRULE(this.strings);
        },
      },
    ]);
  });

  readonly indexList = this.RULE("indexList", () => {
    this.CONSUME(T.LeftBracket);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.indexItem) });
    this.CONSUME(T.RightBracket);
  });

  readonly indexItem = this.RULE("indexItem", () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(T.Star) },
        { GATE: () => !this.#at(T.LeftBracket), ALT: () => this.SUBRULE(this.expression) },
      ],
      ERR_MSG: "an expression or '*'",
    });
  });

  readonly unary = this.RULE("unary", () => {
    this.MANY(() => this.CONSUME(T.UnaryOp));
    this.OPTION(() => this.CONSUME(T.IncrementOp, { LABEL: "prefix" }));
    this.SUBRULE(this.value);
    this.OPTION2(() => this.CONSUME2(T.IncrementOp, { LABEL: "postfix" }));
  });

  readonly value = this.RULE("value", () => {
    let [dereferenced, isTarget] = [false, false];
    this.OPTION(() => this.CONSUME(T.And));
    this.ACTION(() => {
      const first = this.LA(1);
      isTarget =
        first.image.startsWith("$") || [T.Cast, T.Var, T.HistogramOp].some((type) => tokenMatcher(first, type));
    });
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(T.NumberToken) },
        { ALT: () => this.SUBRULE(this.strings) },
        { ALT: () => this.SUBRULE(this.parenthesized) },
        { ALT: () => this.CONSUME(T.Embedded) },
        { ALT: () => this.SUBRULE(this.symbol) },
        { ALT: () => this.CONSUME(T.Dollars) },
        { ALT: () => this.SUBRULE(this.print) },
        { ALT: () => this.SUBRULE(this.histogram) },
        { ALT: () => this.SUBRULE(this.atOperation) },
      ],
      ERR_MSG: "an expression",
    });
    this.MANY({
      // `$` and `$$` are pretty-print marks only behind a `]` or a `)`
      GATE: () => (this.dialect.autocast || isTarget) && (!this.#at(T.Dollars) || dereferenced || this.#afterParen()),
      DEF: () => {
        this.SUBRULE(this.dereference);
        this.ACTION(() => (dereferenced = true));
      },
    });
  });

  #afterParen(): boolean {
    return tokenMatcher(this.LA(0), T.RightParen) || tokenMatcher(this.LA(0), T.RightBracket);
  }

  readonly dereference = this.RULE("dereference", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Arrow);
          this.CONSUME(T.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.LeftBracket);
          this.SUBRULE(this.expression);
          this.CONSUME(T.RightBracket);
        },
      },
      { ALT: () => this.CONSUME(T.Dollars) },
    ]);
  });

  /** A name alone, called, or indexed; a `$name` takes its `[…]` as dereferences. */
  readonly symbol = this.RULE("symbol", () => {
    this.CONSUME(T.Identifier);
    this.OPTION({
      GATE: () => !this.LA(0).image.startsWith("$"),
      DEF: () => {
        this.OR([{ ALT: () => this.SUBRULE(this.callArguments) }, { ALT: () => this.SUBRULE(this.indexList) }]);
      },
    });
  });

  readonly callArguments = this.RULE("callArguments", () => {
    this.CONSUME(T.LeftParen);
    this.MANY_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.expression) });
    this.CONSUME(T.RightParen);
  });

  readonly print = this.RULE("print", () => {
    this.CONSUME(T.PrintWord);
    this.SUBRULE(this.callArguments);
  });

  readonly histogram = this.RULE("histogram", () => {
    this.CONSUME(T.HistogramOp);
    this.CONSUME(T.LeftParen);
    this.SUBRULE(this.expression);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE(this.signedNumber);
    });
    this.CONSUME(T.RightParen);
  });

  readonly atOperation = this.RULE("atOperation", () => {
    this.OR([
      { ALT: () => this.CONSUME(T.StatOp) },
      { ALT: () => this.CONSUME(T.Cast) },
      { ALT: () => this.CONSUME(T.Var) },
      { ALT: () => this.CONSUME(T.AtOp) },
    ]);
    this.CONSUME(T.LeftParen);
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.expression) });
    this.CONSUME(T.RightParen);
  });
}

function mayFollow(operator: IToken, run: Run): boolean {
  if (tokenMatcher(operator, T.MatchOp)) return run === "free";
  if (tokenMatcher(operator, T.In)) return run !== "member";
  return !tighterThanIn.has(operator.image) || run === "free" || run === "compared";
}

function runAfter(operator: IToken, tail: CstNode, run: Run): Run {
  if (tokenMatcher(operator, T.MatchOp)) return "matched";
  if (tokenMatcher(operator, T.In)) return "member";
  if (tail.children.indexList !== undefined) return "matched";
  if (comparisons.has(operator.image)) return "compared";
  return tighterThanIn.has(operator.image) ? run : "free";
}
