const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'};

/** Text as XML takes it, in elements and in attributes. */
export const xmlText = (text: string): string => text.replaceAll(/[&<>"']/gu, character => entities[character] ?? character);
