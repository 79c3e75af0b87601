/** A document as JSON, the contract that scripts rely on. */
export const json = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`;
