import type {Observation} from './evidence.ts';

/** What was left open inside a pod and only the node itself tells, in words; empty: nothing. */
export function leftToTheNode({binaryFolder, onNode}: Observation): string {
	const portmap = binaryFolder?.files.find(({name}) => name === 'portmap');
	if (onNode || portmap === undefined) return '';
	if (portmap.linksTo !== '' && portmap.mode === '') return `portmap links to ${portmap.linksTo}, which a pod does not see`;
	const {versionExitCode, mode} = portmap;
	const isExecutable = (Number.parseInt(mode, 8) & 0o111) !== 0;
	return versionExitCode !== null && versionExitCode !== 0 && isExecutable ? 'portmap does not run inside a pod; on the node it may' : '';
}
