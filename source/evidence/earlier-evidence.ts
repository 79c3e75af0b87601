import type {Evidence} from './evidence.ts';

type Gap = Evidence['gaps'][number];

/** What 0.1.0 called the parts that could not be read, before a gap had a field for it. */
const parts: ReadonlyArray<readonly [what: RegExp, of: NonNullable<Gap['of']>]> = [
	[/^nodes$/iu, 'nodes'],
	[/^pods\b/iu, 'pods'],
	[/^(?:Cilium )?agent/iu, 'agents'],
	[/^DaemonSets\b/u, 'daemonsets'],
	[/^services$/iu, 'services'],
	[/^events\b/iu, 'events'],
	[/^ConfigMap .*\/cilium-config$/u, 'cilium-config'],
	[/^(?:CiliumNodeConfigs|kinds of )/u, 'node-configs'],
];

/**
 * Evidence of a file with the fields that builds before them said in words only: which part a gap is of, and that a listing was cut.
 * What a file of today has stays as it is.
 */
export function withFieldsOfToday(evidence: Evidence): Evidence {
	return {
		...evidence,
		gaps: evidence.gaps.map(gap => {
			const of = gap.of ?? parts.find(([what]) => what.test(gap.what))?.[1];
			return of === undefined ? gap : {...gap, of};
		}),
		nodes: evidence.nodes.map(node => {
			const {observation} = node;
			const {binaryFolder, errors} = observation ?? {binaryFolder: null, errors: []};
			return observation === null || binaryFolder === null || !errors.some(error => error.startsWith('CNI binary folder:'))
				? node
				: {...node, observation: {...observation, binaryFolder: {...binaryFolder, partial: true}}};
		}),
	};
}
