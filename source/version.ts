/** This program's version, from package.json at build time. */
export const version: string = __VERSION__;
