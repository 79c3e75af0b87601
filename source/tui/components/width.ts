import {createContext} from 'react';

/** Columns that a text has where it stands. */
export const WidthContext = createContext(80);
