import {loadedFile} from '../../cilium/loaded-file.ts';
import type {ConflistForm} from '../checked-values.ts';
import type {NodeAccess} from '../../access/access.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';

/** What a node's runtime loads at this moment. */
export type LoadedConflist = {
	/** `none`: the folder has no configuration at all. */
	readonly form: ConflistForm | 'none';
	readonly file: string;
	/** Version of the CNI specification that its plugins are called with; empty where it is not known. */
	readonly cniVersion: string;
};

// The names first, so that the one the runtime takes is chosen by the same code as in the diagnosis; then its content.
const script = `LC_ALL=C; export LC_ALL; cd "$1" || exit 40
first=
for file in *.conf *.conflist *.json; do [ -f "$file" ] && printf '%s\\n' "$file"; done | sort | { IFS= read -r first && { printf '%s\\n' "$first"; head -c 65536 "$first"; }; :; }`;

/** Reads which conflist a node loads, by the first file of its CNI folder. */
export async function readLoadedConflist(access: NodeAccess, signal: AbortSignal): Promise<LoadedConflist> {
	const folder = access.configurationFolder;
	if (folder === undefined)
		throw new ActionableError(`${access.label} cannot see the CNI configuration folder`, 'Choose another access with --via.');
	const {stdout, stderr, exitCode} = await access.run(script, {parameters: [folder.seen], signal, timeoutMilliseconds: 20_000});
	if (exitCode !== 0)
		throw new ActionableError(
			`${access.node}: ${folder.host} cannot be read: ${printableLine(stderr, 200)}`,
			'Check that the agent of that node works.',
		);
	const at = stdout.indexOf('\n');
	if (at === -1) return {form: 'none', file: '', cniVersion: ''};
	const name = stdout.slice(0, at);
	const loaded = loadedFile([{name, content: stdout.slice(at + 1)}]);
	return {
		form: loaded?.plugins.includes('portmap') === true ? 'portmap' : 'plain',
		file: printableLine(name, 80),
		cniVersion: printableLine(loaded?.cniVersion ?? '', 20),
	};
}
