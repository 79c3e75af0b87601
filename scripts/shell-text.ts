import {readFile} from 'node:fs/promises';

/** Vite plugin: a shell script is imported as its text, as the bundler does it. */
export const shellText = {
	name: 'shell-text',
	enforce: 'pre' as const,
	async load(id: string) {
		return id.endsWith('.sh') ? `export default ${JSON.stringify(await readFile(id, 'utf8'))};` : undefined;
	},
};
