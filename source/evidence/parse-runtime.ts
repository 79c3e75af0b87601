import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import type {NodeRecord} from './node-records.ts';

type Runtime = NonNullable<Observation['runtime']>;

/**
 * CNI folders by the runtime's own configuration: containerd `bin_dir` (2.x: `bin_dirs`) and `conf_dir`, CRI-O
 * `plugin_dirs` and `network_dir`. Of several files the last that names one wins, as CRI-O's drop-ins do; null where none does.
 */
export function parseRuntime(records: readonly NodeRecord[]): Runtime | null {
	return records
		.filter(({key}) => key === 'runtime')
		.map(({value}) => runtimeOf(value))
		.filter(file => file.binaryFolders.length > 0 || file.configurationFolder !== '')
		.reduce<Runtime | null>(
			(before, file) => ({
				binaryFolders: file.binaryFolders.length > 0 ? file.binaryFolders : (before?.binaryFolders ?? []),
				configurationFolder: file.configurationFolder || (before?.configurationFolder ?? ''),
				source: file.source,
			}),
			null,
		);
}

function runtimeOf(value: string): Runtime {
	const end = value.indexOf('\n');
	const text = value.slice(end + 1, end + 8192);
	const binaries = /^\s*(?:bin_dirs?|plugin_dirs?)\s*=\s*(?<value>"[^"]*"|'[^']*'|\[[^\]]*\])/mu.exec(text)?.groups?.['value'] ?? '';
	const configuration = /^\s*(?:conf_dir|network_dir)\s*=\s*["'](?<value>[^"']*)["']/mu.exec(text)?.groups?.['value'] ?? '';
	return {
		binaryFolders: [...binaries.matchAll(/["'](?<folder>[^"']+)["']/gu)].map(match => folderName(match.groups?.['folder'] ?? '')),
		configurationFolder: folderName(configuration),
		source: printableLine(value.slice(0, end)),
	};
}

function folderName(text: string): string {
	return printableLine(text).replace(/(?<=.)\/$/u, '');
}
