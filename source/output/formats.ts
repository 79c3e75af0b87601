import type {Render} from './rendering.ts';

/** One row an output format; each is loaded only when it is asked for. */
export const formats = {
	table: async (): Promise<Render> => (await import('./table.ts')).table,
	wide: async (): Promise<Render> => (await import('./table.ts')).wideTable,
	json: async (): Promise<Render> => (await import('./json.ts')).json,
	yaml: async (): Promise<Render> => (await import('./yaml.ts')).yaml,
	name: async (): Promise<Render> => (await import('./name.ts')).name,
	junit: async (): Promise<Render> => (await import('./junit.ts')).junit,
	markdown: async (): Promise<Render> => (await import('./markdown.ts')).markdown,
} as const;

export type Format = keyof typeof formats;
