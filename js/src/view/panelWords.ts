/** The page's words, and those that only panels say. */

import { useMemo } from "preact/hooks";
import { type Say, wordsOf } from "../labels.ts";
import { PANELS } from "../panel-labels.ts";
import { useView } from "./view.ts";
import { useSay as useWords } from "./words.ts";

export function useSay(): Say {
  const common = useWords();
  const replaced = useView().store.wording.value;
  return useMemo(() => {
    const own = wordsOf(PANELS, replaced);
    return (label, values) => (Object.hasOwn(PANELS, label) ? own : common)(label, values);
  }, [common, replaced]);
}
