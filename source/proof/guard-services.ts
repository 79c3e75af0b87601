import type {NodeAccess} from '../access/access.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Question} from './probes.ts';
import {prove} from './prove.ts';

export type GuardOptions = {
	/** Nodes to ask from; the canary is enough before the others are touched. */
	readonly nodes: readonly string[];
	readonly open: (node: string, signal: AbortSignal) => Promise<NodeAccess>;
	readonly signal: AbortSignal;
};

export type ServiceGuard = {
	/** Services that answered before, `namespace/name:port` each: what `lost` will look after. */
	readonly watched: readonly string[];
	/** Services that answered before and do not answer now, one line each; asked again from the same nodes. */
	lost(signal: AbortSignal): Promise<readonly string[]>;
};

/**
 * Asks each Service that has a port number in common with a hostPort whether it answers at its cluster address, and later
 * once more: portmap's rules can take such a Service's traffic (HP15; CVE-2019-9946). TCP alone: silence over UDP says nothing.
 */
export async function guardServices(evidence: Pick<Evidence, 'services' | 'pods'>, options: GuardOptions): Promise<ServiceGuard> {
	const questions = serviceQuestions(evidence, options.nodes);
	const {answered: before} = await ask(questions, options, options.signal);
	return {
		watched: [...new Set(before.map(({hostPort}) => hostPort))],
		async lost(signal) {
			const {silent} = await ask(before, options, signal);
			return silent.map(
				({hostPort, via, probe}) => `service ${hostPort} answered at ${probe.address} from ${via} before, and does not now`,
			);
		},
	};
}

/** A node that cannot be asked says nothing about a Service: its questions are in neither list. */
async function ask(
	questions: readonly Question[],
	{open}: GuardOptions,
	signal: AbortSignal,
): Promise<{readonly answered: readonly Question[]; readonly silent: readonly Question[]}> {
	if (questions.length === 0) return {answered: [], silent: []};
	const {results} = await prove(questions, {
		signal,
		generatedAt: '',
		connectSeconds: 3,
		concurrency: 8,
		open: async node => open(node, signal),
	});
	const answers = new Map(results.map(({hostPort, via, address, ok}) => [JSON.stringify([hostPort, via, address]), ok]));
	const having = (wanted: boolean): readonly Question[] =>
		questions.filter(({hostPort, via, probe}) => answers.get(JSON.stringify([hostPort, via, probe.address])) === wanted);
	return {answered: having(true), silent: having(false)};
}

function serviceQuestions({services, pods}: Pick<Evidence, 'services' | 'pods'>, nodes: readonly string[]): readonly Question[] {
	const hostPorts = new Set(pods.filter(({hostNetwork}) => !hostNetwork).flatMap(({ports}) => ports.map(({hostPort}) => hostPort)));
	const asked: Question[] = [];
	for (const {namespace, name, clusterIPs, ports} of services) {
		for (const {port, protocol} of ports.filter(each => each.protocol === 'TCP' && hostPorts.has(each.port))) {
			for (const address of clusterIPs.filter(ip => ip !== '' && ip !== 'None')) {
				for (const via of nodes) {
					const probe = {id: asked.length, protocol: protocol as 'TCP', address, port};
					asked.push({probe, hostPort: `${namespace}/${name}:${port}`, node: via, from: 'same-node', via, by: ''});
				}
			}
		}
	}

	return asked;
}
