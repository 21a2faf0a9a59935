/**
 * What panels have in common with the rest of the page: Preact, which each model has its own of, and what depends on it.
 * When panels are built, imports of these modules become reads of this one, which they are given.
 */

export { Fragment } from "preact";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { jsx, jsxs } from "preact/jsx-runtime";
export { RemoteImage } from "../markdown/image.tsx";
export { Prose } from "../markdown/text.ts";
export { Best } from "./Best.tsx";
export { CopyButton } from "./copy.tsx";
export { Icon, Spinner } from "./icons.tsx";
export { isComposed, SHORTCUTS } from "./keys.ts";
export { laneName, laneStyle } from "./Lane.tsx";
export { sawOf, timelineOf, useView } from "./view.ts";
export { useSay } from "./words.ts";
