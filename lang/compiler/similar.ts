/** Names that look like a misspelled one: shared with the parser, see `lang/similar.ts`. */
export { similarNames, similarText } from "../similar.ts";
