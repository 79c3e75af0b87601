import {createContext} from 'react';

/** Lines of a page that was not drawn yet: as many as a key may ask for. */
export const undrawn = Number.MAX_SAFE_INTEGER;

/** Told how many lines the page that scrolls has, for the keys that move. */
export const PageContext = createContext<(lines: number) => void>(() => {});
