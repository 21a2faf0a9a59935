/** The page's words, as components read them. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Say, words } from "../labels.ts";

/** English where nobody provides another language. */
export const WordsContext = createContext<Say>(words());

export function useSay(): Say {
  return useContext(WordsContext);
}
