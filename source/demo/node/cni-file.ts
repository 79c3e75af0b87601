import type {AgentState} from './agent-state.ts';

/** A CNI file of a demo node. */
export type CniFile = {readonly name: string; readonly content: string};

/**
 * The CNI file that an agent of this version writes (cilium plugins/cilium-cni/cni-install.sh up to 1.13, daemon/cmd/cni/config.go
 * from 1.14), or undefined where the user keeps the file himself.
 */
export function cniFile({minor, configuration, chainingMode}: AgentState): CniFile | undefined {
	if (configuration['custom-cni-conf'] === 'true') return undefined;
	const plugin = {
		type: 'cilium-cni',
		'enable-debug': configuration['debug'] === 'true',
		...(minor >= 12 && {'log-file': '/var/run/cilium/cilium-cni.log'}),
	};
	const portmap = {type: 'portmap', capabilities: {portMappings: true}};
	if (chainingMode === 'portmap') {
		const first = minor <= 13 ? {name: 'cilium', ...plugin} : plugin;
		return file('05-cilium.conflist', {cniVersion: '0.3.1', name: 'portmap', plugins: [first, portmap]});
	}
	if (minor <= 13) return file('05-cilium.conf', {cniVersion: '0.3.1', name: 'cilium', ...plugin});
	return file('05-cilium.conflist', {cniVersion: '0.3.1', name: 'cilium', plugins: [plugin]});
}

const file = (name: string, content: unknown): CniFile => ({name, content: `${JSON.stringify(content, null, 2)}\n`});

/** Whether a CNI file chains portmap. */
export function chainsPortmap(content: string): boolean {
	const {plugins = []} = JSON.parse(content) as {plugins?: {type?: string}[]};
	return plugins.some(({type}) => type === 'portmap');
}

/**
 * What the agent does to a neighbour of its own file: up to 1.13 it deletes every other `*cilium*` file, from 1.14 it renames
 * them; with cni-exclusive (before 1.14 an argument, on by default) all other files are renamed.
 */
export function fateOfNeighbour(name: string, own: string, {minor, configuration}: AgentState): 'keep' | 'delete' | 'rename' {
	if (name === own || !/\.(conf|conflist|json)$/u.test(name)) return 'keep';
	if (minor <= 13 && name.includes('cilium')) return 'delete';
	if (name === '05-cilium.conf') return 'rename';
	return minor <= 13 || configuration['cni-exclusive'] === 'true' ? 'rename' : 'keep';
}
