import type {Rendering} from './rendering.ts';

/** The diagnosis as JSON, the contract that scripts rely on. */
export const json = ({diagnosis}: Rendering): string => `${JSON.stringify(diagnosis, undefined, 2)}\n`;
